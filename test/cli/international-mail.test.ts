/** Mail with addresses in UTF-8 (RFC 6531) from the built `sendmail` to a relay that offers SMTPUTF8, and to one that does not. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { createHome, type OuttrayHome } from '../support/outtray-home.js';
import { startRelay, type TestRelay } from '../support/relay.js';

const FROM = 'Ünal@пример.example';
const TO = '用户@例え.example';

it('goes to a relay that offers SMTPUTF8, addresses and header as they were given', async () => {
  const relay = await startRelay();
  const home = createHome(settingsFor(relay));

  const submitted = await home.run(
    'sendmail',
    ['-t', '-f', FROM],
    `From: Á <${FROM}>\nTo: Große <${TO}>, bob@example.net\n\nx\n`,
  );
  const run = await home.run('sendmail', ['-q', '-v']);

  expect([submitted, run.status]).toEqual([{ status: 0, stdout: '', stderr: '' }, 0]);
  const [mail] = relay.received;
  expect(mail).toMatchObject({ from: FROM, envelope: { mailFrom: { args: { SMTPUTF8: true } } } });
  expect(mail?.rcptTo.toSorted()).toEqual(['bob@example.net', TO].toSorted());
  const text = mail?.raw.toString('utf8') ?? '';
  expect(text).toContain(`From: Á <${FROM}>\r\nTo: Große <${TO}>, bob@example.net\r\n`);
  expect(home.files()).toEqual([]);
});

it('fails with the reason where the relay does not offer it; who needs none gets it', async () => {
  const relay = await startRelay({ without: ['SMTPUTF8'] });
  const home = createHome(settingsFor(relay));
  await home.run('sendmail', ['-f', 'me@example.net', TO, 'bob@example.net'], 'Subject: x\n\nx\n');

  const { stdout } = await home.run('sendmail', ['-q', '-v']);

  expect(relay.received.map(({ rcptTo }) => rcptTo)).toEqual([['bob@example.net']]);
  expect(stdout).toMatch(/^\S+\.\.\. \S+ is written beyond ASCII and the relay does not offer SMTPUTF8$/m);
  const [control = ''] = home.files().filter((name) => name.startsWith('hf'));
  const held = fs.readFileSync(path.join(home.spool, control), 'utf8');
  expect(held).toContain(`5.6.7 ${TO} is written beyond ASCII and the relay does not offer SMTPUTF8`);
  expect(held.split('\n').filter((line) => line.startsWith('R'))).toEqual([`RPFD:${TO}`]);
  expect(await listing(home)).toContain(String.raw`\347\224\250\346\210\267@\344\276\213\343\201\210.example`);
});

it('is returned, where failures are, in a report whose recipient is in ASCII (RFC 6533)', async () => {
  const relay = await startRelay({ without: ['SMTPUTF8'] });
  const home = createHome({ ...settingsFor(relay), delivery: { onFailure: 'bounce' } });
  await home.run('sendmail', ['-f', 'me@example.net', 'jürgen@example.net'], 'Subject: x\n\nx\n');

  await home.run('sendmail', ['-q', '-v']);
  await home.run('sendmail', ['-q', '-v']);

  const report = relay.received[0]?.raw.toString('utf8') ?? '';
  expect(report).toContain('Final-Recipient: utf-8; j\\x{FC}rgen@example.net\r\n');
  expect(report).toContain('Status: 5.6.7\r\n');
});

function settingsFor(relay: TestRelay): object {
  return {
    hostname: 'laptop.example.org',
    relays: { home: { host: relay.host, port: relay.port, security: 'none', auth: { method: 'none' } } },
    defaultRelay: 'home',
  };
}

async function listing(home: OuttrayHome): Promise<string> {
  return (await home.run('sendmail', ['-bp', '-qQ', '-v'])).stdout;
}
