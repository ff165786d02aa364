/**
 * A control file opened by name in a directory that others may write to: it is a plain file or it is not
 * opened, nobody is waited for, no link followed. Why not is words fit to show.
 */
import fs from 'node:fs';
import type { Identity } from './job-check.js';
import type { JobReference } from './spool.js';
import { errorCode } from './spool-error.js';
import type { SpoolFiles } from './spool-files.js';

const { O_RDONLY, O_RDWR, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;

export const NOT_REGULAR = 'not a regular file';
export const NOT_FOR_US = 'permission denied';

/** Descriptor, or why there is none in words. Neither waits for a FIFO nor follows a link. */
export function openControl(
  files: SpoolFiles,
  { id, kind }: JobReference,
  access: number,
  us: Identity,
): number | 'gone' | string {
  const file = files.control(kind, id);
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return 'gone';
  if (!stat.isFile()) return NOT_REGULAR;
  try {
    return fs.openSync(file, access | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'gone';
    if (errorCode(error) !== 'EACCES') throw error;
    // A lock needs no right to write, and what is ours is replaced, whatever its mode.
    const ours = access === O_RDWR && stat.uid === us.uid;
    return ours ? openControl(files, { id, kind }, O_RDONLY, us) : NOT_FOR_US;
  }
}

/** Of a colleague who keeps it from his group. */
export function mayNotWrite(files: SpoolFiles, { id, kind }: JobReference, { uid }: fs.Stats, us: Identity): boolean {
  if (kind === 'Qf' || us.uid === undefined || us.uid === 0 || uid === us.uid) return false;
  try {
    fs.accessSync(files.control(kind, id), fs.constants.W_OK);
    return false;
  } catch (error) {
    return errorCode(error) === 'EACCES';
  }
}
