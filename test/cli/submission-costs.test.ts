/**
 * What a submission asks of the system, as strace sees it in the built program: every sync that a
 * message needs before it is acknowledged, and nothing that it could do without.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BIN, createHome, type OuttrayHome, runProgram } from '../support/outtray-home.js';
import { whyNoTrace } from '../support/traced.js';

const SENDMAIL = path.join(BIN, 'sendmail');
const MESSAGE = `Subject: test\n\n${'A line of text, and one more.\n'.repeat(66)}`;
const ENVELOPE = 'MAIL FROM:<me@example.org>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n';
/** Of the built executable; the Node program makes a few more. */
const MOST_CALLS_A_MESSAGE = 40;

const missing = whyNoTrace();
if (missing !== null) console.log(`costs of a submission: skipped, ${missing}`);

describe.skipIf(missing !== null)('what a submission asks of the system', () => {
  it('is both files synced before the rename, and the directory after it', async () => {
    const home = createHome();

    const calls = await trace(home, ['-i', 'bob@example.org'], MESSAGE, 'fsync,fdatasync,rename,renameat,renameat2');

    expect(calls.map((call) => stepOf(call, home))).toEqual(SAFE_STEPS);
  });

  it('is all of this for each message of a session before the 250 to it', async () => {
    const home = createHome();

    const calls = await trace(
      home,
      ['-bs'],
      session(3),
      'fsync,fdatasync,rename,renameat,renameat2,write,writev,pwrite64',
    );

    const steps = calls
      .filter((call) => !/^p?write/.test(call) || call.includes('Message accepted'))
      .map((call) => (call.includes('Message accepted') ? '250' : stepOf(call, home)));
    const each = [...SAFE_STEPS, '250'];
    expect(steps).toEqual([...each, ...each, ...each]);
  });

  it('is a bounded number of things for each message of a session', async () => {
    const home = createHome();

    const few = await trace(home, ['-bs'], session(10), '!futex,madvise,sched_yield');
    const many = await trace(home, ['-bs'], session(110), '!futex,madvise,sched_yield');

    expect((many.length - few.length) / 100).toBeLessThan(MOST_CALLS_A_MESSAGE);
  });

  it('is nothing of the password file, the zone and the settings for another message of a session', async () => {
    const home = createHome();

    const calls = await trace(home, ['-bs'], session(20), 'openat,open');

    const opened = calls.map((call) => /"([^"]*)"/.exec(call)?.[1] ?? '');
    for (const file of ['/etc/passwd', '/etc/localtime', path.join(home.directory, 'settings.json')]) {
      expect(opened.filter((name) => name === file).length).toBeLessThanOrEqual(1);
    }
  });
});

const SAFE_STEPS = ['sync df', 'sync tf', 'rename tf qf', 'sync clientmqueue'];

function session(messages: number): string {
  const text = MESSAGE.replaceAll('\n', '\r\n');
  return `EHLO laptop.example.org\r\n${`${ENVELOPE}${text}.\r\n`.repeat(messages)}QUIT\r\n`;
}

/** `fsync(5</somewhere/clientmqueue/dfX>)` is `sync df`. */
function stepOf(call: string, { spool }: OuttrayHome): string {
  const kinds = [...call.matchAll(/[<"]([^<>"]+)[>"]/g)].map(([, file = '']) =>
    file === spool ? path.basename(spool) : path.basename(file).slice(0, 2),
  );
  return [call.startsWith('rename') ? 'rename' : 'sync', ...kinds].join(' ');
}

/** The calls of these kinds that came back, in order. */
async function trace(home: OuttrayHome, args: readonly string[], input: string, kinds: string): Promise<string[]> {
  const file = path.join(home.directory, 'trace');
  const words = ['-f', '-y', '-s', '200', '-e', `trace=${kinds}`, '-e', 'signal=none', '-o', file, SENDMAIL, ...args];
  // What the first start makes is made.
  fs.mkdirSync(home.spool, { recursive: true, mode: 0o700 });
  const result = await runProgram('strace', words, input, home.env, home.directory);
  expect(result.status).toBe(0);
  return fs
    .readFileSync(file, 'latin1')
    .split('\n')
    .map((line) => line.replace(/^\d+ +/, ''))
    .filter((call) => /^\w+\(/.test(call));
}
