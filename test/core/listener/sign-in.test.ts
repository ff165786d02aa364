/** The password of the listener: who has it comes in, who has not is kept waiting. */
import { describe, expect, it } from 'vitest';
import type { Keychain } from '../../../core/credentials/keychain.js';
import { createSignInDesk, listenerPassword } from '../../../core/listener/sign-in.js';
import { spooled } from '../submission/support.js';
import { startTestListener } from './support.js';

function memoryKeychain(stored = new Map<string, string>()): Keychain {
  return {
    getPassword: async (account) => stored.get(account) ?? null,
    setPassword: async (account, password) => void stored.set(account, password),
    deletePassword: async (account) => stored.delete(account),
  };
}

const plain = (password: string): string => `AUTH PLAIN ${Buffer.from(`\0me\0${password}`).toString('base64')}`;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('the password', () => {
  it('is made once, long and random, and shown again', async () => {
    const keychain = memoryKeychain();

    const made = await listenerPassword(keychain);

    expect(made).toMatch(/^[\w-]{24}$/);
    expect(await listenerPassword(keychain)).toBe(made);
    expect(await listenerPassword(memoryKeychain())).not.toBe(made);
  });

  it('is another one when that is asked for', async () => {
    const keychain = memoryKeychain();
    const made = await listenerPassword(keychain);

    expect(await listenerPassword(keychain, true)).not.toBe(made);
  });
});

describe('the desk', () => {
  it('reads the keychain once for many, and again for a password that has been renewed', async () => {
    let reads = 0;
    let now = 0;
    let stored = 'old';
    const desk = createSignInDesk({
      keychain: {
        async getPassword() {
          reads += 1;
          return stored;
        },
      },
      now: () => now,
      answerWrong: async () => {},
    });
    await desk.signIn({}, 'old');
    await desk.signIn({}, 'old');
    expect(reads).toBe(1);
    stored = 'new';

    expect(await desk.signIn({}, 'new')).toBe('wrong');
    now += 5000;
    expect(await desk.signIn({}, 'new')).toBe('in');
    expect(await desk.signIn({}, 'old')).toBe('wrong');
    expect(reads).toBe(2);
  });

  it('answers wrong ones one after the other, whatever the session, and right ones at once', async () => {
    const waiting: (() => void)[] = [];
    const desk = createSignInDesk({
      keychain: memoryKeychain(new Map([['(listener)', 'right']])),
      now: () => 0,
      answerWrong: () => new Promise((resolve) => waiting.push(resolve)),
    });
    const first = desk.signIn({}, 'wrong');
    const second = desk.signIn({}, 'wrong');

    expect(await desk.signIn({}, 'right')).toBe('in');
    expect(waiting).toHaveLength(1);
    waiting[0]?.();
    expect(await first).toBe('wrong');
    expect(waiting).toHaveLength(2);
    waiting[1]?.();
    expect(await second).toBe('wrong');
  });

  it('says what to do when there is no password, or no keychain', async () => {
    const desk = createSignInDesk({ keychain: memoryKeychain(), now: () => 0 });

    expect(await desk.signIn({}, '')).toEqual({
      unable: 'no password is stored; make one: outtray listener password',
    });
  });
});

describe('a session that has to sign in', () => {
  const options = { auth: 'required', answerWrong: async () => {} } as const;

  it.each([
    ['PLAIN', [plain('the password')]],
    ['PLAIN in two steps', ['AUTH PLAIN', base64('\0me\0the password')]],
    ['LOGIN', ['AUTH LOGIN', base64('me'), base64('the password')]],
  ])('takes mail after the right password by %s', async (_, steps) => {
    const house = await startTestListener(options);
    const talk = await house.talk();
    expect(await talk.lines('EHLO x')).toMatch(/^250-AUTH PLAIN LOGIN$/m);

    const reply = await talk.lines(...steps);

    expect(reply).toMatch(/^235 2\.7\.0 /);
    await talk.lines('MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'DATA');
    expect(await talk.say('Subject: x\r\n\r\n.\r\n')).toMatch(/^250 /);
    expect(spooled(house.spool)).toHaveLength(2);
  });

  it('takes none before, and says where the password is', async () => {
    const house = await startTestListener(options);
    const talk = await house.talk();

    expect(await talk.lines('EHLO x', 'MAIL FROM:<a@b>')).toMatch(/^530 .*outtray listener password$/);
    expect(house.listener.state.admits).toBe('password');
  });

  it('ends at the third wrong password, and the owner still comes in', async () => {
    const house = await startTestListener(options);
    const talk = await house.talk();

    expect(await talk.lines('EHLO x', plain('the passwor'))).toMatch(/^535 5\.7\.8 /);
    expect(await talk.lines(plain(''))).toMatch(/^535 5\.7\.8 /);
    expect(await talk.lines(plain('the password!'))).toMatch(/^421 4\.7\.0 /);
    expect(house.listener.state.refused).toBe(1);
    expect(await (await house.talk()).lines('EHLO x', plain('the password'))).toMatch(/^235 /);
  });

  it('hears 454 while the keychain is locked', async () => {
    const keychain = { getPassword: () => Promise.reject(new Error('The keychain is locked')) };
    const talk = await (await startTestListener({ ...options, keychain })).talk();

    expect(await talk.lines('EHLO x', plain('the password'))).toBe('454 4.7.0 The keychain is locked');
  });
});
