/**
 * All the work for one relay: what waits in lanes, and as many connections as the relay allows and the
 * lanes need. It takes more while it works, so that a message that arrives meanwhile waits neither for one that
 * stalls nor for a big one. A relay in trouble ends it; what was not tried stays as it is.
 *
 * What happened to a message is on disk before its lane goes on (attempt.ts). Nothing here waits for a
 * lock: a job somebody else holds is theirs.
 */
import { busyProblem, type Relay, type RelayProblem } from '../delivery/relay.js';
import type { ChosenJob } from './choice.js';
import { createLanes, type Lane } from './lanes.js';
import { createLine, isOver, type RelayOffice } from './line.js';
import type { Run } from './run-context.js';
import { slowConnections } from './slow-lane.js';

export interface RelayWork {
  readonly relay: Relay;
  add(run: Run, jobs: readonly ChosenJob[]): void;
  /** Chosen or under way: another run has no business with it, unless somebody asked for it before its turn has come. */
  has(id: string): boolean;
  /** Chosen, and not under way yet. */
  isWaiting(id: string): boolean;
  /** Resolves when nothing is left and all connections are closed; rejects when the disk took no result. */
  readonly done: Promise<void>;
  /** It has come to that, and takes nothing more. */
  readonly over: boolean;
}

/** A message that has not come through for so long keeps those of its sender waiting no longer. */
const STALL_MS = 60_000;
/** So many messages in a row with a policy in the way, and it is the relay's. */
const POLICIES = 3;
const POLICY_REST_MS = 5 * 60_000;

export function createRelayWork(relay: Relay): RelayWork {
  const lanes = createLanes();
  const underWay = new Set<string>();
  let trouble: RelayProblem | null = null;
  /** A connection has been opened since there was something to do. */
  let opened = false;
  let policies = 0;
  let workers = 0;
  /** Connections that are open. */
  let lines = 0;
  let slowWorkers = 0;
  let fault: unknown = null;
  let over = false;
  let limit = relay.concurrency;
  let finish: () => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const done = new Promise<void>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  // Whoever waits for it hears of it.
  done.catch(() => {});

  const report = (run: Run, problem: RelayProblem | null): void => {
    trouble = problem;
    run.options.onRelay?.(relay.name, problem, relay);
    opened = problem === null;
    if (opened) staff();
    else lanes.drop(({ options }) => options.counting === undefined);
  };

  /**
   * It takes no more connections beside those that it has: then no more are opened, and the others do the work.
   * Anything else that is wrong with it, the others meet as well.
   */
  const isOneTooMany = ({ kind }: RelayProblem): boolean =>
    lines > 0 && trouble === null && ['relay-busy', 'refused', 'closed', 'greeting'].includes(kind);

  const office: RelayOffice = {
    relay,
    trouble: () => trouble,
    report,
    onOpened(open) {
      lines += open ? 1 : -1;
    },
    refusesOneMore(problem) {
      if (!isOneTooMany(problem)) return false;
      limit = lines;
      return true;
    },
    onPolicy(run, refusal) {
      policies = refusal === null ? 0 : policies + 1;
      if (refusal !== null && policies >= POLICIES && trouble === null && run.options.counting === undefined)
        report(run, busyProblem(relay, refusal.stat, refusal.status, POLICY_REST_MS));
    },
  };

  const maySlow = (): boolean => slowWorkers < slowConnections(limit);

  /** One sign-in first: a wrong password or a dead relay is tried once, not once a connection. */
  const staff = (): void => {
    while (workers < (opened ? limit : 1)) {
      const lane = lanes.take(maySlow());
      if (lane === null) break;
      workers += 1;
      void work(lane);
    }
  };

  const work = async (first: Lane): Promise<void> => {
    const line = createLine(office);
    try {
      for (let lane: Lane | null = first; lane !== null; lane = workers > limit ? null : lanes.take(maySlow())) {
        if (lane.slow) slowWorkers += 1;
        try {
          await workOff(lane, line.carry);
        } finally {
          if (lane.slow) slowWorkers -= 1;
          lane.letGo();
        }
      }
    } catch (error) {
      fault ??= error;
    } finally {
      await line.close().catch((error: unknown) => {
        fault ??= error;
      });
      workers -= 1;
      // What came while the last connection closed.
      if (fault === null) staff();
      if (workers === 0) end();
    }
  };

  /** One message of it: then the lane may have to wait for another whose turn it is. */
  const workOff = async (lane: Lane, carry: ReturnType<typeof createLine>['carry']): Promise<void> => {
    const task = lane.next();
    if (task === undefined) return;
    const { run, job } = task;
    if (fault !== null || isOver(run)) return lanes.drop((other) => fault !== null || other === run);
    underWay.add(job.id);
    let stall: NodeJS.Timeout | undefined;
    const watch = (): void => {
      stall = setTimeout(() => {
        lane.letGo();
        staff();
      }, STALL_MS);
    };
    try {
      if ((await carry(task, watch)) === 'put back') lane.putBack(task);
    } finally {
      clearTimeout(stall);
      underWay.delete(job.id);
      fault ??= run.fault;
    }
  };

  const end = (): void => {
    over = true;
    if (fault === null) finish();
    else fail(fault);
  };

  return {
    relay,
    done,
    add(run, jobs) {
      if (run.options.transcript !== undefined) limit = 1;
      trouble = null;
      lanes.add(run, jobs);
      staff();
      if (workers === 0) end();
    },
    get over() {
      return over;
    },
    has: (id) => underWay.has(id) || lanes.holds(id),
    isWaiting: lanes.holds,
  };
}
