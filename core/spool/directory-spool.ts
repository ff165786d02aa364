/**
 * The spool that is a directory of sendmail's queue files (FORMAT.md). Any number of programs
 * may work on it at once, a real sendmail among them: what they agree on is names, renames and
 * the flock(2) lock on the control file.
 *
 * A file that cannot be trusted or understood is set aside as Qf by the claim that finds it; its
 * bytes stay. Nothing here deletes anything but a job whose owner said so (remove, discard).
 */
import fs from 'node:fs';
import { createClaimedJob, type OnLost, removeFiles, setAside } from './claimed-job.js';
import { openDataFile } from './data-file.js';
import type { Identity } from './job-check.js';
import { isSameFile } from './job-check.js';
import { examine, isBeingMade } from './job-reading.js';
import { tryLock } from './lock.js';
import { mayNotWrite, NOT_FOR_US, NOT_REGULAR, openControl } from './open-control.js';
import { isQueueId, type QueueIdSource } from './queue-id.js';
import type { ClaimedJob, ClaimRefusal, JobKind, JobReference, JobSnapshot, Spool } from './spool.js';
import { ownGroups } from './spool-directory.js';
import { errorCode, SpoolError, toSpoolError } from './spool-error.js';
import { renameIfThere, type SpoolFiles, spoolFiles } from './spool-files.js';
import { surveyJobs } from './survey.js';
import { readTranscript } from './transcript.js';

export interface SpoolOptions {
  readonly ids?: QueueIdSource;
  /** Told once of each job that is set aside as lost, with the reason; it may not throw. */
  readonly onLost?: OnLost;
}

const { O_RDONLY, O_RDWR } = fs.constants;

/** Throws SpoolError when there is no such directory. */
export function openSpool(directory: string, options: SpoolOptions = {}): Spool {
  let files = inSpool(directory, 'open', () => spoolFiles(directory));
  /** A subdirectory that comes or goes moves its kind of file: whoever goes through all of them looks where they are now. */
  const filesNow = (): SpoolFiles => {
    files = spoolFiles(directory);
    return files;
  };
  const us: Identity = { uid: process.geteuid?.(), groups: ownGroups() };
  return {
    directory,
    survey: (options) => inSpool(directory, 'list', () => surveyJobs(filesNow(), us, options)),
    dataChangedAtNs: (id) => fs.lstatSync(files.data(id), { bigint: true, throwIfNoEntry: false })?.mtimeNs ?? 0n,
    walk: () => walkJobs(inSpool(directory, 'list', filesNow)),
    list: () => inSpool(directory, 'list', () => [...walkJobs(filesNow())]),
    read: (reference) => inSpool(directory, 'read', () => readJob(files, reference, us)),
    holds: (id) => isQueueId(id) && KINDS.some((kind) => isFile(files.control(kind, id))),
    openData: (id) => inSpool(directory, 'read', () => openDataIfThere(files, id)),
    claim: (reference) => inSpool(directory, 'claim a message in', () => claimJob(files, reference, us, options)),
    discard: (reference) => inSpool(directory, 'remove a message from', () => discardJob(files, reference, us)),
  };
}

function inSpool<Result>(directory: string, doing: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw errorCode(error) === undefined ? error : toSpoolError(error, directory, doing);
  }
}

const KINDS: readonly JobKind[] = ['qf', 'hf', 'Qf'];

