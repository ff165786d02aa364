/**
 * One pass over the queue: due messages are grouped by the relay that serves them now, and each group is
 * given to the work of that relay (relay-work.ts). A relay in trouble stops its own messages and nobody
 * else's. Relays that are at work already, for an earlier run of the same process, take the new messages along.
 */
import { chooseJobs, type RelayJobs } from './choice.js';
import { createRelayWork, type RelayWork } from './relay-work.js';
import type { Run, RunOptions, RunPorts, RunSummary } from './run-context.js';

/** Relays at work, by their settings. */
export interface Works {
  of(group: RelayJobs): RelayWork;
  /** Chosen by a run that is not through. */
  has(id: string): boolean;
  /** Of these: its turn has not come. */
  isWaiting(id: string): boolean;
  readonly active: boolean;
  /** Resolves when no relay is at work. Never rejects. */
  idle(): Promise<void>;
}

/** `onEnd`: a relay has nothing left to do, or the disk took no result. */
export function createWorks(onEnd: (relay: string, fault: unknown) => void = () => {}): Works {
  const works = new Map<string, RelayWork>();
  return {
    of({ relay }) {
      const key = JSON.stringify(relay);
      const known = works.get(key);
      if (known?.over === false) return known;
      const work = createRelayWork(relay);
      works.set(key, work);
      const end = (fault: unknown): void => {
        if (works.get(key) === work) works.delete(key);
        onEnd(relay.name, fault);
      };
      work.done.then(() => end(null), end);
      return work;
    },
    has: (id) => [...works.values()].some((work) => work.has(id)),
    isWaiting: (id) => [...works.values()].some((work) => work.isWaiting(id)),
    get active() {
      return works.size > 0;
    },
    async idle() {
      while (works.size > 0) await Promise.allSettled([...works.values()].map((work) => work.done));
    },
  };
}

export interface StartedRun {
  readonly summary: RunSummary;
  /** Rejects when the disk took no result. */
  readonly done: Promise<void>;
}

/** Chooses, and gives the relays their work; resolves as soon as that is done. */
export async function startRun(ports: RunPorts, options: RunOptions, works: Works): Promise<StartedRun> {
  const summary: RunSummary = { sent: 0, deferred: 0, failed: 0, uncertain: 0, unrouted: 0, exitStatus: 0 };
  const run: Run = { ports, options, summary, next: 1, total: 0, fault: null };
  // Whoever asks for a message is not told that an earlier run has chosen it, and leaves it alone when its turn comes.
  const isTaken = (id: string): boolean => works.has(id) && !(options.flush(id) && works.isWaiting(id));
  const groups = await chooseJobs(run, isTaken);
  run.total = groups.reduce((sum, group) => sum + group.jobs.length, 0);
  const done = giveOut(run, groups, works);
  done.catch(() => {});
  return { summary, done };
}

/** The same, until all is done. */
export async function runQueue(ports: RunPorts, options: RunOptions, works = createWorks()): Promise<RunSummary> {
  const { summary, done } = await startRun(ports, options, works);
  await done;
  return summary;
}

async function giveOut(run: Run, groups: readonly RelayJobs[], works: Works): Promise<void> {
  const give = (group: RelayJobs): Promise<void> => {
    const work = works.of(group);
    work.add(run, group.jobs);
    return work.done;
  };
  if (run.options.transcript === undefined) {
    const ends = await Promise.allSettled(groups.map(give));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    // Dialogues with several relays at a time could not be read.
  } else for (const group of groups) await give(group);
}
