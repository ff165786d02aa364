/**
 * A job under our lock: everything that changes one. The lock belongs to the open control file;
 * a rewrite locks the new file before it takes the name, so that nobody gets between.
 *
 * Each change is one rename or removal, synced. Content first, name after: while a job is put on
 * hold or released a cut leaves a control file under the old name that already says the new
 * thing, and never two names for one job, as sendmail's order does.
 */
import fs from 'node:fs';
import type { Readable } from 'node:stream';
import { type ControlFile, formatControlFile, parseControlFile } from './control-file.js';
import { type JobWriter, openJob } from './create-job.js';
import { tryLock } from './lock.js';
import { editQuarantine } from './quarantine-edit.js';
import { LONGEST_NAME, type QueueIdSource } from './queue-id.js';
import type { ClaimedJob, JobKind, JobReference, Uncertain } from './spool.js';
import { errorCode, SpoolError, toSpoolError } from './spool-error.js';
import { exists, type SpoolFiles, unlinkIfThere, writeAll } from './spool-files.js';
import { appendTranscript, formatEvidence, formatLoss } from './transcript.js';

const NO_FOLLOW = fs.constants.O_NOFOLLOW ?? 0;
const COPY_BYTES = 64 * 1024;
const FREE_NAME_ATTEMPTS = 10_000;

export interface HeldJob {
  readonly id: string;
  readonly kind: JobKind;
  /** Open and locked. */
  readonly fd: number;
  readonly control: ControlFile;
  readonly dataBytes: number;
  readonly dataChangedAtNs: bigint;
  readonly uncertain?: Uncertain | undefined;
}

export type OnLost = (job: JobReference, why: string) => void;

export interface ClaimOptions {
  readonly ids?: QueueIdSource;
  readonly onLost?: OnLost;
}

export function createClaimedJob(files: SpoolFiles, held: HeldJob, { ids, onLost }: ClaimOptions): ClaimedJob {
  const { id, dataBytes, dataChangedAtNs } = held;
  let { fd, kind, control, uncertain } = held;
  let open = true;
  const here = (): string => files.control(kind, id);
  const end = (): void => {
    if (open) fs.closeSync(fd);
    open = false;
  };
  const change = <Result>(doing: string, file: string, act: () => Result): Result => {
    if (!open) throw new Error(`job ${id} is not claimed any more`);
    try {
      return act();
    } catch (error) {
      throw toSpoolError(error, file, doing);
    }
  };

  const replace = (bytes: Uint8Array, updated: ControlFile, as: 'qf' | 'hf'): void => {
    const next = replaceControl(files, id, kind, bytes);
    fs.closeSync(fd);
    fd = next;
    control = updated;
    if (as !== kind) {
      fs.renameSync(here(), files.control(as, id));
      kind = as;
    }
    files.sync();
  };

  return {
    id,
    dataBytes,
    dataChangedAtNs,
    get kind() {
      return kind;
    },
    get control() {
      return control;
    },
    get uncertain() {
      return uncertain;
    },
    openData: () => change('read', files.data(id), () => openDataFile(files, id)),
    rewrite(wanted, as = kind === 'hf' ? 'hf' : 'qf', { submitting = false } = {}) {
      change('write', here(), () => {
        // Only -Q, which changes nothing else, puts the reason there.
        const { quarantineBeforeSender: _, dataFileId: __, ...rest } = wanted;
        const updated = { ...rest, ...(submitting ? {} : dataFileId(files.data(id))) };
        replace(formatControlFile(updated), updated, as);
      });
    },
    quarantine: (reason) =>
      change('write', here(), () => {
        const edit = editQuarantine(fs.readFileSync(here(), 'latin1'), reason);
        const bytes = Buffer.from(edit.text, 'latin1');
        if (edit.changed) replace(bytes, parseControlFile(bytes), reason === null ? 'qf' : 'hf');
        return edit.before;
      }),
    split(controlOf, as) {
      return change('copy', files.data(id), () => {
        return makeJob(files, ids, (copy) => {
          copyData(files.data(id), (chunk) => copy.writeBody(chunk));
          copy.commit(controlOf(copy.id), as);
        });
      });
    },
    enclose(make) {
      return change('copy', files.data(id), () => {
        return makeJob(files, ids, (job) => {
          const { control: envelope, head, body, tail } = make(job.id);
          job.writeBody(Buffer.from(head, 'latin1'));
          if (body !== null) {
            copyData(files.data(id), (chunk) => job.writeBody(body.copy(chunk)));
            job.writeBody(body.finish());
          }
          job.writeBody(Buffer.from(tail, 'latin1'));
          job.commit(envelope);
        });
      });
    },
    lose(why) {
      change('set aside', here(), () => {
        setAside(files, id, kind, why, onLost);
        end();
      });
    },
    remove() {
      change('remove', here(), () => {
        removeFiles(files, id, kind);
        end();
      });
    },
    markUncertain(evidence) {
      change('write', files.transcript(id), () => {
        appendTranscript(files.transcript(id), formatEvidence(evidence), files.create);
        files.sync();
        uncertain = evidence;
      });
    },
    clearUncertain() {
      change('remove', files.transcript(id), () => {
        if (unlinkIfThere(files.transcript(id))) files.sync();
        uncertain = undefined;
      });
    },
    release: end,
  } as ClaimedJob;
}