function isFile(file: string): boolean {
  return fs.lstatSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

/** A piece of the directory at a time: fifty thousand names at once stop a program for a fifth of a second. */
const NAMES_AT_A_TIME = 1024;

function* walkJobs(files: SpoolFiles): Generator<JobReference> {
  const open = fs.opendirSync(files.controlDirectory, { bufferSize: NAMES_AT_A_TIME });
  try {
    for (let entry = open.readSync(); entry !== null; entry = open.readSync()) {
      const kind = entry.name.slice(0, 2);
      const id = entry.name.slice(2);
      if (isJobKind(kind) && entry.isFile() && isQueueId(id)) yield { id, kind };
    }
  } catch (error) {
    throw errorCode(error) === undefined ? error : toSpoolError(error, files.directory, 'list');
  } finally {
    open.closeSync();
  }
}

function isJobKind(letters: string): letters is JobKind {
  return KINDS.some((kind) => kind === letters);
}

function openDataIfThere(files: SpoolFiles, id: string): ReturnType<Spool['openData']> {
  if (!isQueueId(id)) return null;
  try {
    return openDataFile(files, id);
  } catch (error) {
    // Nothing of that name, or nothing that could be a body.
    if (error instanceof SpoolError || ['ENOENT', 'ELOOP', 'EMLINK', 'ENXIO'].includes(errorCode(error) ?? ''))
      return null;
    throw error;
  }
}

/** A file replaced between its name and its contents is read again; endless replacing is not our file. */
const READ_ATTEMPTS = 3;

function readJob(files: SpoolFiles, reference: JobReference, us: Identity): JobSnapshot | null {
  if (!isQueueId(reference.id)) return null;
  for (let attempt = 0; attempt < READ_ATTEMPTS; attempt += 1) {
    const fd = openControl(files, reference, O_RDONLY, us);
    if (fd === 'gone') return null;
    if (typeof fd === 'string') return { ...reference, damage: fd, dataBytes: -1, dataChangedAtNs: 0n, locked: false };
    try {
      if (fs.fstatSync(fd).nlink === 0) continue;
      // Before the lock: a sendmail that has made the file, and is about to lock it, fails when it cannot.
      if (isBeingMade(fs.fstatSync(fd))) return null;
      const locked = !tryLock(fd, 'shared');
      const { uncertain, lost } = readTranscript(files.transcript(reference.id));
      const { damage: found, ...examined } = examine(files, reference, fd, us);
      const damage = found ?? (mayNotWrite(files, reference, fs.fstatSync(fd), us) ? NOT_FOR_US : undefined);
      // Whoever holds the lock may be writing or removing it: what looks like damage is not ours to judge.
      if (locked && damage !== undefined) return null;
      const trouble = damage ?? (reference.kind === 'Qf' ? (lost ?? 'set aside by another program') : undefined);
      return {
        ...reference,
        ...examined,
        locked,
        ...(trouble === undefined ? {} : { damage: trouble }),
        ...(uncertain === undefined ? {} : { uncertain }),
      };
    } finally {
      fs.closeSync(fd);
    }
  }
  return null;
}

function claimJob(
  files: SpoolFiles,
  reference: JobReference,
  us: Identity,
  options: SpoolOptions,
): ClaimedJob | ClaimRefusal {
  const { id, kind } = reference;
  if (!isQueueId(id)) return 'gone';
  const fd = openControl(files, reference, O_RDWR, us);
  if (fd === 'gone') return 'gone';
  if (typeof fd === 'string') return fd === NOT_REGULAR ? 'damaged' : 'busy';
  let claimed = false;
  try {
    if (isBeingMade(fs.fstatSync(fd))) return 'gone';
    const refusal = takeLock(files, reference, fd);
    if (refusal !== null) return refusal;
    const sibling = settleSibling(files, reference, fd, us, options);
    if (sibling !== null) return sibling;
    const { control, damage, ...data } = examine(files, reference, fd, us);
    if (damage !== undefined || control === undefined) {
      return setAside(files, id, kind, damage ?? 'not readable', options.onLost) ? 'damaged' : 'gone';
    }
    if (kind === 'qf' && control.quarantineReason !== undefined) {
      // A hold that was cut off between its content and its name.
      if (renameIfThere(files.control('qf', id), files.control('hf', id))) files.sync();
      return 'gone';
    }
    const { uncertain } = readTranscript(files.transcript(id));
    claimed = true;
    return createClaimedJob(files, { id, kind, fd, control, ...data, uncertain }, options);
  } finally {
    if (!claimed) fs.closeSync(fd);
  }
}

/** Listing takes a shared lock for a moment; a claim does not give up for that. */
const LOCK_ATTEMPTS = 3;

function takeLock(files: SpoolFiles, { id, kind }: JobReference, fd: number): 'busy' | 'gone' | null {
  for (let attempt = 1; !tryLock(fd, 'exclusive'); attempt += 1) {
    if (attempt === LOCK_ATTEMPTS) return 'busy';
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  }
  const named = fs.lstatSync(files.control(kind, id), { bigint: true, throwIfNoEntry: false });
  if (named === undefined) return 'gone';
  return isSameFile(fs.fstatSync(fd, { bigint: true }), named) ? null : 'busy';
}

/**
 * A sendmail killed while it put a job on hold or released it leaves both names. The newer one
 * is what was wanted; the other is set aside, or the message could go out twice.
 */
function settleSibling(
  files: SpoolFiles,
  reference: JobReference,
  fd: number,
  us: Identity,
  options: SpoolOptions,
): ClaimRefusal | null {
  const { id, kind } = reference;
  if (kind === 'Qf') return null;
  const other = kind === 'qf' ? 'hf' : 'qf';
  const sibling = fs.lstatSync(files.control(other, id), { bigint: true, throwIfNoEntry: false });
  if (sibling?.isFile() !== true) return null;
  const ours = fs.fstatSync(fd, { bigint: true }).mtimeNs;
  if (sibling.mtimeNs > ours || (sibling.mtimeNs === ours && other === 'hf')) {
    const why = `a newer control file of this message exists (${other}${id})`;
    return setAside(files, id, kind, why, options.onLost) ? 'damaged' : 'gone';
  }
  return claimJob(files, { id, kind: other }, us, options) === 'busy' ? 'busy' : null;
}

function discardJob(files: SpoolFiles, reference: JobReference, us: Identity): 'done' | 'busy' | 'gone' {
  const { id, kind } = reference;
  if (!isQueueId(id)) return 'gone';
  const fd = openControl(files, reference, O_RDONLY, us);
  if (fd === 'gone') return 'gone';
  if (typeof fd === 'string') {
    // What is no file has no lock to wait for; what may not be opened is not ours to remove.
    if (fd !== NOT_REGULAR) return 'busy';
    removeFiles(files, id, kind);
    return 'done';
  }
  try {
    const refusal = takeLock(files, reference, fd);
    if (refusal !== null) return refusal;
    removeFiles(files, id, kind);
    return 'done';
  } finally {
    fs.closeSync(fd);
  }
}
