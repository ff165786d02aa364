import { describe, expect, it } from 'vitest';
import { compareListings, LISTINGS } from '../interop/listing-comparison.js';
import { whyNoRealSendmail } from '../support/real-sendmail.js';

const missing = whyNoRealSendmail();

describe.skipIf(missing !== null)(
  `many spools listed by us and by the real sendmail${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    it.each(Array.from({ length: 40 }, (_, index) => 100 + index))('are shown alike (seed %i)', async (seed) => {
      const odd = { damaged: seed % 2 === 0 };

      const { ours, theirs } = await compareListings({ seed, jobs: 100, listings: LISTINGS, odd });

      expect(ours).toEqual(theirs);
    });
  },
);
