import { describe, expect, it } from 'vitest';
import { meetOnOneSpool } from '../e2e/one-spool.js';
import { whyNoRealSendmail } from '../support/real-sendmail.js';

const missing = whyNoRealSendmail();

describe.skipIf(missing !== null)(
  `one spool for everybody, for long${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    it('gives each message to the relay exactly once', async () => {
      const { submitted, received, left, log } = await meetOnOneSpool({
        messages: 1000,
        runsOfOurs: 3,
        runsOfTheirs: 3,
        agent: true,
      });

      expect(received).toEqual(submitted);
      expect(left).toEqual([]);
      expect(log).not.toMatch(/Losing|SYSERR/);
    });
  },
);
