/**
 * Writes down what an attempt came to: the report first, then what is held, then the message
 * itself or its removal. Each step is durable before the next.
 */
import type { Outcome } from '../delivery/delivery.js';
import { hostLiteral, type Relay, type RelayProblem } from '../delivery/relay.js';
import { textToBytes } from '../mail/display.js';
import type { Rewriting } from '../mail/rewriting.js';
import type { SessionRecord } from '../mail/session-record.js';
import type { ControlFile } from '../spool/control-file.js';
import type { ClaimedJob, RewriteOptions, Uncertain } from '../spool/spool.js';
import { type Conclusion, conclude } from './conclude.js';
import type { JournalRecord } from './journal.js';
import { problemRecord } from './journal-entry.js';
import type { Circumstances } from './report-plan.js';
import { reportTranscript } from './report-transcript.js';
import { queueReport, reportLine } from './reporting.js';
import { resultsOf } from './results.js';
import type { Run } from './run-context.js';
import { type Counting, type Settled, settle, settleUnsent } from './settle.js';

export interface Attempted {
  /** As it was before the attempt. */
  readonly control: ControlFile;
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** By which their addresses were written. */
  readonly rewriting: Rewriting;
  readonly session: SessionRecord;
  /** What the relay offers; null: it has not said. */
  readonly extensions: ReadonlySet<string> | null;
  /** Of a message that is tried for the first time. */
  readonly sizeBytes: number | undefined;
  /** For the journal. */
  readonly entry: JournalRecord | undefined;
  /** Who may have had it before the attempt. */
  readonly before: Uncertain | undefined;
}

/** Returns the id of a report that was queued. */
export function record(
  run: Run,
  job: ClaimedJob,
  relay: Relay,
  attempted: Attempted,
  counting: Counting,
): string | null {
  const { ports } = run;
  const { control, outcomes, rewriting, session, extensions, sizeBytes, entry, before } = attempted;
  const nowSeconds = Math.floor(ports.clock.now() / 1000);
  const results = resultsOf(control, outcomes, session, rewriting);
  const host = hostLiteral(relay.host);
  const settled = settle(control, results, nowSeconds, counting);
  const unsure = results.flatMap(({ address, outcome }) => {
    const recipient = textToBytes(address);
    const isSettled = outcome?.kind === 'sent' || outcome?.kind === 'failed';
    const isOpen = outcome?.kind === 'uncertain' || (!isSettled && before?.recipients.includes(recipient) === true);
    return isOpen ? [recipient] : [];
  });
  const facts = {
    rewriting,
    results,
    transcript: reportTranscript(results, session, host),
    host,
    relayed: extensions?.has('DSN') === false,
    enhanced: extensions?.has('ENHANCEDSTATUSCODES') ?? true,
    nowSeconds,
    sizeBytes: sizeBytes ?? ports.messages.sizeBytes(job),
  };
  const { report, removed } = carryOut(run, job, relay, counting, settled, entry, facts, unsure.length > 0);
  if (removed) return report;
  // Where the relay has answered this time, what is open is what was so before.
  const isAnswered = before !== undefined && !results.some(({ outcome }) => outcome?.kind === 'uncertain');
  keepEvidence(job, isAnswered ? before : (job.uncertain ?? before), unsure);
  return report;
}

/** What may have been sent stays so for these, whatever a later attempt came to that settled nothing. */
export function keepEvidence(job: ClaimedJob, evidence: Uncertain | undefined, unsure: readonly string[]): void {
  const { uncertain } = job;
  if (unsure.length === 0 || evidence === undefined) job.clearUncertain();
  else if (uncertain?.recipients.join(' ') !== unsure.join(' ')) job.markUncertain({ ...evidence, recipients: unsure });
  else if (uncertain.at !== evidence.at) {
    try {
      job.markUncertain(evidence);
    } catch {
      // A full disk. What is there says the same of them, and one dot too many.
    }
  }
}

