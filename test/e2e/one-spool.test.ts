import { describe, expect, it } from 'vitest';
import { whyNoRealSendmail } from '../support/real-sendmail.js';
import { meetOnOneSpool } from './one-spool.js';

const missing = whyNoRealSendmail();

describe.skipIf(missing !== null)(
  `one spool for shims, queue runs of ours and of the real sendmail, and an agent${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    it('gives each message to the relay exactly once and is empty in the end', async () => {
      const { submitted, received, left, log } = await meetOnOneSpool({
        messages: 120,
        runsOfOurs: 2,
        runsOfTheirs: 2,
        agent: true,
      });

      expect(received).toEqual(submitted);
      expect(submitted).toHaveLength(240);
      expect(left).toEqual([]);
      expect(log).not.toMatch(/Losing|SYSERR/);
    });
  },
);
