/**
 * Going through thousands of jobs to choose from them: names are read once, each control file with
 * one read into one buffer, and nothing is kept or made of records nobody asked for. What is said
 * of a job is what Spool.read says, with these differences: header fields are left out unasked and some
 * records always (so damage in them is not seen), data file and transcript are not looked at, and
 * what is no plain file is passed over. Who acts on a job reads or claims it.
 */
import fs from 'node:fs';
import { ControlFileError, parseControlFile, salvageControlFile } from './control-file.js';
import { findMistrust, type Identity } from './job-check.js';
import { CONTROL_FILE_LIMIT, dataDirectoryDamage, isBeingMade } from './job-reading.js';
import { tryLock } from './lock.js';
import { type Outline, outlineControlFile } from './outline.js';
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
  for (const name of names) {
    const id = name.slice(2);
    if (!name.startsWith(kind) || !isQueueId(id)) continue;
    try {
      const job = lookAt(id);
      if (job !== null) yield job;
    } catch (error) {
      const explained = errorCode(error) === undefined ? error : toSpoolError(error, files.directory, 'read');
      if (onUnread === undefined) throw explained;
      onUnread(id, explained);
    }
  }

  function readKept(fd: number, size: number): string {
    const space = size < buffer.length ? buffer : Buffer.allocUnsafe(size + 1);
    return space.toString('latin1', 0, keepUsed(space, readAll(fd, size, space), fields));
  }

  function lookAt(id: string): SurveyedJob | null {
    const fd = openPlain(files.control(kind, id));
    if (fd === null) return null;
    try {
      const stat = fs.fstatSync(fd);
      if (!stat.isFile() || stat.nlink === 0 || isBeingMade(stat)) return null;
      const locked = !tryLock(fd, 'shared');
      const read = (): { control?: Outline; damage?: string } => {
        const mistrust = findMistrust(stat, directory, us);
        if (mistrust !== null) return { damage: mistrust };
        if (stat.size === 0) return { damage: 'the control file is empty' };
        if (stat.size > CONTROL_FILE_LIMIT) return { damage: `the control file is too large (${stat.size} bytes)` };
        return parse(readKept(fd, stat.size), files);
      };
      const { control, damage } = read();
      if (locked && damage !== undefined) return null;
      return {
        id,
        kind,
        locked,
        ...(control === undefined ? {} : { control }),
        ...(damage === undefined ? {} : { damage }),
      };
    } finally {
      fs.closeSync(fd);
    }
  }
}

/** null: gone, a link, or not for us to read. */
function openPlain(file: string): number | null {
  try {
    return fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'EMLINK', 'ENXIO', 'EACCES'].includes(errorCode(error) ?? '')) return null;
    throw error;
  }
}

function parse(text: string, files: SpoolFiles): { control?: Outline; damage?: string } {
  const outline = outlineControlFile(text);
  if (outline !== null) return { control: outline };
  try {
    const control = parseControlFile(text);
    return { control, ...dataDirectoryDamage(files, control) };
  } catch (error) {
    if (!(error instanceof ControlFileError)) throw error;
    const control = salvageControlFile(text);
    return { damage: error.message, ...(control === undefined ? {} : { control }) };
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

const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const H = 0x48;
/** Records that the choice and order of a run do not look at. */
const UNUSED: readonly boolean[] = Array.from({ length: 256 }, (_, byte) =>
  'HBCMFIZAQrDEL$!'.includes(String.fromCharCode(byte)),
);

/** Moves together in place what of a control file is used, and says how long it is then. */
export function keepUsed(bytes: Buffer, length: number, fields: ReadonlySet<string>): number {
  let kept = 0;
  let keeping = true;
  for (let start = 0; start < length; ) {
    const lineFeed = bytes.indexOf(LF, start);
    const end = lineFeed < 0 || lineFeed >= length ? length : lineFeed + 1;
    const first = bytes[start] ?? 0;
    if (first !== SPACE && first !== TAB)
      keeping = UNUSED[first] !== true || (first === H && fields.size > 0 && fields.has(fieldName(bytes, start, end)));
    if (keeping) {
      if (kept !== start) bytes.copyWithin(kept, start, end);
      kept += end - start;
    }
    start = end;
  }
  return kept;
}

/** Of a field that anybody asks for. */
const LONGEST_NAME = 20;
const QUESTION = 0x3f;
const COLON = 0x3a;

/** `H?F?From: Alice` is `from`. */
function fieldName(bytes: Buffer, start: number, end: number): string {
  let nameStart = start + 1;
  if (bytes[nameStart] === QUESTION) {
    for (nameStart += 1; nameStart < end && bytes[nameStart] !== QUESTION; ) nameStart += 1;
    nameStart += 1;
  }
  let nameEnd = nameStart;
  while (nameEnd < end && bytes[nameEnd] !== COLON) nameEnd += 1;
  if (nameEnd - nameStart > LONGEST_NAME) return '';
  return bytes.toString('latin1', nameStart, nameEnd).toLowerCase();
}
