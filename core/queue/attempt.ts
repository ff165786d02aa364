/**
 * One message, one attempt: claim it, hand it over, write down what became of each recipient,
 * let it go. The order on disk is the promise (DESIGN §2):
 *
 *   evidence synced -> final dot -> reply -> report queued -> refused recipients set aside ->
 *   control file rewritten or removed -> evidence removed -> next message
 */
import type { Delivery, Outcome } from '../delivery/delivery.js';
import type { Relay } from '../delivery/relay.js';
import { textToBytes } from '../mail/display.js';
import { precedenceClass } from '../mail/header.js';
import { RETRY_FACTOR, sizeInPriority } from '../mail/priority.js';
import { recordSession } from '../mail/session-record.js';
import type { ClaimedJob, Uncertain } from '../spool/spool.js';
import { recipientNames, wireAddress, wireEnvelope } from './envelope.js';
import { HELD_CANCELLED } from './hold-reason.js';
import type { JournalRecord } from './journal.js';
import { attemptRecord } from './journal-entry.js';
import { deliveryLines } from './log-lines.js';
import { keepEvidence, record } from './record.js';
import { exitStatusOf, resultsOf } from './results.js';
import type { Candidate, Run } from './run-context.js';
import type { SessionLog } from './session-log.js';
import type { SessionTranscript } from './session-transcript.js';
import { claim, logged, stillServes } from './telling.js';

/** A session with the relay, and what was said in it. */
export interface Talk {
  readonly session: Delivery;
  readonly log: SessionLog;
  readonly shown: SessionTranscript;
}

/** What came of it for whoever runs the queue. */
export type Attempted =
  /** `report`: id of one that was queued. `refusal`: all that is left of it met somebody's policy (4.7.1). */
  | { readonly kind: 'recorded'; readonly report: string | null; readonly refusal: PolicyRefusal | null }
  /** The session was over before anything was said about it. */
  | { readonly kind: 'stale' }
  /** Not there, not ours, or it goes another way. */
  | { readonly kind: 'left' };

export interface PolicyRefusal {
  readonly stat: string;
  readonly status: string;
}

export async function attemptJob(run: Run, candidate: Candidate, relay: Relay, talk: Talk): Promise<Attempted> {
  const { ports, options } = run;
  const job = claim(run, candidate);
  if (job === null) return { kind: 'left' };
  try {
    options.onJob?.(job.id);
    talk.log.begin();
    const { control, uncertain: before } = job;
    const earlier = ports.unrecorded.get(job.id);
    const fresh = earlier?.outcomes == null ? await deliver(run, job, candidate, relay, talk) : null;
    if (fresh === 'stale' || fresh === 'left') return { kind: fresh };
    const outcomes = fresh?.outcomes ?? earlier?.outcomes ?? new Map<string, Outcome>();
    const entry = fresh?.entry ?? earlier?.entry;
    const rewriting = earlier?.rewriting ?? ports.rewriting;
    ports.unrecorded.set(job.id, { ...earlier, outcomes, rewriting, ...(entry && { entry }) });
    const { lines, extensions } = talk.log;
    const attempted = {
      control,
      outcomes,
      rewriting,
      session: recordSession(lines),
      extensions,
      sizeBytes: candidate.firstAttempt?.sizeBytes,
      entry,
      before,
    };
    const report = record(
      run,
      job,
      relay,
      attempted,
      candidate.firstAttempt !== undefined ? 'report' : (options.counting ?? 'run'),
    );
    ports.unrecorded.delete(job.id);
    return { kind: 'recorded', report, refusal: policyRefusal(outcomes) };
  } finally {
    job.release();
    options.onJob?.(job.id);
  }
}

