import { describe, expect, it } from 'vitest';
import { openSpool } from '../../core/spool/directory-spool.js';
import { seededRandom } from '../support/random.js';
import { fillSpool } from '../support/random-jobs.js';
import { setUpRealSendmail, whyNoRealSendmail } from '../support/real-sendmail.js';
import { compareListings, LISTINGS } from './listing-comparison.js';

const missing = whyNoRealSendmail();

describe.skipIf(missing !== null)(
  `a listing of ours beside the real sendmail's${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    it.each([1, 2])('shows the same of a spool made by chance, however it is asked (seed %i)', async (seed) => {
      const { ours, theirs } = await compareListings({ seed, jobs: 40, listings: LISTINGS });

      expect(ours).toEqual(theirs);
    });

    it.each([3, 4])('shows the same of damaged files and of those that are none (seed %i)', async (seed) => {
      const { ours, theirs } = await compareListings({ seed, jobs: 40, listings: LISTINGS, odd: { damaged: true } });

      expect(ours).toEqual(theirs);
    });

    it('shows what we have rewritten as it was, but for what a rewrite changes', async () => {
      const { spoolDirectory, run } = setUpRealSendmail(9);
      const names = fillSpool(spoolDirectory, seededRandom(9), 60);
      const before = await run(['-bp', '-v']);
      const spool = openSpool(spoolDirectory);
      for (const name of names.filter((one) => !one.startsWith('Qf'))) {
        const job = spool.claim({ id: name.slice(2), kind: name.startsWith('qf') ? 'qf' : 'hf' });
        if (typeof job === 'string') throw new Error(`${name}: ${job}`);
        job.rewrite(job.control);
        job.release();
      }

      const after = await run(['-bp', '-v']);

      // A controlling user that is in force already is not written once more.
      const plain = (text: string): string => text.replace(/^\t{6}\(---.*---\)\n/gm, '');
      expect(blocks(plain(after.stdout))).toEqual(blocks(plain(before.stdout)));
      expect(after.stdout).not.toContain('is empty');
    });
  },
);

/** Jobs of equal priority come in the order of the directory, which a rewrite changes. */
function blocks(listing: string): string[] {
  return listing.split(/\n(?= *\S+ +\d+ )/).toSorted();
}
