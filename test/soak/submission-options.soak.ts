/**
 * Options and bodies by chance, beside the real sendmail: queue files, exit status and standard
 * output must be the same. OUTTRAY_SOAK_SEED and OUTTRAY_SOAK_RUNS choose other ones, and more.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fastDirectory } from '../support/laptop.js';
import { seededRandom } from '../support/random.js';
import { whyNoRealSendmail } from '../support/real-sendmail.js';
import { differencesOf } from '../support/submission-difference.js';
import { startPeer, withoutReport } from '../support/submission-peer.js';

const SEED = Number(process.env['OUTTRAY_SOAK_SEED'] ?? 1);
const RUNS = Number(process.env['OUTTRAY_SOAK_RUNS'] ?? 1000);

const OPTIONS = ['-i', '-oi', '-oi0', '-B7BIT', '-B8bitmime', '-Bx', '-Nnever', '-Nsuccess,delay', '-NFAILURE', '-Nx']
  .concat(['-Rfull', '-Rhdrs', '-Va+20b', '-Vx=', '-pSMTP:h.x', '-p:y', '-pZ', '-h3', '-h24', '-hx', '-G', '-Lt', '-m'])
  .concat(['-oMrUUCP', '-Msfoo', '-n', '-om', '-oem', '-eq', '-o7', '-odd', '-odq', '-FA "B" C.', '-fa@b.c', '-ralice'])
  .concat(['-OIgnoreDots=f', '-Oignore', '-OFoo', '-OError', '-oo', '-o8p', '-t', '-ti', '-bm', '-Ac']);
const PIECES = [
  '.',
  '..',
  '\r',
  '\n',
  '\r\n',
  '\0',
  '\xe9',
  '\x81',
  'a',
  'b c',
  ' ',
  '\t',
  'X: y',
  'Subject: s',
  '\n\n',
]
  .concat([
    'To: c@d.e',
    'Text: z',
    'MIME-Version: 1.0',
    'Precedence: bulk',
    'From x',
    '--',
    ':',
    'Received: x',
    '\n.\n',
  ])
  .concat(['From a Thu Nov 12 08:09:10 2026\n', 'Priority: urgent\n', 'y'.repeat(90), '\n..', '\r\n\r\n']);

const missing = whyNoRealSendmail();

describe.skipIf(missing !== null)('options and bodies by chance', () => {
  it(`are taken as sendmail takes them (seed ${SEED}, ${RUNS} runs)`, async () => {
    const random = seededRandom(SEED);
    const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? '';
    const several = (list: readonly string[], most: number): string[] =>
      Array.from({ length: Math.floor(random() * (most + 1)) }, () => pick(list));
    const peer = startPeer();
    onTestFinished(() => peer.stop());
    const directory = fs.mkdtempSync(path.join(fastDirectory(), 'outtray-soak-'));
    onTestFinished(() => fs.rmSync(directory, { recursive: true }));
    const differing: unknown[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const args = [...several(OPTIONS, 4), 'bob@example.net'];
      // A last line without its end is kept here and lost there.
      const stdin = `${several(PIECES, 12).join('')}\n`;
      const place = path.join(directory, String(run));
      fs.mkdirSync(place);

      const { theirs, ours } = await peer.submit({ args, stdin }, place);

      const differences = differencesOf(withoutReport(theirs), withoutReport(ours));
      if (differences.length > 0) differing.push({ run, args, stdin, differences });
      fs.rmSync(place, { recursive: true });
    }

    expect(differing).toEqual([]);
  });
});
