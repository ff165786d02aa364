/** Random address fields, as the real sendmail and we hand them to a relay; a failure names its seed. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseControlFile } from '../../core/spool/control-file.js';
import { wireHeader } from '../../core/spool/wire-header.js';
import { seededRandom } from '../support/random.js';
import { randomAddresses } from '../support/random-addresses.js';
import { setUpRealSendmail, whyNoRealSendmail } from '../support/real-sendmail.js';
import { startSink } from '../support/sink-relay.js';

const FIELDS = ['To', 'From', 'Cc', 'Reply-To', 'Sender', 'Resent-To', 'Errors-To', 'Apparently-To'];
const missing = whyNoRealSendmail();

describe.skipIf(missing !== null)('random address fields', () => {
  it.each([1, 2, 3, 4])('leave as with sendmail (seed %i)', async (seed) => {
    const random = seededRandom(seed);
    const { pick, list } = randomAddresses(random, { hosts: ['laptop'] });
    const jobs = Array.from({ length: 150 }, (_, index) => control(index, `${pick(FIELDS)}: ${list()}`));
    const sink = await startSink();
    const sendmail = setUpRealSendmail(sink.port);
    for (const [index, text] of jobs.entries()) put(sendmail.spoolDirectory, `AAAAAA${10_000 + index}`, text);

    await sendmail.run(['-q', '-v']);

    const ours = jobs.map((text) => wireHeader(parseControlFile(text), { hostname: 'laptop.example.org' }));
    const theirs = sink.messages.map(({ text }) => text.slice(0, text.indexOf('\r\n\r\n') + 2));
    expect(theirs.sort()).toEqual(ours.map((header) => header.toString('latin1')).sort());
  });
});

function control(index: number, field: string): string {
  const now = Math.floor(Date.now() / 1000);
  return [
    ...['V8', `T${now}`, 'K0', 'N0', `P${30_000 + index}`, 'Fs', '$_alice@localhost', `\${daemon_flags}c u`, 'Salice'],
    ...['RPFD:bob@example.net', `H??X-Job: ${index}`, `H??${field}`, '.', ''],
  ].join('\n');
}

function put(directory: string, id: string, text: string): void {
  const { uid, gid } = fs.statSync(directory);
  for (const [name, content] of [
    [`df${id}`, 'Hi\n'],
    [`qf${id}`, text],
  ] as const) {
    const file = path.join(directory, name);
    fs.writeFileSync(file, content, 'latin1');
    fs.chmodSync(file, 0o660);
    fs.chownSync(file, uid, gid);
  }
}
