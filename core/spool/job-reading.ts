/**
 * What an open control file and its data file say, and whether a job may be made of them. Never
 * throws for what is in a file: damage is words, and what could be read of a damaged file comes
 * along for showing.
 */
import fs from 'node:fs';
import path from 'node:path';
import { type ControlFile, ControlFileError, parseControlFile, salvageControlFile } from './control-file.js';
import { distrustData } from './data-file.js';
import { findMistrust, type Identity } from './job-check.js';
import type { JobReference } from './spool.js';
import type { SpoolFiles } from './spool-files.js';

/** sendmail removes an empty control file after this long; younger ones are being made. */
const EMPTY_IS_DAMAGE_AFTER_MS = 10 * 60 * 1000;
/** A hundred thousand recipients fit; who fills a disk with one does not fill our memory. */
export const CONTROL_FILE_LIMIT = 16 * 1024 * 1024;

export interface Examined {
  readonly control?: ControlFile;
  readonly damage?: string;
  /** -1 when there is none. */
  readonly dataBytes: number;
  readonly dataChangedAtNs: bigint;
}

export function examine(files: SpoolFiles, { id }: JobReference, fd: number, us: Identity): Examined {
  const data = fs.lstatSync(files.data(id), { bigint: true, throwIfNoEntry: false });
  const found = data?.isFile() === true;
  const sizes = {
    dataBytes: found ? Number(data.size) : -1,
    dataChangedAtNs: found ? data.mtimeNs : 0n,
  };
  const { control, damage } = examineControl(files, fd, us);
  const distrust = data === undefined ? 'data file missing' : distrustData(data, files.shared);
  const trouble = damage ?? distrust ?? undefined;
  return {
    ...sizes,
    ...(control === undefined ? {} : { control }),
    ...(trouble === undefined ? {} : { damage: trouble }),
  };
}

/** Created, not yet written: a submission by sendmail is at work. */
export function isBeingMade({ size, ctimeMs }: Pick<fs.Stats, 'size' | 'ctimeMs'>): boolean {
  // A time to come is a clock set back, and no sign of life.
  return size === 0 && Math.abs(Date.now() - ctimeMs) < EMPTY_IS_DAMAGE_AFTER_MS;
}

function examineControl(files: SpoolFiles, fd: number, us: Identity): Pick<Examined, 'control' | 'damage'> {
  const stat = fs.fstatSync(fd);
  const mistrust = findMistrust(stat, fs.statSync(files.controlDirectory), us);
  if (mistrust !== null) return { damage: mistrust };
  if (stat.size === 0) return { damage: 'the control file is empty' };
  if (stat.size > CONTROL_FILE_LIMIT) return { damage: `the control file is too large (${stat.size} bytes)` };
  return parseExamined(files, fs.readFileSync(fd));
}

/** What the bytes say, and of damaged ones what can still be shown. */
export function parseExamined(files: SpoolFiles, bytes: Buffer): Pick<Examined, 'control' | 'damage'> {
  try {
    const control = parseControlFile(bytes);
    return { control, ...dataDirectoryDamage(files, control) };
  } catch (error) {
    if (!(error instanceof ControlFileError)) throw error;
    const control = salvageControlFile(bytes);
    return { damage: error.message, ...(control === undefined ? {} : { control }) };
  }
}

/** A data file elsewhere would be one we never made and must not send. */
function dataDirectoryDamage(files: SpoolFiles, control: ControlFile): Pick<Examined, 'damage'> {
  if (control.dataDirectory === undefined) return {};
  const named = path.resolve(files.directory, control.dataDirectory);
  const ours = [files.directory, path.dirname(files.data('x'))].map((directory) => path.resolve(directory));
  return ours.includes(named) ? {} : { damage: `bogus queue file directory (${control.dataDirectory})` };
}
