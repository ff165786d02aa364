/**
 * The -O options that say which jobs a run or a listing takes: MaxQueueRunSize, MinQueueAge, MaxQueueAge,
 * QueueLA, QueueFactor. Pure.
 */
import os from 'node:os';
import type { ScanOptions } from '../spool/queue-scan.js';
import { parseQueueFlag } from './queue-flag.js';
import type { QueueLimits } from './request.js';

export const NO_LIMITS: QueueLimits = { jobs: null, minAgeSeconds: 0, maxAgeSeconds: 0, load: null };

/** What changes in `limits`. */
export function readQueueLimit(limits: QueueLimits, name: string, value: string): Partial<QueueLimits> {
  const number = Number.parseInt(value, 10) || 0;
  const seconds = (): number => {
    const flag = parseQueueFlag(value);
    return flag.kind === 'interval' ? flag.seconds : 0;
  };
  switch (name) {
    case 'MaxQueueRunSize':
      return { jobs: number > 0 ? number : null };
    case 'MinQueueAge':
      return { minAgeSeconds: seconds() };
    case 'MaxQueueAge':
      return { maxAgeSeconds: seconds() };
    case 'QueueLA':
      return { load: { ...loadOf(limits), queueLoad: number } };
    case 'QueueFactor':
      return { load: { ...loadOf(limits), queueFactor: number } };
    default:
      return {};
  }
}

/** sendmail's own: eight times as many as there are processors, which mail alone never reaches. */
function loadOf({ load }: QueueLimits): NonNullable<QueueLimits['load']> {
  return load ?? { queueLoad: 8 * os.availableParallelism(), queueFactor: 600_000 };
}

/** As a scan of the spool wants them. */
export function scanLimits(
  limits: QueueLimits = NO_LIMITS,
): Pick<ScanOptions, 'limit' | 'minQueueAgeSeconds' | 'maxQueueAgeSeconds'> {
  const { jobs, minAgeSeconds, maxAgeSeconds } = limits;
  return {
    ...(jobs === null ? {} : { limit: jobs }),
    minQueueAgeSeconds: minAgeSeconds,
    maxQueueAgeSeconds: maxAgeSeconds,
  };
}

/** sendmail's shouldqueue: from a load of QueueLA on, the higher the load the fewer may go. */
export function busyAbove({ load }: QueueLimits, loadAverage: number): number {
  if (load === null) return Infinity;
  const now = Math.trunc(loadAverage + 0.5);
  return now < load.queueLoad ? Infinity : Math.trunc(load.queueFactor / (now - load.queueLoad + 1));
}
