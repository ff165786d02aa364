import { describe, expect, it } from 'vitest';
import type { Relay } from '../../../core/delivery/relay.js';
import { type Step, testRelay } from '../../../core/delivery/relay-test.js';
import { certificates } from '../../support/certificates.js';
import { startRelay } from '../../support/relay.js';

const { caFile, good, expired } = certificates();
const tls = { caFile, pin: null, minVersion: 'TLSv1.2' } as const;
const auth = { method: 'password', user: 'me@example.net' } as const;

async function run(relay: Relay, password = 'right', sender = 'me@example.net') {
  const steps: Step[] = [];
  const passed = await testRelay({
    relay,
    hostname: 'laptop.example.net',
    timeoutMs: 5000,
    getSecret: () => Promise.resolve(password),
    sender,
    onStep: (step) => steps.push(step),
  });
  return { passed, steps, names: steps.map(({ name }) => name) };
}

describe('testRelay', () => {
  it('goes through every step of STARTTLS and hands over no message', async () => {
    const relay = await startRelay({ security: 'starttls', certificate: good, auth: { 'me@example.net': 'right' } });

    const { passed, steps, names } = await run(relay.settings({ tls, auth }));

    expect(passed).toBe(true);
    expect(names).toEqual(['lookup', 'connect', 'greeting', 'tls', 'ehlo', 'auth', 'mail']);
    expect(steps.every(({ ok, remedy }) => ok && remedy === '')).toBe(true);
    expect(relay.received).toHaveLength(0);
  });

  it('shows the certificate', async () => {
    const relay = await startRelay({ security: 'tls', certificate: good });

    const { steps, names } = await run(relay.settings({ tls }));

    expect(names).toEqual(['lookup', 'connect', 'tls', 'greeting', 'ehlo', 'mail']);
    expect(steps.find(({ name }) => name === 'tls')?.certificate).toMatchObject({
      subject: 'good.example',
      issuer: 'Test authority',
      fingerprint: good.fingerprint,
      protocol: 'TLSv1.3',
    });
  });

  it.each([
    ['tls', ['lookup', 'connect', 'tls']],
    ['starttls', ['lookup', 'connect', 'greeting', 'tls']],
  ] as const)('stops at a bad certificate with the remedy (%s)', async (security, expected) => {
    const relay = await startRelay({ security, certificate: expired });

    const { passed, steps, names } = await run(relay.settings({ tls }));

    expect(passed).toBe(false);
    expect(names).toEqual(expected);
    expect(steps.at(-1)).toMatchObject({ ok: false, detail: expect.stringContaining('expired') });
    expect(steps.at(-1)?.remedy).not.toBe('');
  });

  it('stops at a wrong password in the words of the relay', async () => {
    const relay = await startRelay({ auth: { 'me@example.net': 'right' } });

    const { passed, steps } = await run(relay.settings({ auth }), 'wrong');

    expect(passed).toBe(false);
    expect(steps.at(-1)).toMatchObject({ name: 'auth', ok: false, reply: expect.stringMatching(/^535 /) });
  });

  it('stops at a sender the relay does not take', async () => {
    const relay = await startRelay({ replyTo: { 'me@example.net': { code: 550, text: '5.7.1 Not yours' } } });

    const { steps } = await run(relay.settings());

    expect(steps.at(-1)).toMatchObject({ name: 'mail', ok: false, reply: '550 5.7.1 Not yours' });
  });

  it('stops where nothing listens', async () => {
    const relay = await startRelay();
    await relay.close();

    const { names, steps } = await run(relay.settings());

    expect(names).toEqual(['lookup', 'connect']);
    expect(steps.at(-1)).toMatchObject({ ok: false, detail: expect.stringContaining('refused') });
  });
});
