import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { changeQuarantine } from '../../core/cli/quarantine.js';
import { openSpool } from '../../core/spool/directory-spool.js';
import { systemClock } from '../../core/system/clock.js';
import { holdLock, names, submit } from '../core/spool/support.js';
import { listQueue } from '../support/listing.js';
import { setUpRealSendmail, whyNoRealSendmail } from '../support/real-sendmail.js';
import { startRelay } from '../support/relay.js';

const missing = whyNoRealSendmail();
const now = Math.floor(Date.now() / 1000);

function list(directory: string): string {
  return listQueue({ directory }, { kind: 'qf', nowSeconds: now, timeZone: 'UTC' });
}

describe.skipIf(missing !== null)(
  `a job that one program works on${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    it('is passed over by ours while the real sendmail talks to a slow relay about it, and marked in both listings', async () => {
      let atMessage = (): void => {};
      let goOn = (): void => {};
      const reached = new Promise<void>((resolve) => {
        atMessage = resolve;
      });
      const held = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      const relay = await startRelay({
        onMessage: () => {
          atMessage();
          return held;
        },
      });
      const { spoolDirectory, run } = setUpRealSendmail(relay.port);
      const spool = openSpool(spoolDirectory);
      const id = submit(spoolDirectory, { createdAtSeconds: now });
      const running = run(['-q', '-v']);
      await reached;

      const refused = [spool.claim({ id, kind: 'qf' }), spool.discard({ id, kind: 'qf' })];
      const words: string[] = [];
      const options = { filters: [], kind: 'qf', sort: 'priority', verbose: true } as const;
      changeQuarantine(
        { spool, log: { write: () => {} }, clock: systemClock },
        {
          ...options,
          foreground: true,
          intervalSeconds: null,
          quarantine: null,
          settingsFile: null,
          queueDirectory: null,
        },
        'spam',
        (line) => words.push(line),
      );
      const ours = list(spoolDirectory);
      const theirs = await run(['-bp']);
      goOn();
      await running;

      expect(refused).toEqual(['busy', 'busy']);
      expect(words).toEqual([`Processing ${spoolDirectory}:`, `${id}: locked`, `Skipping ./${id}`, 'No changes']);
      expect(ours).toContain(`${id}*`);
      expect(theirs.stdout).toBe(ours);
      expect(relay.received).toHaveLength(1);
      expect(spool.claim({ id, kind: 'qf' })).toBe('gone');
      expect(names(spoolDirectory)).toEqual([]);
    });

    it('is left to us by the real sendmail until we let it go, also when we have rewritten it meanwhile', async () => {
      const relay = await startRelay();
      const { spoolDirectory, run } = setUpRealSendmail(relay.port);
      const spool = openSpool(spoolDirectory);
      const id = submit(spoolDirectory, { createdAtSeconds: now });
      const job = spool.claim({ id, kind: 'qf' });
      if (typeof job === 'string') throw new Error(job);
      job.rewrite({ ...job.control, message: 'Deferred: 450 busy' });

      const during = [await run(['-q', '-v']), await run(['-Qspam', '-v']), await run(['-bp'])];
      job.release();
      const after = await run(['-q', '-v']);

      expect(during[0]?.stdout).toContain(`${id}: locked`);
      expect(during[1]?.stdout).toContain(`${id}: locked`);
      expect(during[2]?.stdout).toContain(`${id}*`);
      expect(after.stdout).toContain('Sent');
      expect(relay.received).toHaveLength(1);
    });

    it('is seen as worked on in the same way under a shared lock and an exclusive one', async () => {
      const { spoolDirectory, run } = setUpRealSendmail(9);
      const ids = [submit(spoolDirectory), submit(spoolDirectory)] as const;
      await holdLock(path.join(spoolDirectory, `qf${ids[0]}`), 'shared');
      await holdLock(path.join(spoolDirectory, `qf${ids[1]}`), 'exclusive');

      const theirs = await run(['-bp']);

      expect(list(spoolDirectory)).toBe(theirs.stdout);
      expect(theirs.stdout).toContain(`${ids[0]} `);
      expect(theirs.stdout).toContain(`${ids[1]}*`);
    });

    it('makes all jobs of its host count as such in the order of hosts', async () => {
      const { spoolDirectory, run } = setUpRealSendmail(9);
      const to = (address: string) => ({ recipients: [{ flags: 'PFD', address }] });
      const locked = submit(spoolDirectory, { ...to('a@b.example'), priority: 1 });
      submit(spoolDirectory, { ...to('c@B.example'), priority: 2 });
      submit(spoolDirectory, { ...to('d@a.example'), priority: 3 });
      submit(spoolDirectory, { ...to('local'), priority: 4 });
      await holdLock(path.join(spoolDirectory, `qf${locked}`), 'exclusive');

      const theirs = await run(['-bp', '-OQueueSortOrder=host']);

      const options = { kind: 'qf', sort: 'host', nowSeconds: now, timeZone: 'UTC' } as const;
      expect(listQueue({ directory: spoolDirectory }, options)).toBe(theirs.stdout);
      expect(theirs.stdout.match(/\*/g)).toHaveLength(2);
    });
  },
);
