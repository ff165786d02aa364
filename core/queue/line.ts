/**
 * One connection's worth of work: messages go over it one after another, and another is opened when the
 * relay has ended it. The relay's trouble is told to whoever asked for the work (relay-work.ts), which decides
 * whether it goes on.
 */
import { hostLiteral, type Relay, RelayError, type RelayProblem } from '../delivery/relay.js';
import { sizeInPriority } from '../mail/priority.js';
import { attemptJob, type PolicyRefusal, type Talk } from './attempt.js';
import { takeUp } from './choice.js';
import type { Task } from './lanes.js';
import { pauseFor } from './pace.js';
import type { Candidate, Run } from './run-context.js';
import { createSessionLog } from './session-log.js';
import { createSessionTranscript } from './session-transcript.js';
import { announce, guarded, sayTo, stillServes } from './telling.js';
import { noteProblem } from './unreached.js';

/** What the connections of one relay share. */
export interface RelayOffice {
  readonly relay: Relay;
  /** Why it is not used any more; null: it is. */
  trouble(): RelayProblem | null;
  /** It could be used, or could not. */
  report(run: Run, problem: RelayProblem | null): void;
  /** A connection was opened, or is closed. */
  onOpened(open: boolean): void;
  /** Another connection was refused: true where those that are open do the work. */
  refusesOneMore(problem: RelayProblem): boolean;
  /** A message fared so. */
  onPolicy(run: Run, refusal: PolicyRefusal | null): void;
}

export interface Line {
  /**
   * Give it one message, and the reports that come of it. `begin`: its turn has come. put back: there is no connection
   * for it; others have one.
   */
  carry(task: Task, begin?: () => void): Promise<'done' | 'put back'>;
  close(): Promise<void>;
}

/** Nobody keeps a connection waiting longer than this for the next message. */
const IDLE_MS = 20_000;

export function createLine(office: RelayOffice): Line {
  const { relay } = office;
  let talk: Talk | null = null;
  let lastRun: Run | null = null;
  /** Messages over this session. */
  let carried = 0;

  const hangUp = async (): Promise<void> => {
    if (talk === null) return;
    const { session } = talk;
    talk = null;
    await session.close();
    office.onOpened(false);
  };

  /** False: others have connections, and this one is one too many. */
  const connect = async (run: Run, job: Candidate): Promise<boolean> => {
    carried = 0;
    await hangUp();
    const opened = await open(run, relay, job);
    if ('problem' in opened) {
      if (office.refusesOneMore(opened.problem)) return false;
      run.options.remark?.(`${opened.problem.message} ${opened.problem.remedy}`);
      office.report(run, opened.problem);
      return true;
    }
    talk = opened;
    office.onOpened(true);
    // What the relay has said over another connection meanwhile, this one does not mend.
    if (office.trouble() === null) office.report(run, null);
    return true;
  };

  /** Returns the id of a report about it. */
  const attempt = async (run: Run, job: Candidate): Promise<string | null | typeof NOT_TRIED> => {
    const { perConnection } = relay.pace;
    for (let mayRepeat = true; ; mayRepeat = false) {
      let tried = false;
      // As sendmail, for whoever reads along. RFC 5321 asks for none after a message that was taken.
      if (office.trouble() === null && talk?.session.usable === true && run.options.transcript !== undefined)
        await talk.session.reset();
      if (perConnection > 0 && carried >= perConnection) await hangUp();
      if (office.trouble() === null && talk?.session.usable !== true) {
        tried = true;
        if (!(await connect(run, job))) return NOT_TRIED;
      } else if (office.trouble() === null) {
        sayTo(run, job, `Using cached ESMTP connection to ${hostLiteral(relay.host)} via relay...`);
      }
      const current: Talk | null = talk;
      const trouble = office.trouble();
      if (trouble !== null || current === null)
        return guarded(run, job.id, () => noteProblem(run, job, relay, trouble ?? UNKNOWN_PROBLEM, tried));
      const attempted = await guarded(run, job.id, () => attemptJob(run, job, relay, current));
      if (attempted?.kind === 'stale' && mayRepeat) continue;
      carried += 1;
      const { problem } = current.session;
      if (problem !== null && !isOnlyTheSessions(run, problem, carried)) office.report(run, problem);
      if (attempted?.kind !== 'recorded') return null;
      office.onPolicy(run, attempted.refusal);
      return attempted.report;
    }
  };

  const takeTurn = async (run: Run): Promise<void> => {
    const { signal } = run.options;
    for (let waitMs = run.ports.pace.take(relay.name, relay.pace.perMinute); waitMs > 0 && !isOver(run); ) {
      if (waitMs > IDLE_MS) await hangUp();
      await pauseFor(waitMs, signal);
      waitMs = run.ports.pace.take(relay.name, relay.pace.perMinute);
    }
  };

  return {
    async carry({ run, job: chosen }, begin = ignore) {
      const { options } = run;
      lastRun = run;
      // The first message says why. The others of ten thousand wait for what the relay's state tells (describe.ts).
      const isLeft = (): boolean => isOver(run) || (office.trouble() !== null && options.counting === undefined);
      if (isLeft()) return 'done';
      if (relay.pace.perMinute > 0 && office.trouble() === null) {
        // What is not to be sent takes nobody's turn.
        if (takeUp(run, chosen) === null) return 'done';
        await takeTurn(run);
      }
      if (isLeft()) return 'done';
      begin();
      const job = takeUp(run, chosen);
      if (job === null) return 'done';
      if (!stillServes(run, job.control, relay)) {
        options.onPassed?.(job.id);
        return 'done';
      }
      announce(run, job);
      let next: Candidate | null = job;
      // A report goes at once if it goes this way; so does one about a report.
      while (next !== null && !isOver(run)) {
        const about: string | null | typeof NOT_TRIED = await attempt(run, next);
        // A report that is made stands in the queue.
        if (about === NOT_TRIED) return next === job ? 'put back' : 'done';
        next = about === null ? null : reportCandidate(run, about, relay);
      }
      return 'done';
    },
    async close() {
      if (talk !== null) lastRun?.options.transcript?.(`Closing connection to ${hostLiteral(relay.host)}`);
      await hangUp();
    },
  };
}

export function isOver({ options, fault }: Run): boolean {
  return options.signal?.aborted === true || fault !== null;
}

/**
 * Some relays end a session with 421 after so many messages: the next one opens another, as with sendmail. One
 * that says so to the first message has had enough, unless somebody asked for the run.
 */
function isOnlyTheSessions({ options }: Run, { kind, stat }: RelayProblem, carried: number): boolean {
  return kind === 'relay-busy' && stat.startsWith('421') && (carried > 1 || options.counting === 'run');
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

const NOT_TRIED = Symbol('not tried');

const ignore = (): void => {};

async function open(run: Run, relay: Relay, job: Candidate): Promise<Talk | { readonly problem: RelayProblem }> {
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
    return { session, log, shown };
  } catch (error) {
    if (!(error instanceof RelayError)) throw error;
    return { problem: error.problem };
  } finally {
    options.signal?.removeEventListener('abort', stop);
  }
}
