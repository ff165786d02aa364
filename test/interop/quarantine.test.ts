import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { changeQuarantine } from '../../core/cli/quarantine.js';
import { openSpool } from '../../core/spool/directory-spool.js';
import { parseCommandLine } from '../../core/submission/options.js';
import { systemClock } from '../../core/system/clock.js';
import { names, temporaryDirectory } from '../core/spool/support.js';
import { seededRandom } from '../support/random.js';
import { fillSpool } from '../support/random-jobs.js';
import { setUpRealSendmail, whyNoRealSendmail } from '../support/real-sendmail.js';

const missing = whyNoRealSendmail();

interface Change {
  readonly said: readonly string[];
  readonly files: Record<string, string>;
}

/** The sequence of jobs is the directory's, which no two directories need to share. */
function result(directory: string, stdout: string): Change {
  const said = stdout.replaceAll(directory, 'DIR').split('\n').toSorted();
  const read = (name: string): string => fs.readFileSync(path.join(directory, name), 'latin1');
  return { said, files: Object.fromEntries(names(directory).map((name) => [name, read(name)])) };
}

function quarantine(directory: string, words: readonly string[]): Change {
  const { action } = parseCommandLine('sendmail', 'sendmail', words);
  if (action.mode !== 'run' || action.run.quarantine === null) throw new Error(words.join(' '));
  let stdout = '';
  const outtray = { spool: openSpool(directory), log: { write: () => {} }, clock: systemClock };
  changeQuarantine(outtray, action.run, action.run.quarantine.reason, (line) => {
    stdout += `${line}\n`;
  });
  return result(directory, stdout);
}

describe.skipIf(missing !== null)(
  `sendmail -Q, ours beside the real one${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    it.each([
      ['-Qspam', '-v', '-qRexample.net'],
      ['-Qa b\nc', '-v', '-qSalice', '-q!I3'],
      ['-Qspam', '-v', '-qQ'],
      ['-Qother', '-v', '-qQspam'],
      ['-Q', '-v', '-qQreason'],
      ['-Q', '-v', '-qQ'],
      ['-Q', '-v'],
      ['-Qx', '-qSbob'],
      ['-Qx', '-v', '-qInone'],
      ['-Qx', '-v', '-OMaxQueueRunSize=50', '-OQueueSortOrder=filename'],
    ])('says and leaves the same: %s %s %s %s', async (...words) => {
      const sendmail = setUpRealSendmail(9);
      const ours = temporaryDirectory(0o770);
      for (const directory of [sendmail.spoolDirectory, ours]) fillSpool(directory, seededRandom(7), 40);

      const theirs = await sendmail.run(words);

      expect(quarantine(ours, words)).toEqual(result(sendmail.spoolDirectory, theirs.stdout));
    });
  },
);
