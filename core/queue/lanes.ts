/**
 * What one relay still has to be given, as lanes: messages of a sender in the order of submission, one at a
 * time (order.ts). The lane goes first that has the message with the lowest priority number, as with sendmail, and the
 * slow lane (slow-lane.ts) when no other is free. Jobs may be added while others are under way.
 */
import type { ChosenJob } from './choice.js';
import { givenOrder, laneOrder } from './order.js';
import type { Run } from './run-context.js';

/** A message and the run that it was chosen for: the last one, while it waits. */
export interface Task {
  readonly job: ChosenJob;
  run: Run;
}

export interface Lane {
  readonly slow: boolean;
  /** The next of it; undefined when there is none. */
  next(): Task | undefined;
  /** It has not been tried; it is the next again. */
  putBack(task: Task): void;
  /** Somebody else may have what is left of it. */
  letGo(): void;
}

export interface Lanes {
  /** What waits already keeps its place, and goes as this run says. */
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
  tasks: Task[];
  /** Of those the next. */
  at: number;
  /** For each of them the lowest priority number from there on. */
  best: number[];
  /** Who has it; null: nobody. */
  owner: Lane | null;
}

export function createLanes(): Lanes {
  const rows = new Map<string, Row>();
  const waiting = new Map<string, Task>();

  const put = (key: string, slow: boolean, tasks: readonly Task[]): void => {
    const row = rows.get(key) ?? { slow, tasks: [], at: 0, best: [], owner: null };
    rows.set(key, row);
    for (const task of tasks) row.tasks.push(task);
    row.best = bestFrom(row.tasks);
    for (const task of tasks) waiting.set(task.job.id, task);
  };

  const find = (slow: boolean): [string, Row] | null => {
    let best: [string, Row] | null = null;
    for (const entry of rows) {
      const [, row] = entry;
      if (row.owner !== null || row.at >= row.tasks.length || (row.slow && !slow)) continue;
      if (best === null || isBefore(row, best[1])) best = entry;
    }
    return best;
  };

  const handOut = (key: string, row: Row): Lane => {
    const lane: Lane = {
      slow: row.slow,
      next() {
        const task = row.owner === lane ? row.tasks[row.at] : undefined;
        if (task === undefined) return undefined;
        row.at += 1;
        waiting.delete(task.job.id);
        return task;
      },
      putBack(task) {
        waiting.set(task.job.id, task);
        if (row.owner === lane && row.tasks[row.at - 1] === task) row.at -= 1;
        else put(`${row.slow} again ${task.job.id}`, row.slow, [task]);
      },
      letGo() {
        if (row.owner !== lane) return;
        row.owner = null;
        if (row.at >= row.tasks.length && rows.get(key) === row) rows.delete(key);
      },
    };
    row.owner = lane;
    return lane;
  };

  return {
    add(run, all) {
      const { order } = run.options;
      const jobs = all.filter((job) => {
        const known = waiting.get(job.id);
        if (known !== undefined) known.run = run;
        return known === undefined;
      });
      const toTasks = (some: readonly ChosenJob[]): Task[] => some.map((job) => ({ job, run }));
      // As somebody asked: one lane, whatever is in it.
      if (order !== undefined) return put(' ', false, toTasks(givenOrder(jobs, order)));
      const writtenAt = (id: string): bigint => run.ports.spool.dataChangedAtNs(id);
      for (const slow of [false, true]) {
        const some = jobs.filter((job) => job.slow === slow);
        for (const lane of laneOrder(some, writtenAt)) put(`${slow} ${lane[0]?.sender ?? ''}`, slow, toTasks(lane));
      }
    },
    take(slow) {
      const found = find(slow);
      return found === null ? null : handOut(...found);
    },
    drop(isFor) {
      for (const row of rows.values()) {
        const left = row.tasks.slice(row.at);
        for (const { job, run } of left) if (isFor(run)) waiting.delete(job.id);
        row.tasks = left.filter(({ run }) => !isFor(run));
        row.best = bestFrom(row.tasks);
        row.at = 0;
      }
    },
    holds: (id) => waiting.has(id),
  };
}

/** The slow lane last; else by the lowest number that is left, so that a note does not wait behind its sender's bulk for ever. */
function isBefore(a: Row, b: Row): boolean {
  if (a.slow !== b.slow) return b.slow;
  return (a.best[a.at] ?? Infinity) < (b.best[b.at] ?? Infinity);
}

function bestFrom(tasks: readonly Task[]): number[] {
  const best = new Array<number>(tasks.length);
  let least = Infinity;
  for (let at = tasks.length - 1; at >= 0; at -= 1) {
    least = Math.min(least, tasks[at]?.job.priority ?? Infinity);
    best[at] = least;
  }
  return best;
}