function makeJob(files: SpoolFiles, ids: QueueIdSource | undefined, fill: (job: JobWriter) => void): string {
  const job = openJob(files.directory, ids === undefined ? {} : { ids });
  try {
    fill(job);
  } finally {
    job.abandon();
  }
  return job.id;
}

/** Rename to Qf, bytes kept; an earlier Qf of that id is not written over. */
export function setAside(files: SpoolFiles, id: string, kind: JobKind, why: string, onLost: OnLost = () => {}): void {
  if (kind === 'Qf') return;
  try {
    appendTranscript(files.transcript(id), formatLoss(Date.now(), why), files.create);
  } catch {
    // The reason is a help for people; setting the job aside matters more.
  }
  fs.renameSync(files.control(kind, id), freeName(files, id));
  files.sync();
  onLost({ id, kind }, why);
}

/** `Qf<id>`, `Qf<id>a` to `z`, then numbers; of a long id the end gives way, or no listing would show it. */
function freeName(files: SpoolFiles, id: string): string {
  for (let number = 0; number < FREE_NAME_ATTEMPTS; number += 1) {
    const suffix = number === 0 ? '' : number <= 26 ? (number + 9).toString(36) : `-${number}`;
    const name = files.control('Qf', id.slice(0, LONGEST_NAME - 2 - suffix.length) + suffix);
    if (!exists(name)) return name;
  }
  throw new SpoolError('io', files.directory, `no free name for the lost message ${id} in ${files.directory}`);
}

/** Control file first: a data file alone is debris, a control file alone would be an empty mail. */
export function removeFiles(files: SpoolFiles, id: string, kind: JobKind): void {
  unlinkIfThere(files.control(kind, id));
  files.sync();
  const wanted = (['qf', 'hf', 'Qf'] as const).some((other) => exists(files.control(other, id)));
  if (!wanted) unlinkIfThere(files.data(id));
  unlinkIfThere(files.transcript(id));
}

/** Throws as fs does. */
export function openDataFile(files: SpoolFiles, id: string): Readable {
  const fd = fs.openSync(files.data(id), fs.constants.O_RDONLY | NO_FOLLOW);
  return fs.createReadStream('', { fd, autoClose: true });
}

/**
 * The new control file, written, synced, locked and in its place; after an error the old one stands.
 * We hold the job, so a tf that nobody locks was left by a crash.
 */
function replaceControl(files: SpoolFiles, id: string, kind: JobKind, bytes: Uint8Array): number {
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
  const left = fs.openSync(temporary, fs.constants.O_RDWR | NO_FOLLOW);
  try {
    if (!tryLock(left, 'exclusive'))
      throw new SpoolError('io', temporary, `${temporary} is being written by another program; try again in a moment`);
    fs.renameSync(temporary, files.control('Tf', id));
  } finally {
    fs.closeSync(left);
  }
  return files.create(temporary);
}

/** The I line, as sendmail's runner writes it; it is not read by anybody. */
function dataFileId(file: string): Pick<ControlFile, 'dataFileId'> {
  if (process.platform !== 'linux') return {};
  const { dev, ino } = fs.statSync(file, { bigint: true });
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xffffff00n);
  return { dataFileId: `${major}/${minor}/${ino}` };
}

function copyData(file: string, write: (chunk: Uint8Array) => void): void {
  const fd = fs.openSync(file, fs.constants.O_RDONLY | NO_FOLLOW);
  try {
    const buffer = Buffer.allocUnsafe(COPY_BYTES);
    for (let read = fs.readSync(fd, buffer); read > 0; read = fs.readSync(fd, buffer)) write(buffer.subarray(0, read));
  } finally {
    fs.closeSync(fd);
  }
}
