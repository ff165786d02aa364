import { describe, expect, it } from 'vitest';
import { explain, hostForLog, type SessionPhase } from '../../../core/delivery/explain.js';
import { alternateFamilies } from '../../../core/delivery/socket.js';
import { isLoopback } from '../../../core/system/loopback.js';
import { relaySettings } from '../../support/relay.js';

const relay = relaySettings(587, { host: 'smtp.example.org', security: 'starttls' });
const fault = (code: string, message = code) => Object.assign(new Error(message), { code });

describe('explain', () => {
  it.each([
    ['lookup', 'ENOTFOUND', 'host-not-found', 'Name server: smtp.example.org: host not found', '4.4.3'],
    ['lookup', 'EAI_AGAIN', 'no-network', 'Name server: smtp.example.org: host name lookup failure', '4.4.3'],
    ['lookup', 'ETIMEDOUT', 'no-network', 'Name server: smtp.example.org: host name lookup failure', '4.4.3'],
    ['connect', 'ECONNREFUSED', 'refused', 'Connection refused by smtp.example.org', '4.4.1'],
    ['connect', 'ETIMEDOUT', 'timed-out', 'Operation timed out with smtp.example.org', '4.4.1'],
    ['connect', 'ENETUNREACH', 'no-network', 'Network is unreachable', '4.4.1'],
    ['connect', 'EHOSTUNREACH', 'no-network', 'No route to host smtp.example.org', '4.4.1'],
    ['greeting', 'ECONNRESET', 'closed', 'Connection reset by smtp.example.org', '4.4.2'],
    ['mail', 'ETIMEDOUT', 'timed-out', 'Operation timed out with smtp.example.org', '4.4.2'],
    ['connect', 'EMFILE', 'other', 'EMFILE', '4.0.0'],
  ] as const)('%s, %s: %s', (phase, code, kind, stat, status) => {
    expect(explain(fault(code), { relay, phase })).toMatchObject({ kind, stat, status });
  });

  it('looks under the code that nodemailer puts over the one of the system', () => {
    const error = Object.assign(fault('ESOCKET', 'connect ECONNREFUSED'), { originalCode: 'ECONNREFUSED' });

    expect(explain(error, { relay, phase: 'connect' }).kind).toBe('refused');
  });

  it('takes the last address for all when every one of them failed', () => {
    const error = new AggregateError([fault('ENETUNREACH'), fault('ECONNREFUSED')]);

    expect(explain(error, { relay, phase: 'connect' }).kind).toBe('refused');
  });

  // Bun gives no code for these, only the words.
  it.each([
    ['self signed certificate', 'certificate'],
    ['self signed certificate in certificate chain', 'certificate'],
    ['unable to verify the first certificate', 'certificate'],
    ['unable to get local issuer certificate', 'certificate'],
    ['certificate has expired', 'certificate'],
    ["Hostname/IP does not match certificate's altnames: Host: x", 'certificate'],
    ['write EPROTO error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER', 'tls'],
    ['tlsv1 alert protocol version', 'tls'],
  ])('knows "%s" without its code', (message, kind) => {
    expect(explain(fault('ESOCKET', message), { relay, phase: 'starttls' as SessionPhase }).kind).toBe(kind);
  });

  it('has a sentence, a remedy and a temporary code for everything', () => {
    for (const phase of ['lookup', 'connect', 'tls', 'greeting', 'ehlo', 'starttls', 'auth', 'mail'] as const) {
      for (const code of ['ETIMEDOUT', 'ECONNRESET', 'EPROTO', 'CERT_REVOKED', 'whatever']) {
        const problem = explain(fault(code), { relay, phase });

        expect(problem.message).toMatch(/^[A-Za-z].*\.$/);
        expect(problem.remedy).toMatch(/\w/);
        expect(problem.status).toMatch(/^4\./);
      }
    }
  });

  it('explains even what was not thrown as an error', () => {
    expect(explain('odd', { relay, phase: 'mail' }).message).toContain('odd');
    expect(explain(undefined, { relay, phase: 'mail' }).kind).toBe('other');
  });
});

describe('hostForLog', () => {
  it('writes addresses as literals and names as they are', () => {
    expect(['127.0.0.1', '::1', 'smtp.example.org'].map(hostForLog)).toEqual([
      '[127.0.0.1]',
      '[::1]',
      'smtp.example.org',
    ]);
  });
});

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.8.9.10', '::1', '[::1]', 'localhost', 'LOCALHOST', '::ffff:127.0.0.1'])(
    '%s is',
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );

  it.each(['127.0.0.1.example.org', 'localhost.example.org', '10.0.0.1', '::2', '127.example'])('%s is not', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});

describe('alternateFamilies', () => {
  it('begins with the preferred family and changes each time', () => {
    expect(alternateFamilies(['::1', '::2', '::3', '127.0.0.1', '::1'])).toEqual(['::1', '127.0.0.1', '::2', '::3']);
  });
});
