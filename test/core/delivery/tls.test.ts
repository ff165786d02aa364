import { describe, expect, it } from 'vitest';
import type { GetSecret } from '../../../core/delivery/sign-in.js';
import { certificates } from '../../support/certificates.js';
import { startRawRelay } from '../../support/raw-relay.js';
import { relaySettings, startRelay } from '../../support/relay.js';
import { problemOf, sendOver } from '../../support/relay-client.js';

const { caFile, good, expired, wrongName, stranger } = certificates();
const TRUSTING = { caFile, pin: null, minVersion: 'TLSv1.2' } as const;
const PASSWORD = { auth: { method: 'password', user: 'me@example.net' } } as const;

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
