/**
 * A message with the field X-Outtray-Send-At waits in quarantine until then (queue/hold-reason.ts); the
 * field itself never leaves. A time that cannot be read refuses the message: sent at once, or never, would both be
 * what nobody asked for. Loaded only for such a message.
 */
import { parseSendTime, SEND_TIME_EXAMPLES, scheduledReason } from '../mail/send-time.js';
import type { ControlFile } from '../spool/control-file.js';
import { CommandError, ExitStatus } from '../system/exit-status.js';
import type { SubmissionEnvironment } from './environment.js';

/** A time that has just passed means now; one long past is a mistake that a person looks at. */
const PASSED_MS = 86_400_000;

/** null: it goes as any other. Throws CommandError (EX_DATAERR). */
export function scheduleOf(
  value: string,
  { clock, offsetMinutes }: Pick<SubmissionEnvironment, 'clock' | 'offsetMinutes'>,
): Pick<ControlFile, 'quarantineReason'> | null {
  const now = clock.now();
  const at = parseSendTime(value, { now, offsetMinutes });
  if (at === null || at > 253_402_300_799_000)
    throw new CommandError(
      ExitStatus.DATAERR,
      `X-Outtray-Send-At: "${value.trim().slice(0, 100)}" is no time; write ${SEND_TIME_EXAMPLES}. Nothing was queued`,
    );
  return at <= now && now - at <= PASSED_MS ? null : { quarantineReason: scheduledReason(at) };
}
