import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { probe } from '../../../core/delivery/probe.js';
import { certificates } from '../../support/certificates.js';
import { startRawRelay } from '../../support/raw-relay.js';
import { relaySettings, startRelay } from '../../support/relay.js';
import { problemOf } from '../../support/relay-client.js';

const { caFile, good } = certificates();
const TRUSTING = { caFile, pin: null, minVersion: 'TLSv1.2' } as const;
const PASSWORD = { auth: { method: 'password', user: 'me@example.net' } } as const;

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
    ['a web server that speaks first', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'sign-in-page', /web page/],
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

    const problem = await problemOf(relaySettings(port), { timeoutMs: 200 });

    expect(problem).toMatchObject({ kind: 'timed-out', stat: 'Operation timed out with localhost' });
    expect(problem.remedy).toContain('web server');
  });

  it('ends an attempt at once when told to stop', async () => {
    const stop = new AbortController();
    const relay = await startRawRelay(() => stop.abort());

    const problem = await problemOf(relaySettings(relay.port), { signal: stop.signal });

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
