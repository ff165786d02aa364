/**
 * The queue in memory: what each job says, kept in step with the spool by names of files that
 * changed, described afresh when what is known about the relays changes. Holds of each
 * message only what is shown of it.
 */
import type { JobReference, JobSnapshot, Spool } from '../spool/spool.js';
import type { QueueEntry, QueueId } from './entry.js';

export interface QueueChange {
  readonly changed: readonly QueueEntry[];
  readonly removed: readonly QueueId[];
}

export interface QueueIndex {
  entries(): QueueEntry[];
  get(id: QueueId): QueueEntry | undefined;
  snapshot(id: QueueId): JobSnapshot | undefined;
  snapshots(): Iterable<JobSnapshot>;
  /** Read the whole spool, in slices, so that a window stays alive meanwhile. */
  scan(): Promise<void>;
  /** Look at one job again. */
  refresh(id: QueueId): void;
  /** The context changed: say it all afresh, tell what differs. */
  redescribe(): void;
}

/** A job that could not be read just now is shown as it was known, and wants another look. */
export type OnUnread = (id: QueueId, error: unknown) => void;

const SLICE = 200;
const SHOWN_HEADERS = /^(from|to|cc|subject|resent-to|resent-cc|apparently-to)$/i;

export function createQueueIndex(
  spool: Spool,
  describe: (job: JobSnapshot) => QueueEntry,
  onChange: (change: QueueChange) => void,
  onUnread: OnUnread,
): QueueIndex {
  const jobs = new Map<QueueId, { snapshot: JobSnapshot; entry: QueueEntry }>();

  const read = (reference: JobReference): JobSnapshot | null | 'unread' => {
    try {
      return spool.read(reference);
    } catch (error) {
      onUnread(reference.id, error);
      return 'unread';
    }
  };

  /** The entry when it is new or changed; null when there is no such job. */
  const look = (reference: JobReference): QueueEntry | 'same' | null => {
    const snapshot = read(reference);
    if (snapshot === null) return null;
    if (snapshot === 'unread') return 'same';
    const slim = withoutUnshown(snapshot);
    const entry = describe(slim);
    const known = jobs.get(reference.id);
    jobs.set(reference.id, { snapshot: slim, entry });
    return known !== undefined && same(known.entry, entry) ? 'same' : entry;
  };

  return {
    entries: () => [...jobs.values()].map((job) => job.entry),
    get: (id) => jobs.get(id)?.entry,
    snapshot: (id) => jobs.get(id)?.snapshot,
    snapshots: () => [...jobs.values()].map((job) => job.snapshot),
    async scan() {
      const references = spool.list();
      const present = new Set(references.map((reference) => reference.id));
      const removed = [...jobs.keys()].filter((id) => !present.has(id));
      for (const id of removed) jobs.delete(id);
      if (removed.length > 0) onChange({ changed: [], removed });
      for (let start = 0; start < references.length; start += SLICE) {
        const changed = references
          .slice(start, start + SLICE)
          .map(look)
          .filter((entry) => entry !== null && entry !== 'same');
        if (changed.length > 0) onChange({ changed, removed: [] });
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    refresh(id) {
      for (const kind of ['qf', 'hf', 'Qf'] as const) {
        const entry = look({ id, kind });
        if (entry === null) continue;
        if (entry !== 'same') onChange({ changed: [entry], removed: [] });
        return;
      }
      if (jobs.delete(id)) onChange({ changed: [], removed: [id] });
    },
    redescribe() {
      const changed: QueueEntry[] = [];
      for (const [id, { snapshot, entry }] of jobs) {
        const fresh = describe(snapshot);
        if (same(entry, fresh)) continue;
        jobs.set(id, { snapshot, entry: fresh });
        changed.push(fresh);
      }
      if (changed.length > 0) onChange({ changed, removed: [] });
    },
  };
}

function withoutUnshown(snapshot: JobSnapshot): JobSnapshot {
  if (snapshot.control === undefined) return snapshot;
  const headers = snapshot.control.headers.filter((header) => SHOWN_HEADERS.test(header.name));
  return { ...snapshot, control: { ...snapshot.control, headers } };
}

/** Entries are plain values made by one function, so their keys come in one order. */
function same(a: QueueEntry, b: QueueEntry): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
