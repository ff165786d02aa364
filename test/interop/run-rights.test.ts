/** Who may run a queue that is somebody else's, and what the program says: the same words and status from both. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALICE, createLaptop, type Laptop, makeDirectory } from '../support/laptop.js';
import { BIN } from '../support/outtray-home.js';
import { createRealSendmail, whyNoRealSendmail } from '../support/real-sendmail.js';

const missing = whyNoRealSendmail();
const SOMEBODY = 12_345;

const ALICES: readonly (readonly string[])[] = [
  ['-q'],
  ['-qf'],
  ['-q', '-v'],
  ['-q0'],
  ['-q30m'],
  ['-q1h30m', '-v'],
  ['-qp'],
  ['-qp30m'],
  ['-qRx'],
  ['-q!Rx'],
  ['-q!f'],
  ['-q!30m'],
  ['-q!G'],
  ['-qQ'],
  ['-qL'],
  ['-Q'],
  ['-Qreason', '-qSalice'],
  ['-Q', '-qQ'],
  ['-qGnone'],
  ['-qGa', '-qGb'],
  ['-qz'],
  ['-q-5m'],
  ['-qnow'],
  ['-q', '-t'],
  ['-q', '-q30m'],
  ['-bm', '-q'],
  ['-bs', '-q'],
];
const ROOTS: readonly (readonly string[])[] = [
  ['-q'],
  ['-qf'],
  ['-q', '-v'],
  ['-q!f'],
  ['-qL'],
  ['-qnow'],
  ['-Q'],
  ['-Qreason', '-v'],
  ['-Qreason', '-qL'],
  ['-qGnone'],
  ['-qG'],
  ['-qGmqueue'],
  ['-qGmqueue', '-v'],
];

describe.skipIf(missing !== null)(
  `queue runs of a spool that belongs to somebody else${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    let laptop: Laptop;
    let spool: string;
    let home: string;
    let real: ReturnType<typeof createRealSendmail>;
    beforeAll(() => {
      real = createRealSendmail(9);
      laptop = createLaptop();
      spool = makeDirectory(path.join(laptop.directory, 'clientmqueue'), 0o770, SOMEBODY, SOMEBODY);
      home = makeDirectory(path.join(laptop.directory, 'outtray'), 0o755, ALICE, ALICE);
      fs.symlinkSync(path.join(BIN, 'outtray'), path.join(laptop.directory, 'sendmail'));
    });
    afterAll(() => {
      laptop.remove();
      real.remove();
    });

    it.each([
      ...ALICES.map((args) => ({ user: 'alice' as const, args })),
      ...ROOTS.map((args) => ({ user: 'root' as const, args })),
    ])('end with $args by $user as with sendmail', async ({ user, args }) => {
      const theirs = await real.run(args, '', { user });
      const ours = await laptop.run(
        [path.join(laptop.directory, 'sendmail'), '-Ac', '-O', `QueueDirectory=${spool}`, ...args],
        '',
        { user, env: { OUTTRAY_HOME: home } },
      );

      expect({ ...ours, stdout: ours.stdout.replaceAll(spool, 'SPOOL') }).toEqual({
        ...theirs,
        stdout: theirs.stdout.replaceAll(real.spoolDirectory, 'SPOOL'),
      });
    });
  },
);
