/**
 * One message, one attempt: claim it, hand it over, write down what became of each recipient,
 * let it go. The order on disk is the promise (DESIGN §2):
 *
 *   evidence synced -> final dot -> reply -> report queued -> refused recipients set aside ->
 *   control file rewritten or removed -> evidence removed -> next message
 */
import type { Delivery, Outcome } from '../delivery/delivery.js';
import type { Relay, RelayProblem } from '../delivery/relay.js';
import { bytesToText, textToBytes } from '../mail/display.js';
import { precedenceClass } from '../mail/header.js';
import { RETRY_FACTOR, sizeInPriority } from '../mail/priority.js';
import { recordSession } from '../mail/session-record.js';
import type { ControlFile } from '../spool/control-file.js';
import type { ClaimedJob } from '../spool/spool.js';
import { controllingUser } from './controlling-user.js';
import { recipientNames, wireAddress, wireEnvelope } from './envelope.js';
import { type Attempt, deliveryLines, problemLine } from './log-lines.js';
import { record, recordProblem } from './record.js';
import { exitStatusOf, resultsOf } from './results.js';
import type { Candidate, Run } from './run-context.js';
import type { SessionLog } from './session-log.js';
import type { SessionTranscript } from './session-transcript.js';
import type { Counting } from './settle.js';

export function announce(run: Run, candidate: Candidate): void {
  const { ports, options } = run;
  run.summary.exitStatus = 0;
  // Part of a submission, it is the only one and nobody asked for a run.
  if (options.counting === 'submission') return;
  options.transcript?.('');
  options.transcript?.(`Running ${ports.spool.directory}/${candidate.id} (sequence ${run.next} of ${run.total})`);
  run.next += 1;
}

/** A line of the transcript about all recipients: `a@x,b@y... text`. */
export function sayTo(run: Run, candidate: Candidate, text: string): void {
  run.options.transcript?.(`${namesOf(run, candidate.control).join(',')}... ${text}`);
}

/** Whether the message would go this way now: the settings, or the file, may have been edited since it was chosen. */
export function stillServes({ ports }: Run, control: ControlFile, relay: Relay): boolean {
  const decision = ports.route(control);
  return decision.kind === 'relay' && JSON.stringify(decision.relay) === JSON.stringify(relay);
}

/** A session with the relay, and what was said in it. */
export interface Talk {
  readonly session: Delivery;
  readonly log: SessionLog;
  readonly shown: SessionTranscript;
}

/** Returns the id of a report that was queued. */
export async function attemptJob(run: Run, candidate: Candidate, relay: Relay, talk: Talk): Promise<string | null> {
  const { ports, options } = run;
  const job = claim(run, candidate);
  if (job === null) return null;
  try {
    options.onJob?.(job.id);
    talk.log.begin();
    const { control } = job;
    const earlier = ports.unrecorded.get(job.id);
    const outcomes = earlier?.outcomes ?? (await deliver(run, job, candidate, relay, talk));
    if (outcomes === null) return null;
    const rewriting = earlier?.rewriting ?? ports.rewriting;
    ports.unrecorded.set(job.id, { ...earlier, outcomes, rewriting });
    const { lines, extensions } = talk.log;
    const attempted = {
      control,
      outcomes,
      rewriting,
      session: recordSession(lines),
      extensions,
      sizeBytes: candidate.firstAttempt?.sizeBytes,
    };
    const report = record(
      run,
      job,
      relay,
      attempted,
      candidate.firstAttempt !== undefined ? 'report' : (options.counting ?? 'run'),
    );
    ports.unrecorded.delete(job.id);
    return report;
  } finally {
    job.release();
    options.onJob?.(job.id);
  }
}

/** null: it goes another way now. */
async function deliver(
  run: Run,
  job: ClaimedJob,
  { firstAttempt }: Candidate,
  relay: Relay,
  { session, log, shown }: Talk,
): Promise<ReadonlyMap<string, Outcome> | null> {
  // Between transactions the queue loses those who have it.
  const { control } = job;
  if (!stillServes(run, control, relay)) return null;
  const { ports, options, summary } = run;
  const startedAt = ports.clock.now();
  const names = recipientNames(control, ports.rewriting);
  const wires = new Map(
    control.recipients.map(({ address }) => [address, wireAddress(control, address, ports.rewriting)]),
  );
  shown.begin(names);
  const outcomes = await session.deliver({
    ...wireEnvelope(control, ports.rewriting),
    sizeBytes: firstAttempt?.sizeBytes ?? submittedSize(run, job),
    openMessage: () => ports.messages.open(job),
    beforeFinalDot: (accepted) =>
      job.markUncertain({ relay: relay.name, at: ports.clock.now(), recipients: accepted.map(textToBytes) }),
    betweenTransactions: (outcomes) => checkpoint(job, (recipient) => outcomes.get(wires.get(recipient) ?? '')),
  });
  shown.conclude(outcomes);
  const added = firstAttempt === undefined && options.counting !== 'submission' ? RETRY_FACTOR : 0;
  const attempt = {
    ...logged(run, control, added),
    relayHost: relay.host,
    relayAddress: session.address,
    startedAt,
    endedAt: ports.clock.now(),
    enhanced: shown.enhanced,
  };
  const results = resultsOf(control, outcomes, recordSession(log.lines), ports.rewriting);
  for (const line of deliveryLines(attempt, results)) ports.log.write(job.id, line);
  for (const { kind } of outcomes.values()) summary[kind] += 1;
  if (summary.exitStatus === 0) summary.exitStatus = exitStatusOf(results);
  return outcomes;
}

