import fs from 'node:fs';
import path from 'node:path';
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
  return [...(selectForRun(directory, action.run, Math.floor(Date.now() / 1000)) ?? [])];
}

/** What it tried, in order. */
function runIds(transcript: string): string[] {
  return [...transcript.matchAll(/^Running \S+\/(\S+) \(sequence/gm)].map(([, id]) => id ?? '');
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

      expect(runIds(stdout).toSorted()).toEqual(chosen.toSorted());
    });

    it.each(['priority', 'host', 'time', 'filename', 'modification', 'none'])(
      'come in the same order with QueueSortOrder=%s',
      async (order) => {
        const words = ['-q', '-v', `-OQueueSortOrder=${order}`];
        const { spoolDirectory, run } = setUpRealSendmail(9);
        fillSpool(spoolDirectory, seededRandom(12), 40);
        for (const [index, name] of fs.readdirSync(spoolDirectory).entries())
          fs.utimesSync(path.join(spoolDirectory, name), 1_700_000_000, 1_700_000_000 + ((index * 7919) % 1009));
        const chosen = ours(spoolDirectory, words);

        const { stdout } = await run(words);

        expect(runIds(stdout)).toEqual(chosen);
      },
    );
  },
);
