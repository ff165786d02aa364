/**
 * One pass over the queue: due messages are grouped by the relay that serves them now, each
 * relay gets its connections, each connection takes one lane after another. A relay in trouble
 * stops its own messages and nobody else's.
 *
 * What happened to a message is on disk before its lane goes on (attempt.ts). Nothing here
 * waits for a lock: a job somebody else holds is theirs.
 */
import { hostLiteral, type Relay, RelayError, type RelayProblem } from '../delivery/relay.js';
import { sizeInPriority } from '../mail/priority.js';
import { announce, attemptJob, guarded, noteProblem, sayTo, stillServes, type Talk } from './attempt.js';
import { chooseJobs, type RelayJobs, takeUp } from './choice.js';
import { givenOrder, laneOrder } from './order.js';
import type { Candidate, Run, RunOptions, RunPorts, RunSummary } from './run-context.js';
import { createSessionLog } from './session-log.js';
import { createSessionTranscript } from './session-transcript.js';

export async function runQueue(ports: RunPorts, options: RunOptions): Promise<RunSummary> {
  const summary: RunSummary = { sent: 0, deferred: 0, failed: 0, uncertain: 0, unrouted: 0, exitStatus: 0 };
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
  const lanes =
    options.order === undefined
      ? laneOrder(jobs, (id) => run.ports.spool.dataChangedAtNs(id))
      : [givenOrder(jobs, options.order)];
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
    let talk: Talk | null = null;
    /** Messages over this session. */
    let carried = 0;
    /** Returns the id of a report about it. */
    const attempt = async (job: Candidate): Promise<string | null> => {
      if (trouble === null && talk?.session.usable === true) await talk.session.reset();
      let tried = false;
      if (trouble === null && talk?.session.usable !== true) {
        tried = true;
        carried = 0;
        await talk?.session.close();
        talk = await open(run, relay, job, report);
        firstOpened(talk !== null);
      } else if (trouble === null) {
        sayTo(run, job, `Using cached ESMTP connection to ${hostLiteral(relay.host)} via relay...`);
      }
      const current = talk;
      if (trouble !== null || current === null)
        return guarded(run, job.id, () => noteProblem(run, job, relay, trouble ?? UNKNOWN_PROBLEM, tried));
      const about = await guarded(run, job.id, () => attemptJob(run, job, relay, current));
      carried += 1;
      const { problem } = current.session;
      if (problem !== null && !isOnlyTheSessions(run, problem, carried)) report(problem);
      return about;
    };
    try {
      for (let lane = lanes.shift(); lane !== undefined; lane = lanes.shift()) {
        for (const chosen of lane) {
          if (isOver(run)) return;
          // The first message says why. The others of ten thousand wait for what the relay's state tells (describe.ts).
          if (trouble !== null && options.counting === undefined) return;
          const job = takeUp(run, chosen);
          if (job === null) continue;
          if (!stillServes(run, job.control, relay)) {
            options.onPassed?.(job.id);
            continue;
          }
          announce(run, job);
          let next: Candidate | null = job;
          // A report goes at once if it goes this way; so does one about a report.
          while (next !== null && !isOver(run)) {
            const about: string | null = await attempt(next);
            next = about === null ? null : reportCandidate(run, about, relay);
          }
        }
      }
    } finally {
      firstOpened(false);
      if (talk !== null) options.transcript?.(`Closing connection to ${hostLiteral(relay.host)}`);
      await (talk as Talk | null)?.session.close();
    }
  };

  // One sign-in first: a wrong password or a dead relay is tried once, not once a connection. A
  // transcript of several connections at a time could not be read.
  const connections = options.transcript === undefined ? Math.min(relay.concurrency, lanes.length) : 1;
  const first = work();
  const others = (await mayFollow) ? Array.from({ length: connections - 1 }, work) : [];
  await allEnded([first, ...others]);
}

/**
 * Some relays end a session with 421 after so many messages: the next one opens another, as with sendmail. One
 * that says so to the first message has had enough, unless somebody asked for the run.
 */
function isOnlyTheSessions({ options }: Run, { kind }: RelayProblem, carried: number): boolean {
  return kind === 'relay-busy' && (carried > 1 || options.counting === 'run');
}

const ignore = (): void => {};

function isOver({ options, fault }: Run): boolean {
  return options.signal?.aborted === true || fault !== null;
}

/** null: it is not this relay's, or somebody else has it already. */
function reportCandidate(run: Run, id: string, relay: Relay): Candidate | null {
  const reference = { id, kind: 'qf' } as const;
  const snapshot = run.ports.spool.read(reference);
  const control = snapshot?.control;
  if (snapshot == null || control === undefined || snapshot.locked || !stillServes(run, control, relay)) return null;
  // What sendmail goes by before it has written the report: the size that its priority is made of.
  return { ...reference, control, firstAttempt: { sizeBytes: sizeInPriority(control.priority, 1, 0) } };
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
): Promise<Talk | null> {
  const { ports, options } = run;
  const port = relay.port === 25 ? '' : ` port ${relay.port}`;
  sayTo(run, job, `Connecting to ${hostLiteral(relay.host)}${port} via relay...`);
  // Stopping cuts a connection short, never a message: cut off after its final dot it would go twice.
  const connecting = new AbortController();
  const stop = (): void => connecting.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', stop, { once: true });
  try {
    const { transcript, complaint } = options;
    const shown = createSessionTranscript(transcript ?? ignore, transcript ?? complaint ?? ignore);
    const log = createSessionLog(shown.listen);
    const session = await ports.connect({
      relay,
      hostname: ports.hostname,
      timeoutMs: options.connectTimeoutMs,
      transcript: log.listen,
      signal: connecting.signal,
    });
    report(null);
    return { session, log, shown };
  } catch (error) {
    if (!(error instanceof RelayError)) throw error;
    options.remark?.(`${error.problem.message} ${error.problem.remedy}`);
    report(error.problem);
    return null;
  } finally {
    options.signal?.removeEventListener('abort', stop);
  }
}
