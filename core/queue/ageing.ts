/**
 * How old a message has become, counted only while its relay could be reached, and what that
 * brings: a warning to its sender, then the end of trying. A length of 0 means never. Pure.
 */
import type { ControlFile } from '../spool/control-file.js';
import { mayWarn, wantsDelay } from './report-plan.js';

export interface AgeLimits {
  readonly warnAfterSeconds?: number | undefined;
  readonly giveUpAfterSeconds?: number | undefined;
}

/** `late`: old enough for a warning that nobody is to get. */
export type Age = 'young' | 'late' | 'warn' | 'over';

export function judgeAge(control: ControlFile, ageSeconds: number, limits: AgeLimits): Age {
  const { warnAfterSeconds = 0, giveUpAfterSeconds = 0 } = limits;
  if (giveUpAfterSeconds > 0 && ageSeconds > giveUpAfterSeconds) return 'over';
  if (warnAfterSeconds <= 0 || ageSeconds <= warnAfterSeconds) return 'young';
  return mayWarn(control) && control.recipients.some(wantsDelay) ? 'warn' : 'late';
}
