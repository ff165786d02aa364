import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SecretError } from '../../../core/credentials/secrets.js';
import type { ConnectOptions } from '../../../core/delivery/delivery.js';
import { probe } from '../../../core/delivery/probe.js';
import { type Relay, RelayError, type RelayProblem } from '../../../core/delivery/relay.js';
import type { GetSecret } from '../../../core/delivery/sign-in.js';
import { createConnect } from '../../../core/delivery/smtp.js';
import { certificates } from '../../support/certificates.js';
import { startRawRelay } from '../../support/raw-relay.js';
import { relaySettings, startRelay } from '../../support/relay.js';

const { caFile, good, expired, wrongName, stranger } = certificates();
const TRUSTING = { caFile, pin: null, minVersion: 'TLSv1.2' } as const;
const PASSWORD = { auth: { method: 'password', user: 'me@example.net' } } as const;

const secret =
  (value: string): GetSecret =>
  () =>
    Promise.resolve(value);

interface Attempt {
  readonly options?: Partial<ConnectOptions>;
  readonly getSecret?: GetSecret;
}

function open(relay: Relay, { options, getSecret = secret('right') }: Attempt = {}) {
  return createConnect({ getSecret })({ relay, hostname: 'laptop.example.net', timeoutMs: 5000, ...options });
}

/** The problem that a connection ends with; fails when there is none. */
async function problemOf(relay: Relay, attempt: Attempt = {}): Promise<RelayProblem> {
  const failure: unknown = await open(relay, attempt).then(
    (delivery) => delivery.close(),
    (error: unknown) => error,
  );
  if (!(failure instanceof RelayError)) throw new Error('connected, or failed otherwise', { cause: failure });
  return failure.problem;
}

async function sendOver(relay: Relay, attempt: Attempt = {}): Promise<string | undefined> {
  const delivery = await open(relay, attempt);
  const outcomes = await delivery.deliver({
    from: 'me@example.net',
    recipients: [{ address: 'ann@example.org' }],
    eightBit: false,
    sizeBytes: 20,
    openMessage: () => Readable.from([Buffer.from('Subject: x\r\n\r\ny\r\n')]),
    beforeFinalDot: () => {},
  });
  await delivery.close();
  return outcomes.get('ann@example.org')?.kind;
}

