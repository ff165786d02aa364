/**
 * One message, one attempt: claim it, hand it over, write down what became of each recipient,
 * let it go. The order on disk is the promise (DESIGN §2):
 *
 *   evidence synced -> final dot -> reply -> refused recipients set aside -> control file
 *   rewritten or removed -> evidence removed -> next message
 */
import type { Delivery, Outcome } from '../delivery/delivery.js';
import type { Relay, RelayProblem } from '../delivery/relay.js';
import { textToBytes } from '../mail/display.js';
import type { ControlFile } from '../spool/control-file.js';
import type { ClaimedJob } from '../spool/spool.js';
import { wireEnvelope } from './envelope.js';
import { deliveryLines, problemLine } from './log-lines.js';
import type { Candidate, Routable, Run, RunPorts } from './run-context.js';
import { settle, statusText, withStatus } from './settle.js';

export function announce(run: Run, candidate: Candidate): void {
  const { ports, options } = run;
  options.transcript?.('');
  options.transcript?.(`Running ${ports.spool.directory}/${candidate.id} (sequence ${run.next} of ${run.total})`);
  run.next += 1;
}

/** A line of the transcript about all recipients: `a@x,b@y... text`. */
export function sayTo(run: Run, candidate: Candidate, text: string): void {
  run.options.transcript?.(`${addressesOf(run, candidate.control).join(',')}... ${text}`);
}

/** Whether the message would go this way now: the settings, or the file, may have been edited since it was chosen. */
export function stillServes({ ports }: Run, control: Routable, relay: Relay): boolean {
  const decision = ports.route(control);
  return decision.kind === 'relay' && JSON.stringify(decision.relay) === JSON.stringify(relay);
}

export async function attemptJob(run: Run, candidate: Candidate, relay: Relay, session: Delivery): Promise<void> {
  const { ports, options } = run;
  const job = claim(run, candidate);
  if (job === null) return;
  try {
    options.onJob?.(job.id);
    const outcomes = ports.unrecorded.get(job.id) ?? (await deliver(run, job, relay, session));
    if (outcomes === null) return;
    ports.unrecorded.set(job.id, outcomes);
    record(job, outcomes, ports);
    ports.unrecorded.delete(job.id);
  } finally {
    job.release();
    options.onJob?.(job.id);
  }
}

/** null: it goes another way now. */
async function deliver(
  run: Run,
  job: ClaimedJob,
  relay: Relay,
  session: Delivery,
): Promise<ReadonlyMap<string, Outcome> | null> {
  if (!stillServes(run, job.control, relay)) return null;
  const { ports, options, summary } = run;
  const startedAt = ports.clock.now();
  const outcomes = await session.deliver({
    ...wireEnvelope(job.control, ports.hostname),
    sizeBytes: ports.messages.sizeBytes(job),
    openMessage: () => ports.messages.open(job),
    beforeFinalDot: (accepted) =>
      job.markUncertain({ relay: relay.name, at: ports.clock.now(), recipients: accepted.map(textToBytes) }),
  });
  const attempt = { control: job.control, relayHost: relay.host, startedAt, endedAt: ports.clock.now() };
  for (const line of deliveryLines(attempt, outcomes)) ports.log.write(job.id, line);
  for (const [address, outcome] of outcomes) {
    options.transcript?.(`${address}... ${statusText(outcome)}`);
    summary[outcome.kind] += 1;
  }
  return outcomes;
}

/** One message's trouble with its own files is not the run's, unless the disk takes no results any more. */
export async function guarded(run: Run, id: string, act: () => Promise<void> | void): Promise<void> {
  try {
    await act();
  } catch (error) {
    passOver(run, id, error);
    if (run.ports.unrecorded.has(id)) run.fault ??= error;
  }
}

export function passOver({ ports, options }: Run, id: string, error: unknown): void {
  const words = error instanceof Error ? error.message : String(error);
  ports.log.write(id, `SYSERR: ${words}`);
  options.transcript?.(`${id}: ${words}`);
  options.onPassed?.(id);
}

/** The relay could not be used: the message says why and is otherwise untouched. */
export function noteProblem(run: Run, candidate: Candidate, relay: Relay, problem: RelayProblem): void {
  const { ports, summary } = run;
  sayTo(run, candidate, `Deferred: ${problem.stat}`);
  summary.deferred += candidate.control.recipients.length;
  const updated = withStatus(candidate.control, problem.stat);
  if (updated.message === candidate.control.message) return;
  const job = claim(run, candidate);
  if (job === null) return;
  try {
    job.rewrite(withStatus(job.control, problem.stat));
    const now = ports.clock.now();
    const attempt = { control: job.control, relayHost: relay.host, startedAt: now, endedAt: now };
    ports.log.write(job.id, problemLine(attempt, addressesOf(run, job.control), problem));
  } finally {
    job.release();
  }
}

function addressesOf({ ports }: Run, control: ControlFile): string[] {
  return wireEnvelope(control, ports.hostname).recipients.map((recipient) => recipient.address);
}

function claim({ ports, options }: Run, candidate: Candidate): ClaimedJob | null {
  const claimed = ports.spool.claim(candidate);
  if (typeof claimed !== 'string') return claimed;
  if (claimed === 'busy') options.transcript?.(`${candidate.id}: locked`);
  options.onPassed?.(candidate.id);
  return null;
}

function record(job: ClaimedJob, outcomes: ReadonlyMap<string, Outcome>, ports: RunPorts): void {
  const settled = settle(job.control, outcomes, Math.floor(ports.clock.now() / 1000), ports.hostname);
  if (settled.remaining === null && settled.failed === null) {
    job.remove();
    return;
  }
  if (settled.remaining === null && settled.failed !== null) {
    job.rewrite(settled.failed, 'hf');
  } else if (settled.remaining !== null) {
    const { failed } = settled;
    // First the new message, then the old one without these recipients: a cut between shows them twice, never not at all.
    if (failed !== null)
      ports.log.write(
        job.split(() => failed, 'hf'),
        `quarantine=${failed.quarantineReason}, from=${job.id}`,
      );
    job.rewrite(settled.remaining);
  }
  const stillUncertain = [...outcomes.values()].some((outcome) => outcome.kind === 'uncertain');
  if (!stillUncertain) job.clearUncertain();
}
