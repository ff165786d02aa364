/**
 * Variables of the environment that make a runtime trust anybody: a run of the queue hands no password
 * to a relay whose certificate nobody vouches for, whatever they say. (Those that name an authority, such as
 * NODE_EXTRA_CA_CERTS, are the user's own word for it.)
 */
import { describe, expect, it } from 'vitest';
import { certificates } from '../support/certificates.js';
import { createHome } from '../support/outtray-home.js';
import { startRelay } from '../support/relay.js';

describe('a relay with a certificate that nobody vouches for', () => {
  it.each([
    ['NODE_TLS_REJECT_UNAUTHORIZED', '0'],
    ['NODE_OPTIONS', '--use-openssl-ca'],
    ['BUN_OPTIONS', '--use-system-ca'],
  ])('is told nothing though %s=%s', async (name, value) => {
    const { good } = certificates();
    const relay = await startRelay({ security: 'tls', certificate: good, auth: { me: 'secret' } });
    const home = createHome({
      relays: {
        home: {
          ...{ host: 'localhost', port: relay.port, security: 'tls', auth: { method: 'password', user: 'me' } },
          passwordCommand: ['echo', 'secret'],
        },
      },
      defaultRelay: 'home',
    });
    await home.run('sendmail', ['bob@example.net'], 'Subject: x\n\nx\n');

    const run = await home.run('sendmail', ['-q', '-v'], '', { [name]: value });

    expect(run.stdout).not.toContain('AUTH');
    expect(relay.received).toEqual([]);
    expect(home.files()).toContainEqual(expect.stringMatching(/^qf/));
  });
});
