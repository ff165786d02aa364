/**
 * The queue in memory: what each job says, kept in step with the spool by names of files that
 * changed, described afresh when what is known about the relays changes. A name seen is only a
 * reason to look; whatever the order in which names come, after the last one the index says what the
 * spool says. Long work is done in slices, so that a window stays alive meanwhile.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { JobKind, JobSnapshot, Spool } from '../spool/spool.js';
import type { QueueEntry, QueueId } from './entry.js';
import { type SlimJob, sameEntry, slimJob, withFreshWords } from './slim-job.js';

export interface QueueChange {
  readonly changed: readonly QueueEntry[];
  readonly removed: readonly QueueId[];
}

export interface QueueIndex {
  entries(): QueueEntry[];
  get(id: QueueId): QueueEntry | undefined;
  /** Read the whole spool. Asked for while it is under way, it is done once more. Throws what listing throws. */
  scan(): Promise<void>;
  /** Look at one job again. */
  refresh(id: QueueId): void;
  /** Look at these again, in slices. */
  refreshAll(ids: Iterable<QueueId>): Promise<void>;
  /** The context changed: say it all afresh, tell what differs. */
  redescribe(): Promise<void>;
}

/**
 * A job that could not be read just now is shown as it was known; one without an error is there and says nothing
 * yet. Both want another look: no event tells when a lock is let go, or when what nobody finishes has become damage.
 */
export type OnUnread = (id: QueueId, error: Error | null) => void;

const SLICE_MS = 10;
/** Whoever is told looks at the whole queue: not after each slice of a long piece of work. */
const TELL_MS = 250;
const KINDS: readonly JobKind[] = ['qf', 'hf', 'Qf'];

export function createQueueIndex(
  spool: Spool,
  describe: (job: JobSnapshot) => QueueEntry,
  onChange: (change: QueueChange) => void,
  onUnread: OnUnread,
): QueueIndex {
  const jobs = new Map<QueueId, SlimJob>();
  let scanning: Promise<void> | null = null;
  let scanAgain = false;
  let saying: Promise<void> | null = null;
  let sayAgain = false;

  /** What the spool says now; undefined when it cannot be read, null when there is no such job. */
  const read = (id: QueueId): JobSnapshot | null | undefined => {
    try {
      for (const kind of KINDS) {
        const job = spool.read({ id, kind });
        if (job !== null) return job;
      }
      return null;
    } catch (error) {
      onUnread(id, error instanceof Error ? error : new Error(String(error)));
      return undefined;
    }
  };

  const look = (id: QueueId, change: { changed: QueueEntry[]; removed: QueueId[] }): void => {
    const job = read(id);
    if (job === undefined) return;
    if (job === null) {
      if (jobs.delete(id)) change.removed.push(id);
      if (spool.holds(id)) onUnread(id, null);
      return;
    }
    const known = jobs.get(id);
    const slim = slimJob(job, describe(job));
    jobs.set(id, slim);
    if (known === undefined || !sameEntry(known.entry, slim.entry)) change.changed.push(slim.entry);
  };

  const tell = (change: QueueChange): void => {
    if (change.changed.length > 0 || change.removed.length > 0) onChange(change);
  };

  const inSlices = async <Item>(
    items: Iterable<Item>,
    act: (item: Item, change: { changed: QueueEntry[]; removed: QueueId[] }) => void,
  ): Promise<void> => {
    let change = { changed: [] as QueueEntry[], removed: [] as QueueId[] };
    let endsAt = performance.now() + SLICE_MS;
    let tellsAt = performance.now() + TELL_MS;
    for (const item of items) {
      act(item, change);
      if (performance.now() < endsAt) continue;
      if (performance.now() > tellsAt) {
        tell(change);
        change = { changed: [], removed: [] };
        tellsAt = performance.now() + TELL_MS;
      }
      await nextTurn();
      endsAt = performance.now() + SLICE_MS;
    }
    tell(change);
  };

  const scanOnce = async (): Promise<void> => {
    const ids = new Set(jobs.keys());
    let trouble: unknown = null;
    try {
      for (const { id } of spool.list()) ids.add(id);
    } catch (error) {
      trouble = error;
    }
    // Where the directory is gone, so are the messages.
    await inSlices(ids, look);
    if (trouble !== null) throw trouble;
  };

  const sayOnce = (): Promise<void> =>
    inSlices([...jobs.keys()], (id, change) => {
      const job = jobs.get(id);
      if (job === undefined) return;
      const entry = withFreshWords(job.entry, describe(job.rest));
      if (entry === job.entry) return;
      jobs.set(id, { ...job, entry });
      change.changed.push(entry);
    });

  return {
    entries: () => [...jobs.values()].map((job) => job.entry),
    get: (id) => jobs.get(id)?.entry,
    scan() {
      scanAgain = true;
      scanning ??= (async () => {
        try {
          while (scanAgain) {
            scanAgain = false;
            await scanOnce();
          }
        } finally {
          scanning = null;
        }
      })();
      return scanning;
    },
    refresh(id) {
      const change = { changed: [], removed: [] };
      look(id, change);
      tell(change);
    },
    refreshAll: (ids) => inSlices(ids, look),
    redescribe() {
      sayAgain = true;
      saying ??= (async () => {
        try {
          while (sayAgain) {
            sayAgain = false;
            await sayOnce();
          }
        } finally {
          saying = null;
        }
      })();
      return saying;
    },
  };
}
