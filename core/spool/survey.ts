/**
 * Going through thousands of jobs to choose from them: names are read once, each control file with
 * one read into one buffer, and nothing is made of records nobody asked for. What is said of a job is
 * what Spool.read says, with these differences: header fields are left out unasked and some records
 * always (so damage in them may not be seen), data file, transcript and lock are not looked at, and what
 * is no plain file is passed over. Who acts on a job reads or claims it.
 */
import fs from 'node:fs';
import { findMistrust, type Identity } from './job-check.js';
import { CONTROL_FILE_LIMIT, isBeingMade, parseExamined } from './job-reading.js';
import { compileLightly } from './light-code.js';
import { tryLock } from './lock.js';
import { createOutliner } from './outline.js';
import { isQueueId } from './queue-id.js';
import type { SurveyedJob, SurveyOptions } from './spool.js';
import { errorCode, toSpoolError } from './spool-error.js';
import type { SpoolFiles } from './spool-files.js';

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
/** Most control files fit; a longer one gets a buffer of its own. */
const BUFFER_BYTES = 64 * 1024;
const NO_FIELDS: ReadonlySet<string> = new Set();

/** The names are read before this returns. */
export function surveyJobs(files: SpoolFiles, us: Identity, options: SurveyOptions): Generator<SurveyedJob> {
  return lookThrough(fs.readdirSync(files.controlDirectory), files, us, options);
}

function* lookThrough(
  names: readonly string[],
  files: SpoolFiles,
  us: Identity,
  { kind, fields = NO_FIELDS, onUnread }: SurveyOptions,
): Generator<SurveyedJob> {
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  const directory = fs.statSync(files.controlDirectory);
  const outline = createOutliner(fields);
  compileLightly(lookAt, examine, files.control, fs.readSync);
  for (const name of names) {
    if (!name.startsWith(kind)) continue;
    const id = name.slice(2);
    if (!isQueueId(id)) continue;
    try {
      const job = lookAt(id);
      if (job !== null) yield job;
    } catch (error) {
      const explained = errorCode(error) === undefined ? error : toSpoolError(error, files.directory, 'read');
      if (onUnread === undefined) throw explained;
      onUnread(id, explained);
    }
  }

  function lookAt(id: string): SurveyedJob | null {
    const fd = openPlain(files.control(kind, id));
    if (fd === null) return null;
    try {
      const stat = fs.fstatSync(fd);
      if (!stat.isFile() || stat.nlink === 0 || isBeingMade(stat)) return null;
      const { control, damage } = examine(fd, stat);
      if (damage === undefined && control !== undefined) return { id, kind, control };
      // What looks like damage while somebody works on it is not ours to judge.
      return tryLock(fd, 'shared') ? { id, kind, ...(control && { control }), ...(damage && { damage }) } : null;
    } finally {
      fs.closeSync(fd);
    }
  }

  function examine(fd: number, stat: fs.Stats): Examined {
    const mistrust = findMistrust(stat, directory, us);
    if (mistrust !== null) return { damage: mistrust };
    if (stat.size === 0) return { damage: 'the control file is empty' };
    if (stat.size > CONTROL_FILE_LIMIT) return { damage: `the control file is too large (${stat.size} bytes)` };
    const space = stat.size < buffer.length ? buffer : Buffer.allocUnsafe(stat.size + 1);
    const length = readAll(fd, stat.size, space);
    const control = outline(space, length);
    return control === null ? parseExamined(files, space.subarray(0, length)) : { control };
  }
}

type Examined = Pick<SurveyedJob, 'control' | 'damage'>;

/** null: gone, a link, or not for us to read. */
function openPlain(file: string): number | null {
  try {
    return fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'EMLINK', 'ENXIO', 'EACCES'].includes(errorCode(error) ?? '')) return null;
    throw error;
  }
}

/** The whole file, however few bytes a read brings; in one read where that brings all of `size`. */
function readAll(fd: number, size: number, space: Buffer): number {
  let length = 0;
  for (let got = -1; got !== 0 && length < size; length += got) {
    got = fs.readSync(fd, space, length, space.length - length, length);
  }
  return length;
}

compileLightly(openPlain, readAll);
