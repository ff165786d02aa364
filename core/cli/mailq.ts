/** `mailq`, `sendmail -bp`: the listing, written piece by piece so that a long queue shows at once. */
import os from 'node:os';
import { ensureSpoolDirectory } from '../spool/create-job.js';
import { scanLimits } from '../submission/queue-limits.js';
import type { CommonOptions, ListRequest, LoadLimit } from '../submission/request.js';
import { systemClock } from '../system/clock.js';
import { ExitStatus } from '../system/exit-status.js';
import { printQueue } from './listing.js';
import { asBytes, writeAllOut } from './standard-output.js';
import { resolveCommandPaths } from './submission-environment.js';

export function listQueue({ filters, kind, sort, limits }: ListRequest, common: CommonOptions): number {
  const { load } = limits;
  const { spoolDirectory } = resolveCommandPaths(process.env, common);
  ensureSpoolDirectory(spoolDirectory);
  const pieces = printQueue(
    { directory: spoolDirectory },
    {
      kind,
      filters,
      sort,
      directory: asBytes(spoolDirectory),
      verbose: common.verbose,
      nowSeconds: Math.floor(systemClock.now() / 1000),
      ...scanLimits(limits),
      ...(load === null ? {} : { busyAbove: busyAbove(load, Math.trunc((os.loadavg()[0] ?? 0) + 0.5)) }),
    },
  );
  writeAllOut(pieces);
  return ExitStatus.OK;
}

/** sendmail's shouldqueue: from a load of QueueLA on, the higher the load the fewer may go. */
function busyAbove({ queueLoad, queueFactor }: LoadLimit, load: number): number {
  return load < queueLoad ? Infinity : Math.trunc(queueFactor / (load - queueLoad + 1));
}
