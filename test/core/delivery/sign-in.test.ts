import { describe, expect, it } from 'vitest';
import { SecretError } from '../../../core/credentials/secrets.js';
import type { GetSecret } from '../../../core/delivery/sign-in.js';
import { certificates } from '../../support/certificates.js';
import { startRawRelay } from '../../support/raw-relay.js';
import { relaySettings, startRelay } from '../../support/relay.js';
import { connect, problemOf, sendOver } from '../../support/relay-client.js';

const { caFile, good } = certificates();
const TRUSTING = { caFile, pin: null, minVersion: 'TLSv1.2' } as const;
const PASSWORD = { auth: { method: 'password', user: 'me@example.net' } } as const;

const secret =
  (value: string): GetSecret =>
  () =>
    Promise.resolve(value);

describe('plain text', () => {
  it.each([
    ['mail', { auth: { method: 'none' } }],
    ['a password, even where plain text is allowed', { ...PASSWORD, allowPlaintext: true }],
  ] as const)('never carries %s to another computer', async (_what, changes) => {
    const problem = await problemOf(relaySettings(25, { host: '192.0.2.1', ...changes }));

    expect(problem.kind).toBe('plaintext-forbidden');
  });

  it('may carry a password to this computer', async () => {
    const relay = await startRelay({ auth: { 'me@example.net': 'right' } });

    expect(await sendOver(relay.settings(PASSWORD), { getSecret: secret('right') })).toBe('sent');
    expect(relay.received[0]?.user).toBe('me@example.net');
  });
});

describe('sign-in', () => {
  it('signs in under TLS with the right password and leaves no trace of it in the transcript', async () => {
    const lines: string[] = [];
    const relay = await startRelay({ security: 'starttls', certificate: good, auth: { 'me@example.net': 'right' } });

    const kind = await sendOver(relay.settings({ tls: TRUSTING, ...PASSWORD }), {
      transcript: (line) => lines.push(line),
      getSecret: secret('right'),
    });

    expect(kind).toBe('sent');
    expect(relay.received[0]?.user).toBe('me@example.net');
    expect(lines.filter((line) => line.startsWith('>>> ')).slice(0, 5)).toEqual([
      '>>> EHLO laptop.example.net',
      '>>> STARTTLS',
      '>>> EHLO laptop.example.net',
      '>>> AUTH PLAIN',
      expect.stringMatching(/^>>> MAIL From/),
    ]);
  });

  it('tells a wrong password from other trouble, in the words of the relay', async () => {
    const relay = await startRelay({ security: 'tls', certificate: good, auth: { 'me@example.net': 'right' } });

    const problem = await problemOf(relay.settings({ tls: TRUSTING, ...PASSWORD }), { getSecret: secret('wrong') });

    expect(problem).toEqual({
      kind: 'auth-rejected',
      message: 'localhost did not accept the password of me@example.net.',
      remedy: 'Set the right one with: outtray relay password home',
      reply: '535 5.7.8 Authentication credentials invalid',
      stat: '535 5.7.8 Authentication credentials invalid',
      status: '4.7.8',
    });
  });

  it.each([
    ['LOGIN', ['>>> AUTH LOGIN']],
    ['CRAM-MD5', ['>>> AUTH CRAM-MD5']],
  ])('writes only the verb of AUTH %s', async (mechanism, expected) => {
    const lines: string[] = [];
    const relay = await startRawRelay(async (connection) => {
      connection.say('220 raw ESMTP\r\n');
      await connection.line();
      connection.say(`250-raw\r\n250 AUTH ${mechanism}\r\n`);
      await connection.line();
      connection.say('334 VXNlcm5hbWU6\r\n');
      await connection.line();
      if (mechanism === 'LOGIN') {
        connection.say('334 UGFzc3dvcmQ6\r\n');
        await connection.line();
      }
      connection.say('235 2.7.0 welcome\r\n');
      await connection.line();
      connection.end();
    });

    const delivery = await connect(relaySettings(relay.port, PASSWORD), {
      transcript: (line) => lines.push(line),
      getSecret: secret('right'),
    });
    await delivery.close();

    expect(lines.slice(lines.indexOf(`250 AUTH ${mechanism}`) + 1)).toEqual([
      ...expected,
      '235 2.7.0 welcome',
      '>>> QUIT',
    ]);
  });

  it('signs in with an access token', async () => {
    const relay = await startRelay({ security: 'tls', certificate: good, tokens: { 'me@example.net': 'token-1' } });
    const settings = relay.settings({ tls: TRUSTING, auth: { method: 'oauth2', user: 'me@example.net' } });

    expect(await sendOver(settings, { getSecret: secret('token-1') })).toBe('sent');
    expect(await problemOf(settings, { getSecret: secret('token-old') })).toMatchObject({
      kind: 'auth-rejected',
      message: expect.stringContaining('access token'),
    });
  });

  it('asks for no secret when the relay offers no sign-in', async () => {
    const relay = await startRelay({ security: 'tls', certificate: good });
    const getSecret: GetSecret = () => Promise.reject(new Error('asked'));

    const problem = await problemOf(relay.settings({ tls: TRUSTING, ...PASSWORD }), { getSecret });

    expect(problem).toMatchObject({ kind: 'auth-missing', message: expect.stringContaining('no sign-in at all') });
  });

  it('waits when the relay cannot check passwords just now', async () => {
    const relay = await startRawRelay(async (connection) => {
      connection.say('220 raw ESMTP\r\n');
      await connection.line();
      connection.say('250-raw\r\n250 AUTH PLAIN\r\n');
      await connection.line();
      connection.say('454 4.7.0 Temporary authentication failure\r\n');
      await connection.line();
      connection.end();
    });

    expect(await problemOf(relaySettings(relay.port, PASSWORD), { getSecret: secret('right') })).toMatchObject({
      kind: 'auth-temporary',
      status: '4.7.0',
    });
  });

  it('tells a connection lost during sign-in from a wrong password', async () => {
    const relay = await startRawRelay(async (connection) => {
      connection.say('220 raw ESMTP\r\n');
      await connection.line();
      connection.say('250-raw\r\n250 AUTH PLAIN\r\n');
      await connection.line();
      connection.cut();
    });

    expect(await problemOf(relaySettings(relay.port, PASSWORD), { getSecret: secret('right') })).toMatchObject({
      kind: 'closed',
      message: 'localhost closed the connection during sign-in.',
    });
  });

  it('passes on why there is no secret', async () => {
    const relay = await startRelay({ auth: { 'me@example.net': 'right' } });
    const getSecret: GetSecret = () =>
      Promise.reject(new SecretError('keychain-locked', 'The keychain is locked.', 'Unlock it.'));

    expect(await problemOf(relay.settings(PASSWORD), { getSecret })).toEqual({
      kind: 'keychain-locked',
      message: 'The keychain is locked.',
      remedy: 'Unlock it.',
      stat: 'The keychain is locked',
      status: '4.7.0',
    });
  });
});
