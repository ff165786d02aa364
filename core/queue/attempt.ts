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
import type { Candidate, Run, RunPorts } from './run-context.js';
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

export async function attemptJob(run: Run, candidate: Candidate, relay: Relay, session: Delivery): Promise<void> {
  const { ports, options, summary } = run;
  const job = claim(run, candidate);
  if (job === null) return;
  options.onJob?.(job.id);
  try {
    // The file may have been edited since it was chosen; its relay is decided on what it says now.
    const decision = ports.route(job.control);
    if (decision.kind !== 'relay' || decision.relay.name !== relay.name) return;
    const startedAt = ports.clock.now();
    const outcomes = await session.deliver({
      ...wireEnvelope(job.control, ports.hostname),
      sizeBytes: ports.messages.sizeBytes(job),
      openMessage: () => ports.messages.open(job),
      beforeFinalDot: (accepted) =>
        job.markUncertain({ relay: relay.name, at: ports.clock.now(), recipients: accepted.map(textToBytes) }),
    });
    record(job, outcomes, ports);
    const attempt = { control: job.control, relayHost: relay.host, startedAt, endedAt: ports.clock.now() };
    for (const line of deliveryLines(attempt, outcomes)) ports.log.write(job.id, line);
    for (const [address, outcome] of outcomes) {
      options.transcript?.(`${address}... ${statusText(outcome)}`);
      summary[outcome.kind] += 1;
    }
  } finally {
    job.release();
    options.onJob?.(job.id);
  }
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
  if (claimed === 'damaged')
    ports.log.write(candidate.id, `Losing ./qf${candidate.id}: changed into something not readable`);
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