/** The relay could not be used at all. */
export function recordProblem(
  run: Run,
  job: ClaimedJob,
  relay: Relay,
  problem: RelayProblem,
  counting: Counting,
): string | null {
  const { ports } = run;
  const nowSeconds = Math.floor(ports.clock.now() / 1000);
  const remaining = settleUnsent(job.control, problem.stat, nowSeconds, counting, ports.rewriting);
  const entry = problemRecord(relay, problem, ports.clock.now());
  if (counting === 'uncounted') {
    job.rewrite(remaining);
    ports.journal?.append(job.id, entry);
    return null;
  }
  const results = resultsOf(job.control, new Map(), null, ports.rewriting);
  const names = results.map(({ recipient }) => recipient.address).reverse();
  const { report } = carryOut(
    run,
    job,
    relay,
    counting,
    { remaining, failed: null },
    entry,
    {
      rewriting: ports.rewriting,
      results,
      transcript: [`${names.join(',')}... Deferred: ${textToBytes(problem.stat)}`],
      host: hostLiteral(relay.host),
      relayed: false,
      enhanced: true,
      nowSeconds,
      sizeBytes: ports.messages.sizeBytes(job),
      problemStatus: problem.status,
    },
    job.uncertain !== undefined,
  );
  return report;
}

function carryOut(
  run: Run,
  job: ClaimedJob,
  relay: Relay,
  counting: Counting,
  settled: Settled,
  entry: JournalRecord | undefined,
  facts: Omit<Circumstances, 'control' | 'failures'> & { readonly sizeBytes: number },
  unsure = false,
): { readonly report: string | null; readonly removed: boolean } {
  const { ports, options } = run;
  const { control } = job;
  const { reports } = ports;
  const how = { submitting: counting === 'submission' };
  const conclusion = conclude({
    settled,
    unsure,
    facts: { ...facts, control },
    onFailure: reports === undefined ? 'hold' : (options.onFailure ?? 'hold'),
    ageSeconds: ageOf(run, relay, control, facts.nowSeconds),
    warnAfterSeconds: options.warnAfterSeconds,
    giveUpAfterSeconds: options.giveUpAfterSeconds,
  });
  const { report, words } = conclusion;
  if (words !== null && /^(?:Warning:|Cannot send)/.test(words)) options.transcript?.(words);
  const removed = conclusion.remaining === null && conclusion.failed === null;
  if (report === null || reports === undefined) {
    write(run, job, conclusion, how, entry);
    return { report: null, removed };
  }
  const about = `${report.kind} ${report.recipients.map(({ fate, address }) => `${fate} ${address}`).join()}`;
  const id = once(run, job, about, () => {
    const made = queueReport(job, facts.sizeBytes, report, ports, reports);
    ports.log.write(job.id, reportLine(control, report, made, words));
    return made;
  });
  write(run, job, conclusion, how, entry);
  options.onJob?.(id);
  return { report: id, removed };
}

/** By the clock alone most messages are too young for the ledger to be asked. */
function ageOf({ ports, options }: Run, relay: Relay, control: ControlFile, nowSeconds: number): number {
  const { warnAfterSeconds = 0, giveUpAfterSeconds = 0 } = options;
  const limits = [warnAfterSeconds, giveUpAfterSeconds].filter((limit) => limit > 0);
  if (!limits.some((limit) => nowSeconds - control.createdAtSeconds > limit)) return 0;
  return ports.reports?.ageSeconds(relay.name, control, nowSeconds) ?? 0;
}

/** Where the disk took a message but not the change of the one it was made of, another attempt to write that down makes no more of them. */
function once({ ports: { unrecorded } }: Run, { id }: ClaimedJob, what: string, make: () => string): string {
  const { made = new Map<string, string>(), ...known } = unrecorded.get(id) ?? { outcomes: null };
  const before = made.get(what);
  if (before !== undefined) return before;
  const fresh = make();
  unrecorded.set(id, { ...known, made: new Map([...made, [what, fresh]]) });
  return fresh;
}

function write(
  run: Run,
  job: ClaimedJob,
  { remaining, failed }: Conclusion,
  options: RewriteOptions,
  entry: JournalRecord | undefined,
): void {
  const { journal, log } = run.ports;
  if (remaining === null && failed === null) {
    job.remove();
    if (entry !== undefined) journal?.conclude(job.id, entry);
    return;
  }
  // First the new message, then the old one without these recipients: a cut between shows them twice, never not at all.
  if (remaining !== null && failed !== null)
    once(run, job, `held ${failed.recipients.map(({ address }) => address).join()}`, () => {
      const made = job.split(() => failed, 'hf');
      log.write(made, `quarantine=${failed.quarantineReason}, from=${job.id}`);
      if (entry !== undefined) journal?.append(made, entry);
      return made;
    });
  if (remaining !== null) job.rewrite(remaining, undefined, options);
  else if (failed !== null) job.rewrite(failed, 'hf', options);
  if (entry !== undefined) journal?.append(job.id, entry);
}
