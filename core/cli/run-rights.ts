/**
 * Who may run a queue (sendmail's restrictqrun, which submission programs have): root and the owner of its
 * directory. Members of the group that shares it may submit, and so may what their submission starts.
 */
import fs from 'node:fs';
import { QUEUE_GROUP } from '../submission/queue-flag.js';
import type { QueueRunOptions } from '../submission/request.js';
import { ExitStatus } from '../system/exit-status.js';
import type { Environment } from '../system/paths.js';
import { resolveCommandPaths } from './submission-environment.js';

export interface RunRefusal {
  readonly words: string;
  readonly status: number;
}

/** null: go on. Words are sendmail's. */
export function refuseRun(
  env: Environment,
  {
    settingsFile,
    queueDirectory,
    intervalSeconds,
    quarantine,
    group,
  }: Pick<QueueRunOptions, 'settingsFile' | 'queueDirectory' | 'intervalSeconds' | 'quarantine' | 'group'>,
): RunRefusal | null {
  const { spoolDirectory } = resolveCommandPaths(env, { settingsFile, queueDirectory });
  const owner = fs.statSync(spoolDirectory, { throwIfNoEntry: false })?.uid;
  const us = process.getuid?.() ?? 0;
  if (owner !== undefined && us !== 0 && us !== owner) {
    return intervalSeconds === null && quarantine === null
      ? { words: 'You do not have permission to process the queue', status: ExitStatus.NOPERM }
      : { words: 'Permission denied (real uid not trusted)', status: ExitStatus.USAGE };
  }
  if (group === undefined || group === null || group === QUEUE_GROUP) return null;
  return { words: `Queue group ${group} unknown`, status: ExitStatus.OK };
}
