import { describe, expect, it } from 'vitest';
import { whyNoRealSendmail } from '../support/real-sendmail.js';
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
  },
);
