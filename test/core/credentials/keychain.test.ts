import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createKeychain, type Keychain, KeychainError } from '../../../core/credentials/keychain.js';
import { createSecrets, SecretError } from '../../../core/credentials/secrets.js';
import { missingForKeyring, startKeyring } from '../../support/keyring.js';
import { BIN } from '../../support/outtray-home.js';

const HELPER = [path.join(BIN, 'outtray'), '--keychain-helper'];
const RELAY = { name: 'home', auth: { method: 'password', user: 'me@example.org' } } as const;

const open = (env: NodeJS.ProcessEnv): Keychain => createKeychain({ command: HELPER, env, timeoutMs: 20_000 });

/** A helper that is this piece of JavaScript instead. */
const pretend = (source: string, timeoutMs = 20_000): Keychain =>
  createKeychain({ command: [process.execPath, '-e', source], timeoutMs, promptTimeoutMs: timeoutMs });

/** The program may be a script for Node; nothing else is found. */
function pathWithNodeAlone(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-path-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true }));
  fs.symlinkSync(process.execPath, path.join(directory, 'node'));
  return directory;
}

async function errorOf<E extends Error>(kind: new (...args: never[]) => E, work: Promise<unknown>): Promise<E> {
  const error: unknown = await work.then(
    () => new Error('nothing went wrong'),
    (reason: unknown) => reason,
  );
  if (error instanceof kind) return error;
  throw new Error('another error was expected', { cause: error });
}

const missing = missingForKeyring();

describe.skipIf(missing !== null)(`a real keyring${missing === null ? '' : ` (${missing})`}`, () => {
  it('keeps a password, gives it back, and forgets it', async () => {
    const { env } = await startKeyring('unlocked');
    const keychain = open(env);

    await keychain.setPassword('home me@example.org', 'p\u00e4ss "word"\\n');

    expect(await keychain.getPassword('home me@example.org')).toBe('p\u00e4ss "word"\\n');
    expect(await keychain.deletePassword('home me@example.org')).toBe(true);
    expect(await keychain.getPassword('home me@example.org')).toBeNull();
    expect(await keychain.deletePassword('home me@example.org')).toBe(false);
  });

  it('knows that nothing was ever stored in an unlocked keyring', async () => {
    const { env } = await startKeyring('unlocked');

    expect(await open(env).getPassword('home me@example.org')).toBeNull();
  });

  it('tells a locked keyring from a missing password', async () => {
    const keyring = await startKeyring('unlocked');
    const keychain = open(keyring.env);
    await keychain.setPassword('home me@example.org', 'secret');

    keyring.lock();

    expect((await errorOf(KeychainError, keychain.getPassword('home me@example.org'))).kind).toBe('locked');
    expect((await errorOf(KeychainError, keychain.setPassword('other', 'x'))).kind).toBe('locked');
  });

  it('says locked also where the bus cannot be asked', async () => {
    const keyring = await startKeyring('unlocked');
    const withoutGdbus = { ...keyring.env, PATH: pathWithNodeAlone() };
    await open(keyring.env).setPassword('home me@example.org', 'secret');

    keyring.lock();
    const error = await errorOf(KeychainError, open(withoutGdbus).getPassword('home me@example.org'));

    expect(error).toMatchObject({ kind: 'locked', message: expect.stringContaining('no password was ever stored') });
  });

  it('tells that there is no keychain at all', async () => {
    const { env } = await startKeyring('none');
    const keychain = open(env);

    expect((await errorOf(KeychainError, keychain.getPassword('home me@example.org'))).kind).toBe('absent');
    expect((await errorOf(KeychainError, keychain.setPassword('home me@example.org', 'x'))).kind).toBe('absent');
  });

  it('explains no password, a locked keyring and no keyring in three different ways', async () => {
    const unlocked = await startKeyring('unlocked');
    const locked = await startKeyring('unlocked');
    locked.lock();
    const none = await startKeyring('none');

    const errors = await Promise.all(
      [unlocked, locked, none].map(({ env }) =>
        errorOf(SecretError, createSecrets({ keychain: open(env) }).getSecret(RELAY)),
      ),
    );

    expect(errors.map(({ kind }) => kind)).toEqual(['password-missing', 'keychain-locked', 'keychain-absent']);
    expect(new Set(errors.map(({ message }) => message)).size).toBe(3);
    expect(new Set(errors.map(({ remedy }) => remedy)).size).toBe(3);
  });
});

describe('a helper that goes wrong', () => {
  it('is killed at its deadline', async () => {
    const keychain = pretend('setInterval(() => {}, 1000)', 200);

    expect((await errorOf(KeychainError, keychain.getPassword('x'))).kind).toBe('timeout');
  });

  it.each([
    ['crashes', 'process.kill(process.pid, "SIGSEGV")', /SIGSEGV/],
    ['ends without a word', 'process.exit(3)', /exit status 3/],
    ['prints nonsense', 'console.log("hello")', /proper reply/],
  ])('is an error of its own when it %s', async (_what, source, words) => {
    expect(await errorOf(KeychainError, pretend(source).getPassword('x'))).toMatchObject({
      kind: 'failed',
      message: expect.stringMatching(words),
    });
  });

  it('is an error when it cannot be started', async () => {
    const keychain = createKeychain({ command: ['/nonexistent/outtray'] });

    expect((await errorOf(KeychainError, keychain.getPassword('x'))).kind).toBe('failed');
  });

  it('gets the password neither in its arguments nor in its environment', async () => {
    const keychain = pretend(
      'console.log(JSON.stringify({ ok: false, error: JSON.stringify([process.argv, process.execArgv, process.env]) }))',
    );

    const error = await errorOf(KeychainError, keychain.setPassword('home', 'correct-horse-battery'));

    expect(error.message).toContain('PATH');
    expect(error.message).not.toContain('correct-horse-battery');
  });
});
