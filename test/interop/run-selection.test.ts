import { describe, expect, it } from 'vitest';
import { selectForRun } from '../../core/cli/run-selection.js';
import { parseCommandLine } from '../../core/submission/options.js';
import { seededRandom } from '../support/random.js';
import { fillSpool } from '../support/random-jobs.js';
import { setUpRealSendmail, whyNoRealSendmail } from '../support/real-sendmail.js';

const missing = whyNoRealSendmail();

function ours(directory: string, words: readonly string[]): string[] {
  const { action } = parseCommandLine('sendmail', 'sendmail', words);
  if (action.mode !== 'run') throw new Error(words.join(' '));
  return [...(selectForRun(directory, action.run, Math.floor(Date.now() / 1000)) ?? [])].toSorted();
}

describe.skipIf(missing !== null)(
  `the jobs a queue run means, ours beside the real sendmail's${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    it.each([
      [['-q', '-v', '-qRexample.net']],
      [['-q', '-v', '-q!Rlocalhost', '-qSalice']],
      [['-q', '-v', '-qIx', '-q!I1']],
      [['-q', '-v', '-qQ']],
      [['-q', '-v', '-qQreason', '-qQspam']],
      [['-q', '-v', '-OMaxQueueRunSize=5']],
      [['-q', '-v', '-OMinQueueAge=5000d']],
      [['-q', '-v', '-OMinQueueAge=5000d', '-OQueueSortOrder=filename']],
      [['-q', '-v', '-OMaxQueueAge=30000d', '-qSbob']],
      [['-q', '-v', '-OQueueLA=0', '-OQueueFactor=400000']],
    ])('are the same with %j', async (words) => {
      const { spoolDirectory, run } = setUpRealSendmail(9);
      fillSpool(spoolDirectory, seededRandom(11), 40);
      const chosen = ours(spoolDirectory, words);

      const { stdout } = await run(words);

      const theirs = [...stdout.matchAll(/^Running \S+\/(\S+) \(sequence/gm)].map(([, id]) => id ?? '');
      expect(theirs.toSorted()).toEqual(chosen);
    });
  },
);
