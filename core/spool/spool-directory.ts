/**
 * Makes the queue directory when it is missing and refuses one that must not be trusted: in a
 * directory that strangers can write, they can put and replace mail in our name. A symbolic link
 * to a good directory is good.
 */
import fs from 'node:fs';
import path from 'node:path';
import { errorCode, SpoolError, toSpoolError } from './spool-error.js';
import { syncDirectory } from './sync-directory.js';

export function ensureSpoolDirectory(directory: string): void {
  const stat = statOrMake(directory);
  if (!stat.isDirectory())
    throw new SpoolError(
      'not-a-directory',
      directory,
      `${directory} is not a directory. Move it away, or use another queue directory.`,
    );
  refuseForeign(directory, stat);
  try {
    fs.accessSync(directory, fs.constants.W_OK | fs.constants.X_OK);
  } catch (cause) {
    const message =
      errorCode(cause) === 'EROFS'
        ? `the queue directory ${directory} is on a read-only file system. Make that writable, or use another queue directory.`
        : `the queue directory ${directory} is not writable. Make it writable for you: chmod u+rwx ${directory}`;
    throw new SpoolError('not-writable', directory, message, { cause });
  }
}

function statOrMake(directory: string): fs.Stats {
  try {
    const found = fs.statSync(directory, { throwIfNoEntry: false });
    if (found !== undefined) return found;
    const first = fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    // A message in a directory that a power cut takes away would be lost all the same.
    for (let made = directory; first !== undefined && made.length >= first.length; made = path.dirname(made)) {
      syncDirectory(path.dirname(made));
    }
    return fs.statSync(directory);
  } catch (error) {
    throw toSpoolError(error, directory, 'use the queue directory');
  }
}

function refuseForeign(directory: string, stat: fs.Stats): void {
  const uid = process.geteuid?.();
  if (uid === undefined) return;
  if ((stat.mode & 0o002) !== 0)
    throw new SpoolError(
      'not-ours',
      directory,
      `anybody can write to the queue directory ${directory}. Close it: chmod o-w ${directory}`,
    );
  if (stat.uid === uid) return;
  const groupMayWrite = (stat.mode & 0o020) !== 0;
  if (groupMayWrite && (uid === 0 || ownGroups().includes(stat.gid))) return;
  throw new SpoolError(
    'not-ours',
    directory,
    `the queue directory ${directory} belongs to somebody else (uid ${stat.uid}). ` +
      'Use one of your own, or one whose group you are in and may write.',
  );
}

export function ownGroups(): readonly number[] {
  return [process.getegid?.() ?? -1, ...(process.getgroups?.() ?? [])];
}
