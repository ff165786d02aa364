import { describe, expect, it } from 'vitest';
import type { GetSecret } from '../../../core/delivery/sign-in.js';
import { certificates } from '../../support/certificates.js';
import { startRawRelay } from '../../support/raw-relay.js';
import { relaySettings, startRelay } from '../../support/relay.js';
import { problemOf, sendOver } from '../../support/relay-client.js';

const { caFile, good, expired, future, weak, wrongName, stranger } = certificates();
const TRUSTING = { caFile, pin: null, minVersion: 'TLSv1.2' } as const;
/** Without it OpenSSL 3 takes no small keys. */
const LAX = 'DEFAULT:@SECLEVEL=0';
const PASSWORD = { auth: { method: 'password', user: 'me@example.net' } } as const;

describe('TLS', () => {
  it.each(['starttls', 'tls'] as const)('sends over %s with a verified certificate', async (security) => {
    const relay = await startRelay({ security, certificate: good });

    expect(await sendOver(relay.settings({ tls: TRUSTING }))).toBe('sent');
  });

  describe.each(['starttls', 'tls'] as const)('%s', (security) => {
    it.each([
      ['an expired certificate', expired, /has expired/],
      ['a certificate of the future', future, /is not valid yet/],
      ['a certificate with a weak key', weak, /too weak for today/],
      ['a certificate for another name', wrongName, /not for localhost but for smtp\.other\.example/],
      ['a certificate signed by nobody known', stranger, /signed by nobody/],
    ])('refuses %s before any credential is read', async (_what, certificate, words) => {
      const ciphers = certificate === weak ? { ciphers: LAX } : {};
      const relay = await startRelay({ security, certificate, ...ciphers, auth: { 'me@example.net': 'right' } });
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

  it.each([
    ['refuses it', '250-raw\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n', '502 5.5.1 Not here\r\n'],
    ['has it masked by a firewall', '250-raw\r\n250-XXXXXXXA\r\n250 AUTH PLAIN\r\n', '500 5.5.1 What?\r\n'],
    ['knows no EHLO', '502 5.5.1 What?\r\n', '221 bye\r\n'],
  ])('sends nothing to a relay that %s', async (_what, ehlo, starttls) => {
    const relay = await startRawRelay(async (connection) => {
      connection.say('220 raw ESMTP\r\n');
      await connection.line();
      connection.say(ehlo);
      await connection.line();
      connection.say(starttls);
    });

    const problem = await problemOf(relaySettings(relay.port, { security: 'starttls', tls: TRUSTING, ...PASSWORD }));

    expect(problem).toMatchObject({
      kind: 'starttls-missing',
      message: expect.stringContaining('does not offer TLS'),
      remedy: expect.stringContaining('suppressing it'),
      status: expect.stringMatching(/^4\./),
    });
    expect(relay.lines.filter((line) => !/^(?:EHLO|STARTTLS|QUIT)/.test(line))).toEqual([]);
  });

  it('comes back later to a relay whose TLS is not available just now', async () => {
    const relay = await startRawRelay(async (connection) => {
      connection.say('220 raw ESMTP\r\n');
      await connection.line();
      connection.say('250-raw\r\n250 STARTTLS\r\n');
      await connection.line();
      connection.say('454 4.7.0 TLS not available\r\n');
    });

    const problem = await problemOf(relaySettings(relay.port, { security: 'starttls', tls: TRUSTING }));

    expect(problem).toMatchObject({ kind: 'relay-busy', reply: '454 4.7.0 TLS not available' });
  });

  describe('ciphers of the settings', () => {
    const ciphers = 'ECDHE-ECDSA-CAMELLIA128-SHA256';

    it('reach an old server, beside the certificate it is known by', async () => {
      const relay = await startRelay({ security: 'tls', certificate: good, ciphers });

      expect(await problemOf(relay.settings({ tls: TRUSTING }))).toMatchObject({
        kind: 'tls',
        message: expect.stringContaining('found no way to speak TLS'),
        remedy: expect.stringContaining('"tls.ciphers"'),
      });
      expect(await sendOver(relay.settings({ tls: { ...TRUSTING, ciphers: `${ciphers}:@SECLEVEL=0` } }))).toBe('sent');
    });

    it('take a weak certificate where they say so', async () => {
      const relay = await startRelay({ security: 'starttls', certificate: weak, ciphers: LAX });

      expect(await problemOf(relay.settings({ tls: TRUSTING }))).toMatchObject({ kind: 'certificate' });
      expect(await sendOver(relay.settings({ tls: { ...TRUSTING, ciphers: LAX } }))).toBe('sent');
    });

    it('go with an old version of TLS', async () => {
      const relay = await startRelay({ security: 'tls', certificate: good, maxTlsVersion: 'TLSv1.1' });
      const tls = { ...TRUSTING, minVersion: 'TLSv1', ciphers: 'DEFAULT' } as const;

      expect(await sendOver(relay.settings({ tls }))).toBe('sent');
    });

    it('that nobody knows are told before any connection', async () => {
      const relay = await startRelay({ security: 'tls', certificate: good });

      const problem = await problemOf(relay.settings({ tls: { ...TRUSTING, ciphers: 'NONSENSE' } }));

      expect(problem).toMatchObject({
        kind: 'tls',
        message: expect.stringContaining('"tls.ciphers" of relay home names no cipher'),
      });
      expect(relay.connections()).toBe(0);
    });
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
      timeoutMs: 500,
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