describe('TLS', () => {
  it.each(['starttls', 'tls'] as const)('sends over %s with a verified certificate', async (security) => {
    const relay = await startRelay({ security, certificate: good });

    expect(await sendOver(relay.settings({ tls: TRUSTING }))).toBe('sent');
  });

  describe.each(['starttls', 'tls'] as const)('%s', (security) => {
    it.each([
      ['an expired certificate', expired, /has expired/],
      ['a certificate for another name', wrongName, /not for localhost but for smtp\.other\.example/],
      ['a certificate signed by nobody known', stranger, /signed by nobody/],
    ])('refuses %s before any credential is read', async (_what, certificate, words) => {
      const relay = await startRelay({ security, certificate, auth: { 'me@example.net': 'right' } });
      let asked = false;
      const getSecret: GetSecret = () => {
        asked = true;
        return Promise.resolve('right');
      };

      const problem = await problemOf(relay.settings({ tls: TRUSTING, ...PASSWORD }), { getSecret });

      expect(problem).toMatchObject({ kind: 'certificate', message: expect.stringMatching(words) });
      expect(problem.remedy).not.toBe('');
      expect(asked).toBe(false);
    });

    it('accepts the pinned certificate although nobody known signed it', async () => {
      const relay = await startRelay({ security, certificate: stranger });
      const tls = { caFile: null, pin: stranger.fingerprint, minVersion: 'TLSv1.2' } as const;

      expect(await sendOver(relay.settings({ tls }))).toBe('sent');
    });

    it('takes a pin without colons and in small letters', async () => {
      const relay = await startRelay({ security, certificate: stranger });
      const pin = stranger.fingerprint.replaceAll(':', '').toLowerCase();

      expect(await sendOver(relay.settings({ tls: { caFile: null, pin, minVersion: 'TLSv1.2' } }))).toBe('sent');
    });

    it('refuses every certificate but the pinned one, however well signed', async () => {
      const relay = await startRelay({ security, certificate: good });
      const tls = { caFile, pin: stranger.fingerprint, minVersion: 'TLSv1.2' } as const;

      const problem = await problemOf(relay.settings({ tls }));

      expect(problem).toMatchObject({ kind: 'certificate', remedy: expect.stringContaining(good.fingerprint) });
    });

    it('refuses a relay that speaks only old TLS, unless its settings lower the bar', async () => {
      const relay = await startRelay({ security, certificate: good, maxTlsVersion: 'TLSv1.1' });

      expect(await problemOf(relay.settings({ tls: TRUSTING }))).toMatchObject({
        kind: 'tls',
        message: expect.stringContaining('TLS version'),
      });
      expect(await sendOver(relay.settings({ tls: { caFile, pin: null, minVersion: 'TLSv1' } }))).toBe('sent');
    });
  });

  it('sends nothing to a relay that does not offer the STARTTLS it must', async () => {
    const relay = await startRelay({ security: 'none', auth: { 'me@example.net': 'right' } });

    const problem = await problemOf(relay.settings({ security: 'starttls', ...PASSWORD }));

    expect(problem).toMatchObject({ kind: 'starttls-missing', reply: expect.stringMatching(/^5/) });
  });

  it('tells a server without TLS on a TLS port from a bad certificate', async () => {
    const relay = await startRelay({ security: 'starttls', certificate: good });

    const problem = await problemOf(relay.settings({ security: 'tls', tls: TRUSTING }));

    expect(problem).toMatchObject({ kind: 'tls', remedy: expect.stringContaining('starttls') });
  });

  it('ignores what is said in plain text after the answer to STARTTLS', async () => {
    const relay = await startRawRelay(async (connection) => {
      connection.say('220 raw ESMTP\r\n');
      await connection.line();
      connection.say('250-raw\r\n250 STARTTLS\r\n');
      await connection.line();
      connection.say('220 go\r\n250-raw\r\n250 AUTH PLAIN\r\n');
    });

    const problem = await problemOf(relaySettings(relay.port, { security: 'starttls', tls: TRUSTING, ...PASSWORD }), {
      options: { timeoutMs: 500 },
    });

    expect(relay.lines.join('\n')).not.toContain('AUTH');
    expect(problem.kind).toMatch(/^(?:tls|closed|timed-out)$/);
  });

  it('says which file of authorities it cannot read', async () => {
    const relay = await startRelay({ security: 'tls', certificate: good });

    const problem = await problemOf(
      relay.settings({ tls: { caFile: '/nonexistent/ca.pem', pin: null, minVersion: 'TLSv1.2' } }),
    );

    expect(problem).toMatchObject({ kind: 'certificate', message: expect.stringContaining('/nonexistent/ca.pem') });
  });
});

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

    expect(await sendOver(relay.settings(PASSWORD))).toBe('sent');
    expect(relay.received[0]?.user).toBe('me@example.net');
  });
});

