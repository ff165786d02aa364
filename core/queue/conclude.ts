/**
 * The end of an attempt, decided: which report goes out, what stays in the queue, what is held.
 * The setting delivery.onFailure says what happens to recipients that were refused for good, or
 * tried for too long: `hold` keeps them where they can be seen, `bounce` returns them to the
 * sender as sendmail does, `both` does both. Nothing leaves without a report to somebody
 * unless the sender asked for none (NOTIFY). Pure.
 */
import { formatInterval } from '../mail/interval.js';
import type { ControlFile } from '../spool/control-file.js';
import { type Age, type AgeLimits, judgeAge } from './ageing.js';
import { givenUpReason } from './hold-reason.js';
import { type Circumstances, planReport, type ReportPlan, wantsFailure } from './report-plan.js';
import { envelopeStatus } from './results.js';
import { type Settled, withMessage } from './settle.js';

export interface Conclusion extends Settled {
  readonly report: ReportPlan | null;
  /** What is said of it, in the log and under -v; null: nothing. */
  readonly words: string | null;
}

export interface Ending extends AgeLimits {
  readonly settled: Settled;
  readonly facts: Omit<Circumstances, 'failures' | 'givenUpAfter' | 'warnAfter' | 'retryUntilSeconds'>;
  readonly onFailure: 'hold' | 'bounce' | 'both';
  readonly ageSeconds: number;
  /** An earlier attempt left it open whether it was sent, and this one did not settle that. */
  readonly unsure?: boolean;
}

export function conclude(ending: Ending): Conclusion {
  const { settled, facts, onFailure, ageSeconds } = ending;
  const { warnAfterSeconds = 0, giveUpAfterSeconds = 0 } = ending;
  const failures = onFailure !== 'hold';
  const age = settled.remaining === null ? 'young' : judgeAge(settled.remaining, ageSeconds, ending);
  // What may have arrived is not called failed: it is tried on until somebody knows.
  const unsure = ending.unsure === true || facts.results.some(({ outcome }) => outcome?.kind === 'uncertain');
  const over = age === 'over' && !unsure;
  const warn = age === 'warn' && failures;
  const report = planReport({
    ...facts,
    failures,
    transcript: [...facts.transcript, ...ageLines(age === 'over' && !over ? 'late' : age, ending)],
    ...(over ? { givenUpAfter: giveUpAfterSeconds } : {}),
    ...(warn ? { warnAfter: warnAfterSeconds } : {}),
    retryUntilSeconds: facts.control.createdAtSeconds + giveUpAfterSeconds,
  });
  const { remaining, failed } = settled;
  const words = over
    ? `Cannot send message for ${formatInterval(giveUpAfterSeconds)}`
    : warn && report !== null
      ? `Warning: could not send message for past ${formatInterval(warnAfterSeconds)}`
      : report?.kind === 'return-receipt'
        ? 'Return receipt'
        : (envelopeStatus(facts.results) ?? null);
  const drop = onFailure === 'bounce';
  const isTold = report?.recipients.some(({ fate }) => fate === 'failed') === true;
  const keptFailed = failed !== null && drop && (isTold || !failed.recipients.some(wantsFailure)) ? null : failed;
  if (over && remaining !== null)
    return { ...giveUp({ remaining, failed: keptFailed }, drop && isTold, giveUpAfterSeconds), report, words };
  const marked =
    warn && report !== null && remaining !== null && words !== null ? markWarned(remaining, words) : remaining;
  return { remaining: marked, failed: keptFailed, report, words };
}

function ageLines(age: Age, ending: Ending): string[] {
  const { warnAfterSeconds = 0, giveUpAfterSeconds = 0 } = ending;
  if (age === 'young') return [];
  const limit = formatInterval(giveUpAfterSeconds);
  if (age === 'over') {
    const fate = ending.onFailure === 'bounce' ? 'will be deleted from queue' : 'is kept in the queue, on hold';
    return [`Message could not be delivered for ${limit}`, `Message ${fate}`];
  }
  return [
    `Warning: message still undelivered after ${formatInterval(warnAfterSeconds)}`,
    ...(giveUpAfterSeconds > 0 ? [`Will keep trying until message is ${limit} old`] : []),
  ];
}

/** Without a report to the sender all are held. */
function giveUp(
  settled: { remaining: ControlFile; failed: ControlFile | null },
  returned: boolean,
  after: number,
): Settled {
  const { remaining, failed } = settled;
  if (returned) return { remaining: null, failed };
  const recipients = [...remaining.recipients, ...(failed?.recipients ?? [])];
  const quarantineReason = givenUpReason(formatInterval(after), remaining.message ?? '');
  return { remaining: null, failed: { ...remaining, recipients, quarantineReason } };
}

function markWarned(control: ControlFile, words: string): ControlFile {
  const flags = control.flags.includes('w') ? control.flags : `w${control.flags}`;
  return { ...withMessage(control, words), flags };
}
