/** A message whose relay could not be used: it says why, and counts it only where somebody asked. */
import type { Relay, RelayProblem } from '../delivery/relay.js';
import { bytesToText, textToBytes } from '../mail/display.js';
import { RETRY_FACTOR } from '../mail/priority.js';
import { problemLine } from './log-lines.js';
import { recordProblem } from './record.js';
import type { Candidate, Run } from './run-context.js';
import type { Counting } from './settle.js';
import { claim, logged, namesOf, sayTo } from './telling.js';

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
  'sign-in-page',
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
