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
import { announce, attemptJob, guarded, noteProblem, sayTo, stillServes } from './attempt.js';
import { chooseJobs, type RelayJobs, takeUp } from './choice.js';
import { laneOrder } from './order.js';
import type { Candidate, Run, RunOptions, RunPorts, RunSummary } from './run-context.js';

export async function runQueue(ports: RunPorts, options: RunOptions): Promise<RunSummary> {
  const summary: RunSummary = { sent: 0, deferred: 0, failed: 0, uncertain: 0, unrouted: 0 };
  const run: Run = { ports, options, summary, next: 1, total: 0, fault: null };
  const groups = await chooseJobs(run);
  run.total = groups.reduce((sum, group) => sum + group.jobs.length, 0);
  if (options.transcript === undefined) await allEnded(groups.map((group) => runRelay(run, group)));
  // Dialogues with several relays at a time could not be read.
  else for (const group of groups) await runRelay(run, group);
  if (run.fault !== null) throw run.fault;
  return summary;
}

/** What one of them throws must not leave the others running unwatched. */
async function allEnded(work: readonly Promise<void>[]): Promise<void> {
  const ends = await Promise.allSettled(work);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

async function runRelay(run: Run, { relay, jobs }: RelayJobs): Promise<void> {
  const { options } = run;
  const lanes = laneOrder(jobs);
  let trouble: RelayProblem | null = null;
  const report = (problem: RelayProblem | null): void => {
    trouble = problem;
    options.onRelay?.(relay.name, problem);
  };
  let firstOpened: (opened: boolean) => void = () => {};
  const mayFollow = new Promise<boolean>((resolve) => {
    firstOpened = resolve;
  });

  const work = async (): Promise<void> => {
    let session: Delivery | null = null;
    try {
      for (let lane = lanes.shift(); lane !== undefined; lane = lanes.shift()) {
        for (const chosen of lane) {
          if (options.signal?.aborted === true || run.fault !== null) return;
          if (!stillServes(run, chosen.origin, relay)) continue;
          const job = takeUp(run, chosen);
          if (job === null) continue;
          announce(run, job);
          if (trouble === null && session?.usable !== true) {
            await session?.close();
            session = await open(run, relay, job, report);
            firstOpened(session !== null);
          } else if (trouble === null) {
            sayTo(run, job, `Using cached ESMTP connection to ${relay.host} via relay...`);
          }
          if (trouble !== null || session === null) {
            await guarded(run, job.id, () => noteProblem(run, job, relay, trouble ?? UNKNOWN_PROBLEM));
            continue;
          }
          const current = session;
          await guarded(run, job.id, () => attemptJob(run, job, relay, current));
          if (session.problem !== null) report(session.problem);
        }
      }
    } finally {
      firstOpened(false);
      if (session !== null) options.transcript?.(`Closing connection to ${relay.host}`);
      await session?.close();
    }
  };

  // One sign-in first: a wrong password or a dead relay is tried once, not once a connection. A
  // transcript of several connections at a time could not be read.
  const connections = options.transcript === undefined ? Math.min(relay.concurrency, lanes.length) : 1;
  const first = work();
  const others = (await mayFollow) ? Array.from({ length: connections - 1 }, work) : [];
  await allEnded([first, ...others]);
}

const UNKNOWN_PROBLEM: RelayProblem = {
  kind: 'other',
  message: 'The relay could not be used.',
  remedy: 'It is tried again by itself.',
  stat: 'relay not usable',
  status: '4.4.1',
};

async function open(
  run: Run,
  relay: Relay,
  job: Candidate,
  report: (problem: RelayProblem | null) => void,
): Promise<Delivery | null> {
  const { ports, options } = run;
  const port = relay.port === 25 ? '' : ` port ${relay.port}`;
  sayTo(run, job, `Connecting to ${relay.host}${port} via relay...`);
  // Stopping cuts a connection short, never a message: cut off after its final dot it would go twice.
  const connecting = new AbortController();
  const stop = (): void => connecting.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', stop, { once: true });
  try {
    const session = await ports.connect({
      relay,
      hostname: ports.hostname,
      timeoutMs: options.connectTimeoutMs,
      ...(options.transcript === undefined ? {} : { transcript: options.transcript }),
      signal: connecting.signal,
    });
    report(null);
    return session;
  } catch (error) {
    if (!(error instanceof RelayError)) throw error;
    options.transcript?.(`${error.problem.message} ${error.problem.remedy}`);
    report(error.problem);
    return null;
  } finally {
    options.signal?.removeEventListener('abort', stop);
  }
}
