/**
 * Which jobs `sendmail -q` with filters and -O limits means, and with -O QueueSortOrder in which order: as
 * sendmail's own scan would choose them, by lines of the control file and not by what it means
 * (queue-scan.ts). Without any of these, every job is meant and no scan is made.
 */
import os from 'node:os';
import { scanQueue } from '../spool/queue-scan.js';
import { busyAbove, NO_LIMITS, scanLimits } from '../submission/queue-limits.js';
import type { QueueRunOptions } from '../submission/request.js';

/** Ids, in the order of the scan; null: all. */
export function selectForRun(
  directory: string,
  { filters, kind, sort, limits = NO_LIMITS }: Pick<QueueRunOptions, 'filters' | 'kind' | 'sort' | 'limits'>,
  nowSeconds: number,
): ReadonlySet<string> | null {
  if (filters.length === 0 && limits === NO_LIMITS && kind === 'qf' && sort === null) return null;
  const scan = scanQueue(directory, { kind, filters, sort: sort ?? 'priority', nowSeconds, ...scanLimits(limits) });
  const heaviest = busyAbove(limits, os.loadavg()[0] ?? 0);
  return new Set(scan.jobs.filter((job) => !job.tooYoung && job.priority <= heaviest).map((job) => job.id));
}