describe('sign-in', () => {
  it('signs in under TLS with the right password and leaves no trace of it in the transcript', async () => {
    const lines: string[] = [];
    const relay = await startRelay({ security: 'starttls', certificate: good, auth: { 'me@example.net': 'right' } });

    const kind = await sendOver(relay.settings({ tls: TRUSTING, ...PASSWORD }), {
      options: { transcript: (line) => lines.push(line) },
    });

    expect(kind).toBe('sent');
    expect(relay.received[0]?.user).toBe('me@example.net');
    expect(lines.filter((line) => line.startsWith('>>> ')).slice(0, 5)).toEqual([
      '>>> EHLO laptop.example.net',
      '>>> STARTTLS',
      '>>> EHLO laptop.example.net',
      '>>> AUTH PLAIN',
      expect.stringMatching(/^>>> MAIL FROM/),
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

    const delivery = await open(relaySettings(relay.port, PASSWORD), {
      options: { transcript: (line) => lines.push(line) },
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

    expect(await problemOf(relaySettings(relay.port, PASSWORD))).toMatchObject({
      kind: 'auth-temporary',
      status: '4.7.0',
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

describe('what answers is no relay', () => {
  it('tells a closed port', async () => {
    const relay = await startRelay();
    await relay.close();

    expect(await problemOf(relay.settings({ host: '127.0.0.1' }))).toMatchObject({
      kind: 'refused',
      stat: 'Connection refused by [127.0.0.1]',
      status: '4.4.1',
    });
  });

  it('tells a name that does not exist', async () => {
    const problem = await problemOf(relaySettings(465, { host: 'no-such-host.invalid', security: 'tls' }));

    // Without any name server the answer is that nobody could be asked.
    expect(problem.kind).toMatch(/^(?:host-not-found|no-network)$/);
    expect(problem.stat).toMatch(/^Name server: no-such-host\.invalid: host n/);
  });

  it.each([
    ['a web server that speaks first', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'not-smtp', /web server/],
    ['another protocol', '* OK IMAP4rev1 ready\r\n', 'not-smtp', /not a mail server/],
    ['a refusal', '554 5.7.1 Dynamic address\r\n', 'greeting', /turned us away/],
    ['a busy server', '421 4.3.2 Too many connections\r\n', 'relay-busy', /come back later/],
    ['a silent hang-up', '', 'closed', /without a greeting/],
  ])('tells %s by its greeting', async (_what, greeting, kind, words) => {
    const relay = await startRawRelay((connection) => {
      if (greeting !== '') connection.say(greeting);
      connection.end();
    });

    expect(await problemOf(relaySettings(relay.port))).toMatchObject({ kind, message: expect.stringMatching(words) });
  });

  it('gives up on a server that never greets, such as a web server, and says what that means', async () => {
    const server = http.createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;

    const problem = await problemOf(relaySettings(port), { options: { timeoutMs: 200 } });

    expect(problem).toMatchObject({ kind: 'timed-out', stat: 'Operation timed out with localhost' });
    expect(problem.remedy).toContain('web server');
  });

  it('tells a web server behind TLS', async () => {
    const server = net.createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    });
    server.listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;

    expect(await problemOf(relaySettings(port, { security: 'tls' }))).toMatchObject({ kind: 'tls' });
  });

  it('ends an attempt at once when told to stop', async () => {
    const stop = new AbortController();
    const relay = await startRawRelay(() => stop.abort());

    const problem = await problemOf(relaySettings(relay.port), { options: { signal: stop.signal } });

    expect(problem.stat).toBe('Stopped');
  });
});

describe('probe', () => {
  it('proves greeting, TLS and EHLO without any credential', async () => {
    const transcript: string[] = [];
    const relay = await startRelay({ security: 'starttls', certificate: good, auth: { 'me@example.net': 'right' } });

    const result = await probe({
      relay: relay.settings({ tls: TRUSTING, ...PASSWORD }),
      hostname: 'laptop.example.net',
      timeoutMs: 5000,
      transcript: (line) => transcript.push(line),
    });

    expect(result).toMatchObject({ ok: true, greeting: expect.stringMatching(/^220 /) });
    expect(result.ok && result.extensions.some((line) => line.startsWith('AUTH PLAIN'))).toBe(true);
    expect(transcript).toContain('>>> QUIT');
    expect(transcript.some((line) => line.includes('AUTH P') && line.startsWith('>>>'))).toBe(false);
  });

  it('tells what is wrong as a value', async () => {
    const relay = await startRelay();
    await relay.close();

    const result = await probe({ relay: relay.settings(), hostname: 'laptop.example.net', timeoutMs: 5000 });

    expect(result).toMatchObject({ ok: false, problem: { kind: 'refused' } });
  });
});
