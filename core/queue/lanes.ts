/**
 * What one relay still has to be given, as lanes: messages of a sender in the order of submission, taken
 * by one worker at a time (order.ts), and the slow lane (slow-lane.ts), whose messages go one by one when no
 * other lane is free. Jobs may be added while others are under way.
 */
import type { ChosenJob } from './choice.js';
import { givenOrder, laneOrder } from './order.js';
import type { Run } from './run-context.js';

/** A message and the run that it was chosen for. */
export interface Task {
  readonly job: ChosenJob;
  readonly run: Run;
}

export interface Lane {
  readonly slow: boolean;
  /** The next of it; undefined when there is none. */
  next(): Task | undefined;
  /** Somebody else may have what is left of it. */
  letGo(): void;
}

export interface Lanes {
  add(run: Run, jobs: readonly ChosenJob[]): void;
  /** A lane that nobody has; null when there is none. `slow`: one of the slow lane will do. */
  take(slow: boolean): Lane | null;
  /** Forget what is left for runs that `isFor` names. */
  drop(isFor: (run: Run) => boolean): void;
  /** Chosen and not yet taken up. */
  holds(id: string): boolean;
}

interface Row {
  readonly slow: boolean;
  /** Lowest priority number of those it began with. */
  readonly first: number;
  tasks: Task[];
  /** Who has it; null: nobody. */
  owner: Lane | null;
}

export function createLanes(): Lanes {
  const rows = new Map<string, Row>();
  const waiting = new Set<string>();

  const put = (key: string, slow: boolean, tasks: Task[]): void => {
    const known = rows.get(key);
    if (known === undefined) rows.set(key, { slow, first: lowest(tasks), tasks, owner: null });
    else for (const task of tasks) known.tasks.push(task);
    for (const { job } of tasks) waiting.add(job.id);
  };

  const find = (slow: boolean): [string, Row] | null => {
    let best: [string, Row] | null = null;
    for (const entry of rows) {
      const [, row] = entry;
      if (row.owner !== null || row.tasks.length === 0 || (row.slow && !slow)) continue;
      if (best === null || isBefore(row, best[1])) best = entry;
    }
    return best;
  };

  return {
    add(run, jobs) {
      const { order } = run.options;
      const toTasks = (some: readonly ChosenJob[]): Task[] => some.map((job) => ({ job, run }));
      // As somebody asked: one lane, whatever is in it.
      if (order !== undefined) return put(' ', false, toTasks(givenOrder(jobs, order)));
      const fast = jobs.filter(({ slow }) => !slow);
      const writtenAt = (id: string): bigint => run.ports.spool.dataChangedAtNs(id);
      for (const lane of laneOrder(fast, writtenAt)) put(`=${lane[0]?.sender ?? ''}`, false, toTasks(lane));
      for (const lane of laneOrder(
        jobs.filter(({ slow }) => slow),
        writtenAt,
      ))
        put(`~${lane[0]?.sender ?? ''}`, true, toTasks(lane));
    },
    take(slow) {
      const found = find(slow);
      if (found === null) return null;
      const [key, row] = found;
      const lane: Lane = {
        slow: row.slow,
        next() {
          const task = row.owner === lane ? row.tasks.shift() : undefined;
          if (task !== undefined) waiting.delete(task.job.id);
          return task;
        },
        letGo() {
          if (row.owner !== lane) return;
          row.owner = null;
          if (row.tasks.length === 0 && rows.get(key) === row) rows.delete(key);
        },
      };
      row.owner = lane;
      return lane;
    },
    drop(isFor) {
      for (const row of rows.values()) {
        for (const { job, run } of row.tasks) if (isFor(run)) waiting.delete(job.id);
        row.tasks = row.tasks.filter(({ run }) => !isFor(run));
      }
    },
    holds: (id) => waiting.has(id),
  };
}

function isBefore(a: Row, b: Row): boolean {
  return a.slow === b.slow ? a.first < b.first : b.slow;
}

function lowest(tasks: readonly Task[]): number {
  return tasks.reduce((least, { job }) => Math.min(least, job.priority), Infinity);
}
