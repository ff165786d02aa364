/** One spool listed by the real sendmail and by ours, as by so many commands. */

import { parseCommandLine } from '../../core/submission/options.js';
import { listQueue } from '../support/listing.js';
import { seededRandom } from '../support/random.js';
import { fillSpool, type Odd } from '../support/random-jobs.js';
import { setUpRealSendmail } from '../support/real-sendmail.js';

export const LISTINGS: readonly (readonly string[])[] = [
  [],
  ['-v'],
  ['-qQ', '-v'],
  ['-qL', '-v'],
  ['-qRexample.NET'],
  ['-q!Rexample.net', '-v'],
  ['-qSalice'],
  ['-q!Salice', '-qRlocalhost'],
  ['-qSbob', '-qSupper', '-qI7'],
  ['-qIqf6', '-q!I3'],
  ['-q!I1', '-q!I2'],
  ['-qQreason'],
  ['-qQspam', '-qQhand', '-qSa'],
  ['-q!Qspam', '-v'],
  ['-qL', '-qRbob'],
  ['-OQueueSortOrder=time'],
  ['-OQueueSortOrder=Filename', '-v'],
  ['-OQueueSortOrder=host'],
  ['-OQueueSortOrder=h', '-v', '-q!Rlocalhost'],
  ['-OQueueSortOrder=modification'],
  ['-OQueueSortOrder=none'],
  ['-OQueueSortOrder=Shuffle', '-v', '-qI37'],
  ['-OQueueSortOrder=random', '-v', '-qI38'],
  ['-OQueueSortOrder=none', '-qSalice', '-v'],
  ['-OQueueSortOrder=priority', '-OMaxQueueRunSize=7'],
  ['-OMaxQueueRunSize=3', '-qSalice', '-v'],
  ['-OMinQueueAge=5000d'],
  ['-OMinQueueAge=5000d', '-OQueueSortOrder=host', '-v'],
  ['-OMaxQueueAge=30000d', '-v'],
  ['-OQueueLA=0', '-OQueueFactor=1'],
  ['-ox0', '-oq1', '-v'],
];

export interface Comparison {
  readonly ours: Record<string, string>;
  readonly theirs: Record<string, string>;
}

export async function compareListings(options: {
  readonly seed: number;
  readonly jobs: number;
  readonly listings: readonly (readonly string[])[];
  readonly odd?: Odd;
}): Promise<Comparison> {
  const sendmail = setUpRealSendmail(9);
  fillSpool(sendmail.spoolDirectory, seededRandom(options.seed), options.jobs, options.odd);
  const ours: Record<string, string> = {};
  const theirs: Record<string, string> = {};
  for (const args of options.listings) {
    const words = ['-bp', ...args];
    theirs[words.join(' ')] = (await sendmail.run(words)).stdout;
    ours[words.join(' ')] = listing(sendmail.spoolDirectory, words);
  }
  return { ours, theirs };
}

function listing(directory: string, words: readonly string[]): string {
  const { action, common } = parseCommandLine('sendmail', 'sendmail', words);
  if (action.mode !== 'list') throw new Error(`not a listing: ${words.join(' ')}`);
  const { limits, ...chosen } = action.list;
  return listQueue(
    { directory },
    {
      ...chosen,
      ...(limits.jobs === null ? {} : { limit: limits.jobs }),
      minQueueAgeSeconds: limits.minAgeSeconds,
      maxQueueAgeSeconds: limits.maxAgeSeconds,
      ...(limits.load === null ? {} : { busyAbove: limits.load.queueFactor }),
      verbose: common.verbose,
      timeZone: 'UTC',
      nowSeconds: Math.floor(Date.now() / 1000),
    },
  );
}
