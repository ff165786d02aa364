/**
 * A message takes the place of another one. The order on disk is the promise: the old one is on hold and names the
 * new one, then the new one is queued, then the old one is removed. A cut leaves the old one alone, or both,
 * the old one on hold: never none, and never two that both go by themselves.
 */
import { replacedReason } from '../../queue/hold-reason.js';
import type { ControlFile } from '../../spool/control-file.js';
import { type JobWriter, openJob } from '../../spool/create-job.js';
import type { ClaimedJob } from '../../spool/spool.js';
import { CommandError, ExitStatus } from '../../system/exit-status.js';

export interface Replacement {
  /** Called when the body is written. */
  readonly control: () => ControlFile;
  readonly kind: 'qf' | 'hf';
  readonly writeBody: (job: JobWriter) => void;
}

/** The new one is queued, and the old one still there: it must not go by itself any more. */
export class LeftBehind extends CommandError {}

/** Returns the id of the new one. After an error before that the old one is as it was, but may be on hold. */
export function replaceJob(directory: string, old: ClaimedJob, { control, kind, writeBody }: Replacement): string {
  const job = openJob(directory);
  try {
    writeBody(job);
    const composed = control();
    old.quarantine(replacedReason(job.id));
    job.commit(composed, kind);
  } finally {
    job.abandon();
  }
  try {
    old.remove();
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new LeftBehind(
      ExitStatus.IOERR,
      `${job.id} is queued in place of ${old.id}, which is on hold but could not be removed: ${words}`,
      { cause: error },
    );
  }
  return job.id;
}