/** left: it goes another way now, or is not to go. */
async function deliver(
  run: Run,
  job: ClaimedJob,
  { firstAttempt }: Candidate,
  relay: Relay,
  { session, log, shown }: Talk,
): Promise<Delivered | 'stale' | 'left'> {
  // Between transactions the queue loses those who have it.
  const { control, uncertain: before } = job;
  if (!stillServes(run, control, relay)) return 'left';
  const { ports, options, summary } = run;
  const startedAt = ports.clock.now();
  const names = recipientNames(control, ports.rewriting);
  const wires = new Map(
    control.recipients.map(({ address }) => [address, wireAddress(control, address, ports.rewriting)]),
  );
  shown.begin(names);
  let bytes = 0;
  const transfer = ports.progress.begin(job.id, ports.messages.sizeBytes(job), () => options.onJob?.(job.id));
  const outcomes = new Map(
    await session
      .deliver({
        ...wireEnvelope(control, ports.rewriting),
        sizeBytes: announcedSize(run, job, firstAttempt?.sizeBytes),
        openMessage: () => ports.messages.open(job),
        beforeFinalDot(accepted) {
          const recipients = [...new Set([...accepted.map(textToBytes), ...stillUnsure(job, wires)])];
          job.markUncertain({ relay: relay.name, at: ports.clock.now(), recipients });
          transfer.complete();
        },
        betweenTransactions: (soFar) => checkpoint(job, before, wires, soFar),
        onProgress(sent) {
          bytes = sent;
          transfer.note(sent);
        },
        cancelled: transfer.cancelled,
      })
      .finally(transfer.end),
  );
  if (session.stale) return 'stale';
  if (transfer.cancelled.aborted && ![...outcomes.values()].some(mayHaveIt)) {
    job.rewrite({ ...control, quarantineReason: HELD_CANCELLED }, 'hf');
    ports.log.write(job.id, `quarantine=${HELD_CANCELLED}`);
    return 'left';
  }
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
  const said = recordSession(log.lines);
  const results = resultsOf(control, outcomes, said, ports.rewriting);
  for (const line of deliveryLines(attempt, results)) ports.log.write(job.id, line);
  for (const { kind } of outcomes.values()) summary[kind] += 1;
  if (summary.exitStatus === 0) summary.exitStatus = exitStatusOf(results);
  const facts = { startedAt, endedAt: attempt.endedAt, relay, session, bytes, lines: log.lines };
  return { outcomes, entry: attemptRecord(facts, results, said) };
}

interface Delivered {
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly entry: JournalRecord;
}

/** Stopped before its dot nobody has it; who was refused by then is asked for again once it is released. */
function mayHaveIt({ kind }: Outcome): boolean {
  return kind === 'sent' || kind === 'uncertain';
}

function policyRefusal(outcomes: ReadonlyMap<string, Outcome>): PolicyRefusal | null {
  const all = [...outcomes.values()];
  const isPolicy = (outcome: Outcome): boolean => outcome.kind === 'deferred' && outcome.why === 'policy';
  const [first] = all;
  return first !== undefined && all.every(isPolicy) ? { stat: first.reply, status: first.status } : null;
}

/**
 * SIZE=. At submission sendmail announces what it has read; that is in the priority, unless refused recipients or -oy
 * are, too. Of a report `known` is what it goes by.
 */
function announcedSize({ ports, options }: Run, job: ClaimedJob, known: number | undefined): number {
  const { control } = job;
  const stored = ports.messages.sizeBytes(job);
  if (ports.messages.isEncoded?.(job) === true) return stored;
  if (known !== undefined) return known;
  if (options.counting !== 'submission' || control.attempts > 0) return stored;
  const fields = control.headers.map(({ name, value }) => ({ name, value }));
  const size = sizeInPriority(control.priority, control.recipients.length, precedenceClass(fields));
  return size > 0 && size < stored ? size : stored;
}

/** Those who may have it since an earlier attempt, by address on the wire, one character a byte. */
function stillUnsure({ uncertain, control }: ClaimedJob, wires: ReadonlyMap<string, string>): string[] {
  const left = new Set(control.recipients.map(({ address }) => textToBytes(wires.get(address) ?? '')));
  return (uncertain?.recipients ?? []).filter((recipient) => left.has(recipient));
}

/** Who has the message already is out of the queue before the next hundred get it; who may have it stays known. */
function checkpoint(
  job: ClaimedJob,
  before: Uncertain | undefined,
  wires: ReadonlyMap<string, string>,
  outcomes: ReadonlyMap<string, Outcome>,
): void {
  const kindOf = (wire: string): Outcome['kind'] | undefined => outcomes.get(wire)?.kind;
  const left = job.control.recipients.filter(({ address }) => kindOf(wires.get(address) ?? '') !== 'sent');
  if (left.length < job.control.recipients.length) job.rewrite({ ...job.control, recipients: left });
  const unsure = [...new Set(left.map(({ address }) => wires.get(address) ?? ''))].filter((wire) => {
    const kind = kindOf(wire);
    return kind === 'uncertain' || (kind !== 'failed' && before?.recipients.includes(textToBytes(wire)) === true);
  });
  keepEvidence(job, job.uncertain ?? before, unsure.map(textToBytes));
}
