/** `mailq`, `sendmail -bp`: the listing, written in pieces. */
import fs from 'node:fs';
import os from 'node:os';
import { ensureSpoolDirectory } from '../spool/create-job.js';
import { busyAbove, scanLimits } from '../submission/queue-limits.js';
import type { CommonOptions, ListRequest } from '../submission/request.js';
import { systemClock } from '../system/clock.js';
import { ExitStatus } from '../system/exit-status.js';
import { writeInBatches } from './batched-output.js';
import { type PrintOptions, printQueue } from './listing.js';
import { asBytes } from './standard-output.js';
import { resolveCommandPaths } from './submission-environment.js';

export function listQueue({ filters, kind, sort, limits }: ListRequest, common: CommonOptions): number {
  const { spoolDirectory } = resolveCommandPaths(process.env, common);
  // Who may only read it may list it.
  if (!fs.existsSync(spoolDirectory)) ensureSpoolDirectory(spoolDirectory);
  const options: PrintOptions = {
    kind,
    filters,
    sort,
    directory: asBytes(spoolDirectory),
    verbose: common.verbose,
    nowSeconds: Math.floor(systemClock.now() / 1000),
    ...scanLimits(limits),
    busyAbove: busyAbove(limits, os.loadavg()[0] ?? 0),
  };
  writeInBatches((print) => printQueue({ directory: spoolDirectory }, options, print));
  return ExitStatus.OK;
}
