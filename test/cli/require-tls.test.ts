/** X-Outtray-Require-TLS from standard input to the relay, as the built commands carry it. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { certificates } from '../support/certificates.js';
import { createHome, type OuttrayHome } from '../support/outtray-home.js';
import { startRelay, type TestRelay } from '../support/relay.js';

const { caFile, good } = certificates();
const MESSAGE = 'X-Outtray-Require-TLS: YES\nSubject: secret\nTo: bob@example.org\n\nHello Bob\n';

function homeWith(relay: TestRelay): OuttrayHome {
  const home = createHome({
    relays: { home: { host: 'localhost', port: relay.port, security: 'tls', tls: { caFile: 'ca.pem' } } },
    defaultRelay: 'home',
  });
  fs.copyFileSync(caFile, path.join(home.directory, 'ca.pem'));
  return home;
}

describe('sendmail', () => {
  it('asks a relay that promises it for TLS all the way, and keeps the field to itself', async () => {
    const relay = await startRelay({ security: 'tls', certificate: good });
    const home = homeWith(relay);

    const result = await home.run('sendmail', ['-t', '-i', '-odi'], MESSAGE);

    expect(result).toMatchObject({ status: 0, stderr: '' });
    const [mail] = relay.received;
    expect(mail?.envelope).toMatchObject({ requireTLS: true });
    expect(mail?.raw.toString()).toContain('Subject: secret\r\n');
    expect(mail?.raw.toString()).not.toMatch(/outtray-require/i);
    expect(home.files()).toEqual([]);
  });

  it('holds the message where the relay does not promise it, and says why', async () => {
    const relay = await startRelay({ security: 'tls', certificate: good, without: ['REQUIRETLS'] });
    const home = homeWith(relay);

    await home.run('sendmail', ['-t', '-i', '-odi'], MESSAGE);

    expect(relay.received).toEqual([]);
    expect(home.files().map((name) => name.slice(0, 2))).toEqual(['df', 'hf']);
    expect((await home.run('outtray', ['queue', 'list'])).stdout).toContain(
      'It requires TLS all the way, which its relay does not promise.',
    );
  });
});
