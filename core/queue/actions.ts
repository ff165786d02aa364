/**
 * What a person does to one message: hold it, release it, delete it. Each takes the job's lock
 * first; a message that a run has claimed answers `busy` and is left alone.
 */
import type { ControlFile } from '../spool/control-file.js';
import type { ClaimedJob, JobKind, Spool } from '../spool/spool.js';
import type { ActionResult, QueueId } from './entry.js';
import { HELD_BY_HAND, parseHold } from './hold-reason.js';

const KINDS: readonly JobKind[] = ['qf', 'hf', 'Qf'];

/**
 * `reason` becomes the q line, in words a real sendmail's mailq shows. A message held already
 * keeps its own reason unless another is given, or it was to go at its hour.
 */
export function holdMessage(spool: Spool, id: QueueId, reason?: string): ActionResult {
  return withJob(spool, id, ['qf', 'hf'], (job) => {
    const isScheduled = parseHold(job.control.quarantineReason ?? '').kind === 'scheduled';
    if (job.kind === 'hf' && reason === undefined && !isScheduled) return;
    job.quarantine(reason ?? HELD_BY_HAND);
  });
}

/**
 * Back into the queue, due at once and as patient as a new one: whoever releases a message wants it tried. An
 * instant without an attempt says that somebody did, and when (schedule.ts).
 */
export function releaseMessage(spool: Spool, id: QueueId, nowSeconds: number): ActionResult {
  return withJob(spool, id, ['qf', 'hf'], (job) => {
    if (job.kind !== 'hf') return;
    job.rewrite({ ...withoutHold(job.control), lastAttemptSeconds: nowSeconds, attempts: 0 }, 'qf');
  });
}

/** Gone for good: the person's own act. Works for lost messages too. */
export function removeMessage(spool: Spool, id: QueueId): ActionResult {
  for (const kind of KINDS) {
    const result = spool.discard({ id, kind });
    if (result !== 'gone') return result;
  }
  return 'gone';
}

function withJob(spool: Spool, id: QueueId, kinds: readonly JobKind[], act: (job: ClaimedJob) => void): ActionResult {
  for (const kind of kinds) {
    const job = spool.claim({ id, kind });
    if (job === 'busy') return 'busy';
    if (typeof job === 'string') continue;
    try {
      act(job);
    } finally {
      job.release();
    }
    return 'done';
  }
  return 'gone';
}

function withoutHold(control: ControlFile): ControlFile {
  const { quarantineReason: _, ...rest } = control;
  return rest;
}
