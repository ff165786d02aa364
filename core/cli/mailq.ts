/** `mailq`, `sendmail -bp`: the listing, written in pieces. */
import fs from 'node:fs';
import os from 'node:os';
import { ensureSpoolDirectory } from '../spool/create-job.js';
import { errorCode } from '../spool/spool-error.js';
import { QUEUE_GROUP } from '../submission/queue-flag.js';
import { busyAbove, scanLimits } from '../submission/queue-limits.js';
import type { CommonOptions, ListRequest } from '../submission/request.js';
import { systemClock } from '../system/clock.js';
import { ExitStatus } from '../system/exit-status.js';
import { writeInBatches } from './batched-output.js';
import { type PrintOptions, printQueue } from './listing.js';
import { asBytes, writeOut } from './standard-output.js';
import { resolveCommandPaths } from './submission-environment.js';

export function listQueue({ filters, kind, sort, limits, group = null }: ListRequest, common: CommonOptions): number {
  if (group !== null && group !== QUEUE_GROUP) {
    writeOut(`Queue group ${group} unknown\n`);
    return ExitStatus.OK;
  }
  const { spoolDirectory } = resolveCommandPaths(process.env, common);
  const obstacle = whyNotEntered(spoolDirectory);
  // One's own is made when it is first asked for; a name mistyped is not.
  if (obstacle === 'ENOENT' && common.queueDirectory === null) ensureSpoolDirectory(spoolDirectory);
  else if (obstacle !== null) {
    writeOut(`can not chdir(${asBytes(spoolDirectory)}/): ${WORDS[obstacle] ?? obstacle}\n`);
    return ExitStatus.CONFIG;
  }
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

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  ENOTDIR: 'Not a directory',
  EACCES: 'Permission denied',
};

/** Who may only read it may list it. */
function whyNotEntered(directory: string): string | null {
  try {
    if (!fs.statSync(directory).isDirectory()) return 'ENOTDIR';
    fs.accessSync(directory, fs.constants.R_OK | fs.constants.X_OK);
    return null;
  } catch (error) {
    return errorCode(error) ?? 'ENOENT';
  }
}
