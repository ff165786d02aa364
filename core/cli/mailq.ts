/** `mailq`, `sendmail -bp`: the listing, written piece by piece so that a long queue shows at once. */
import { ensureSpoolDirectory } from '../spool/create-job.js';
import { openSpool } from '../spool/directory-spool.js';
import type { CommonOptions, ListRequest } from '../submission/request.js';
import { systemClock } from '../system/clock.js';
import { ExitStatus } from '../system/exit-status.js';
import { printQueue } from './listing.js';
import { asBytes, writeOut } from './standard-output.js';
import { resolveCommandPaths } from './submission-environment.js';

export function listQueue({ filters, kind, sort, limit }: ListRequest, common: CommonOptions): number {
  const { spoolDirectory } = resolveCommandPaths(process.env, common);
  ensureSpoolDirectory(spoolDirectory);
  const pieces = printQueue(openSpool(spoolDirectory), {
    kind,
    filters,
    sort,
    ...(limit === null ? {} : { limit }),
    directory: asBytes(spoolDirectory),
    verbose: common.verbose,
    nowSeconds: Math.floor(systemClock.now() / 1000),
  });
  for (const piece of pieces) writeOut(piece);
  return ExitStatus.OK;
}
