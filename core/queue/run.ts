/**
 * One pass over the queue: due messages are grouped by the relay that serves them now, each
 * relay gets its connections, each connection takes one lane after another. A relay in trouble
 * stops its own messages and nobody else's.
 *
 * What happened to a message is on disk before its lane goes on (attempt.ts). Nothing here
 * waits for a lock: a job somebody else holds is theirs.
 */
import type { Delivery } from '../delivery/delivery.js';
import { type Relay, RelayError, type RelayProblem } from '../delivery/relay.js';
import type { JobReference } from '../spool/spool.js';
import { attemptJob, noteProblem } from './attempt.js';
import { laneOrder } from './order.js';
import type { Candidate, Run, RunOptions, RunPorts, RunSummary } from './run-context.js';
import { isDue } from './schedule.js';

export async function runQueue(ports: RunPorts, options: RunOptions): Promise<RunSummary> {
  const summary: RunSummary = { sent: 0, deferred: 0, failed: 0, uncertain: 0, unrouted: 0 };
  const run: Run = { ports, options, summary, next: 1, total: 0 };
  const byRelay = new Map<string, { relay: Relay; jobs: Candidate[] }>();
  for (const job of chooseJobs(run)) {
    const decision = ports.route(job.control);
    if (decision.kind === 'none') {
      summary.unrouted += 1;
      options.transcript?.(`${job.id}: ${decision.reason}`);
    } else if (options.flush(job.id) || options.skipRelay?.(decision.relay.name) !== true) {
      const group = byRelay.get(decision.relay.name);
      if (group === undefined) byRelay.set(decision.relay.name, { relay: decision.relay, jobs: [job] });
      else group.jobs.push(job);
    }
  }
  const groups = [...byRelay.values()];
  run.total = groups.reduce((sum, group) => sum + group.jobs.length, 0);
  await Promise.all(groups.map(({ relay, jobs }) => runRelay(run, relay, jobs)));
  return summary;
}

function chooseJobs({ ports, options }: Run): Candidate[] {
  const now = ports.clock.now();
  const chosen: Candidate[] = [];
  for (const reference of ports.spool.list()) {
    if (reference.kind !== 'qf') continue;
    const snapshot = ports.spool.read(reference);
    if (snapshot === null || snapshot.locked || options.select?.(snapshot) === false) continue;
    const control = snapshot.control;
    if (control === undefined || snapshot.damage !== undefined) {
      setAside(ports, reference, snapshot.damage ?? 'not readable');
      continue;
    }
    const asked = options.flush(reference.id);
    if (!asked && !isDue(reference.id, control, now)) continue;
    if (!asked && snapshot.uncertain !== undefined && options.whenUncertain === 'hold') continue;
    const { sender, priority, createdAtSeconds } = control;
    chosen.push({
      ...reference,
      control,
      sender,
      priority,
      createdAtSeconds,
      dataChangedAtNs: snapshot.dataChangedAtNs,
    });
  }
  return chosen;
}

/** The claim moves a damaged job to Qf; the log says so once. */
function setAside(ports: RunPorts, reference: JobReference, why: string): void {
  const claim = ports.spool.claim(reference);
  if (claim === 'damaged') ports.log.write(reference.id, `Losing ./qf${reference.id}: ${why}`);
  else if (typeof claim !== 'string') claim.release();
}

async function runRelay(run: Run, relay: Relay, jobs: readonly Candidate[]): Promise<void> {
  const { options } = run;
  const lanes = laneOrder(jobs);
  let trouble: RelayProblem | null = null;
  const report = (problem: RelayProblem | null): void => {
    trouble = problem;
    options.onRelay?.(relay.name, problem);
  };
  const connect = (): Promise<Delivery | null> => open(run, relay, report);

  const work = async (first: Delivery | null): Promise<void> => {
    let session = first;
    try {
      for (let lane = lanes.shift(); lane !== undefined; lane = lanes.shift()) {
        for (const job of lane) {
          if (options.signal?.aborted === true) return;
          if (trouble === null && session?.usable !== true) {
            await session?.close();
            session = await connect();
          }
          if (trouble !== null || session === null) {
            noteProblem(run, job, relay, trouble ?? UNKNOWN_PROBLEM);
            continue;
          }
          await attemptJob(run, job, relay, session);
          if (session.problem !== null) report(session.problem);
        }
      }
    } finally {
      if (session !== null) options.transcript?.(`Closing connection to ${relay.host}`);
      await session?.close();
    }
  };

  // One login first: a wrong password or a dead relay is tried once, not once a connection.
  const first = await connect();
  const connections = first === null ? 1 : Math.max(1, Math.min(relay.concurrency, lanes.length));
  await Promise.all(Array.from({ length: connections }, (_, index) => work(index === 0 ? first : null)));
}

const UNKNOWN_PROBLEM: RelayProblem = {
  kind: 'other',
  message: 'The relay could not be used.',
  remedy: 'It is tried again by itself.',
  stat: 'relay not usable',
  status: '4.4.1',
};

async function open(
  { ports, options }: Run,
  relay: Relay,
  report: (problem: RelayProblem | null) => void,
): Promise<Delivery | null> {
  options.transcript?.(`Connecting to ${relay.host} port ${relay.port} via relay ${relay.name}...`);
  try {
    const session = await ports.connect({
      relay,
      hostname: ports.hostname,
      timeoutMs: options.connectTimeoutMs,
      ...(options.transcript === undefined ? {} : { transcript: options.transcript }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    report(null);
    return session;
  } catch (error) {
    if (!(error instanceof RelayError)) throw error;
    options.transcript?.(`${error.problem.message} ${error.problem.remedy}`);
    report(error.problem);
    return null;
  }
}