/** At submission sendmail announces what it has read; that is in the priority, unless refused recipients or -oy are, too. */
function submittedSize({ ports, options }: Run, job: ClaimedJob): number {
  const { control } = job;
  const stored = ports.messages.sizeBytes(job);
  if (options.counting !== 'submission' || control.attempts > 0) return stored;
  const fields = control.headers.map(({ name, value }) => ({ name, value }));
  const size = sizeInPriority(control.priority, control.recipients.length, precedenceClass(fields));
  return size > 0 && size < stored ? size : stored;
}

/** Who has the message already is out of the queue before the next hundred get it. */
function checkpoint(job: ClaimedJob, outcomeOf: (recipient: string) => Outcome | undefined): void {
  const recipients = job.control.recipients.filter(({ address }) => outcomeOf(address)?.kind !== 'sent');
  if (recipients.length < job.control.recipients.length) job.rewrite({ ...job.control, recipients });
  job.clearUncertain();
}

/** One message's trouble with its own files is not the run's, unless the disk takes no results any more. */
export async function guarded<Result>(
  run: Run,
  id: string,
  act: () => Promise<Result> | Result,
): Promise<Result | null> {
  try {
    return await act();
  } catch (error) {
    passOver(run, id, error);
    if (run.ports.unrecorded.get(id)?.outcomes != null) run.fault ??= error;
    return null;
  }
}

export function passOver({ ports, options }: Run, id: string, error: unknown): void {
  const words = error instanceof Error ? error.message : String(error);
  ports.log.write(id, `SYSERR: ${words}`);
  options.transcript?.(`${id}: ${words}`);
  options.onPassed?.(id);
}

/**
 * The relay could not be used: the message says why, and counts it only where somebody asked. `tried`: by
 * this message, not one before it. Returns the id of a report.
 */
export function noteProblem(
  run: Run,
  candidate: Candidate,
  relay: Relay,
  problem: RelayProblem,
  tried: boolean,
): string | null {
  const { ports, summary } = run;
  sayTo(run, candidate, `Deferred: ${problem.stat}`);
  summary.deferred += candidate.control.recipients.length;
  const counting = countingOf(run, candidate, problem);
  if (counting === 'uncounted' && candidate.control.message === messageOf(problem)) return null;
  const job = claim(run, candidate);
  if (job === null) return null;
  try {
    const now = ports.clock.now();
    const attempt = {
      ...logged(run, job.control, counting === 'run' ? RETRY_FACTOR : 0),
      relayHost: relay.host,
      relayAddress: tried ? (problem.address ?? null) : null,
      startedAt: now,
      endedAt: now,
    };
    ports.log.write(job.id, problemLine(attempt, namesOf(run, job.control).map(bytesToText), problem));
    const report = recordProblem(run, job, relay, problem, counting);
    if (ports.unrecorded.get(job.id)?.outcomes === null) ports.unrecorded.delete(job.id);
    return report;
  } finally {
    job.release();
  }
}

/** Whatever keeps this computer from the relay, not the relay from it, costs a message nothing even then. */
const OWN_TROUBLE: ReadonlySet<RelayProblem['kind']> = new Set([
  'no-network',
  'host-not-found',
  'plaintext-forbidden',
  'password-missing',
  'keychain-locked',
  'keychain-absent',
  'password-command',
  'other',
]);

function countingOf({ options }: Run, { firstAttempt }: Candidate, problem: RelayProblem): Counting {
  if (options.counting === undefined || OWN_TROUBLE.has(problem.kind)) return 'uncounted';
  return firstAttempt !== undefined ? 'report' : options.counting;
}

function messageOf({ stat }: RelayProblem): string {
  return textToBytes(`Deferred: ${stat}`);
}

/** As sendmail calls them in transcript and log: a hundred at most. */
function namesOf({ ports }: Run, control: ControlFile): string[] {
  return [...recipientNames(control, ports.rewriting).values()].slice(0, 100);
}

function logged({ ports }: Run, control: ControlFile, added: number): Pick<Attempt, 'control' | 'controllingUser'> {
  return {
    control: { ...control, priority: control.priority + added },
    controllingUser: controllingUser(control, ports.hostname, (login) => ports.userIds?.(login) ?? null),
  };
}

function claim({ ports, options }: Run, candidate: Candidate): ClaimedJob | null {
  const claimed = ports.spool.claim(candidate);
  if (typeof claimed !== 'string') return claimed;
  if (claimed === 'busy') options.transcript?.(`${candidate.id}: locked`);
  options.onPassed?.(candidate.id);
  return null;
}
