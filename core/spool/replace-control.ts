/**
 * A control file replaced: the new one is written as tf, synced, locked, and takes the name in one rename, so
 * that after an error the old one stands. Whoever calls holds the job, so a tf that nobody locks was
 * left by a crash, and anything else of that name is somebody's mistake: both are moved aside.
 */
import fs from 'node:fs';
import { tryLock } from './lock.js';
import { LONGEST_NAME } from './queue-id.js';
import type { JobKind } from './spool.js';
import { errorCode, SpoolError } from './spool-error.js';
import { exists, type SpoolFiles, unlinkIfThere, writeAll } from './spool-files.js';

const FREE_NAME_ATTEMPTS = 10_000;
const { O_RDWR, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;

/** The new file, open and locked. */
export function replaceControl(files: SpoolFiles, id: string, kind: JobKind, bytes: Uint8Array): number {
  const temporary = files.control('tf', id);
  const fd = createTemporary(files, id, temporary);
  try {
    if (!tryLock(fd, 'exclusive')) throw new SpoolError('io', temporary, `${temporary} is locked by another program`);
    writeAll(fd, bytes);
    fs.fsyncSync(fd);
    fs.renameSync(temporary, files.control(kind, id));
    return fd;
  } catch (error) {
    fs.closeSync(fd);
    unlinkIfThere(temporary);
    throw error;
  }
}

function createTemporary(files: SpoolFiles, id: string, temporary: string): number {
  try {
    return files.create(temporary);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
  clearTheWay(files, id);
  return files.create(temporary);
}

/** Moves what stands where tf is to be written; throws when somebody is writing it. */
export function clearTheWay(files: SpoolFiles, id: string): void {
  const temporary = files.control('tf', id);
  const stat = fs.lstatSync(temporary, { throwIfNoEntry: false });
  if (stat === undefined) return;
  const left = stat.isFile() ? fs.openSync(temporary, O_RDWR | O_NOFOLLOW | O_NONBLOCK) : null;
  try {
    if (left !== null && !tryLock(left, 'exclusive'))
      throw new SpoolError('io', temporary, `${temporary} is being written by another program; try again in a moment`);
    fs.renameSync(temporary, freeName(files, 'Tf', id));
  } finally {
    if (left !== null) fs.closeSync(left);
  }
}

/** `Qf<id>`, `Qf<id>a` to `z`, then numbers; of a long id the end gives way, or no listing would show it. */
export function freeName(files: SpoolFiles, kind: 'Qf' | 'Tf', id: string): string {
  for (let number = 0; number < FREE_NAME_ATTEMPTS; number += 1) {
    const suffix = number === 0 ? '' : number <= 26 ? (number + 9).toString(36) : `-${number}`;
    const name = files.control(kind, id.slice(0, LONGEST_NAME - 2 - suffix.length) + suffix);
    if (!exists(name)) return name;
  }
  throw new SpoolError('io', files.directory, `no free name for ${kind}${id} in ${files.directory}`);
}

/** Beside the new control file: notes, and the directory's own growth. */
const ROOM_BYTES = 64 * 1024;

/**
 * Before a message leaves: its result must find room, or it would be sent again. Of a message for several, the
 * part that failed may be set aside with a copy of the body.
 */
export function ensureRoom(files: SpoolFiles, bytes: number): void {
  const disk = askDisk(files.controlDirectory);
  if (disk === null) return;
  const { bavail, bsize, files: inodes, ffree } = disk;
  const wanted = 2 * bytes + ROOM_BYTES;
  const noNames = inodes > 0 && ffree < 4;
  if (bavail * bsize >= wanted && !noNames) return;
  const left = noNames ? `room for ${ffree} files` : `${bavail * bsize} bytes free, ${wanted} wanted`;
  const message =
    `the disk of ${files.directory} has no room to write down what becomes of the message ` +
    `(${left}). Free some space; until then it waits.`;
  throw new SpoolError('no-space', files.directory, message);
}

/** null: it does not say; some network and user-space file systems have no size. */
function askDisk(directory: string): fs.StatsFs | null {
  try {
    const disk = fs.statfsSync(directory);
    return disk.blocks === 0 ? null : disk;
  } catch {
    return null;
  }
}
