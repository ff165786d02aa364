/** The index and the watch as the agent joins them, over a real spool, and what a fresh look at that spool says. */
import { onTestFinished } from 'vitest';
import { describeJob } from '../../core/queue/describe.js';
import type { QueueEntry } from '../../core/queue/entry.js';
import { createQueueIndex, type QueueIndex } from '../../core/queue/queue-index.js';
import { openSpool } from '../../core/spool/directory-spool.js';
import type { JobSnapshot } from '../../core/spool/spool.js';
import { watchNames } from '../../core/system/watch-names.js';

export interface WatchedIndex {
  readonly index: QueueIndex;
  /** What windows were told, put together. */
  readonly told: ReadonlyMap<string, QueueEntry>;
  /** Settles when the index says what a fresh look says, without being asked to look. */
  untilExact(deadlineMs?: number): Promise<void>;
}

const view = { relayFor: () => ({ kind: 'relay', name: 'home', trouble: null }) as const };
const describe = (job: JobSnapshot): QueueEntry =>
  describeJob(job, {
    ...view,
    attended: true,
    pausedUntil: undefined,
    whenUncertain: 'retry',
    rewriting: { hostname: 'example.org' },
    now: 0,
    undoWindowMs: 0,
    askWhenLateMs: 0,
    progress: () => null,
  });

export async function watchedIndex(directory: string): Promise<WatchedIndex> {
  const spool = openSpool(directory);
  const told = new Map<string, QueueEntry>();
  const index = createQueueIndex(
    spool,
    describe,
    ({ changed, removed }) => {
      for (const entry of changed) told.set(entry.id, entry);
      for (const id of removed) told.delete(id);
    },
    () => {},
  );
  const watching = watchNames(directory, {
    subdirectories: ['qf', 'df', 'xf'],
    onNames: (names) => void index.refreshAll(new Set([...names].map((name) => name.slice(2)))),
    onReset: () => void index.scan().catch(() => {}),
  });
  onTestFinished(() => watching.stop());
  await index.scan();

  const fresh = (): string => {
    const other = openSpool(directory);
    return inOneText(
      other
        .list()
        .map((job) => other.read(job))
        .flatMap((job) => (job === null ? [] : describe(job))),
    );
  };
  return {
    index,
    told,
    async untilExact(deadlineMs = 20_000) {
      const giveUpAt = performance.now() + deadlineMs;
      for (;;) {
        const startedAt = performance.now();
        const wanted = fresh();
        if (inOneText(index.entries()) === wanted && inOneText([...told.values()]) === wanted) return;
        if (performance.now() > giveUpAt) throw new Error(difference(inOneText(index.entries()), wanted));
        // Looking takes this process as long as the index takes, which has to get its turn as well.
        const looked = performance.now() - startedAt;
        await new Promise((resolve) => setTimeout(resolve, 25 + 2 * looked));
      }
    },
  };
}

function inOneText(entries: readonly QueueEntry[]): string {
  return entries
    .map((entry) => JSON.stringify(entry))
    .sort()
    .join('\n');
}

function difference(ours: string, wanted: string): string {
  const [has, wants] = [new Set(ours.split('\n')), new Set(wanted.split('\n'))];
  const extra = [...has].filter((line) => !wants.has(line));
  const missing = [...wants].filter((line) => !has.has(line));
  return `index differs: ${extra.length} too many (${extra[0]}), ${missing.length} missing (${missing[0]})`;
}
