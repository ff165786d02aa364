/**
 * A job under our lock: everything that changes one. The lock belongs to the open control file;
 * a rewrite locks the new file before it takes the name, so that nobody gets between.
 *
 * Each change is one rename or removal, synced. Content first, name after: while a job is put on
 * hold or released a cut leaves a control file under the old name that already says the new
 * thing, and never two names for one job, as sendmail's order does.
 */
import fs from 'node:fs';
import { type ControlFile, formatControlFile, parseControlFile } from './control-file.js';
import { type JobWriter, openJob } from './create-job.js';
import { copyData, openDataFile, readData } from './data-file.js';
import { editQuarantine } from './quarantine-edit.js';
import type { QueueIdSource } from './queue-id.js';
import { clearTheWay, ensureRoom, freeName, replaceControl } from './replace-control.js';
import type { ClaimedJob, JobKind, JobReference, Uncertain } from './spool.js';
import { toSpoolError } from './spool-error.js';
import { exists, renameIfThere, type SpoolFiles, unlinkIfThere } from './spool-files.js';
import { appendTranscript, formatEvidence, formatLoss } from './transcript.js';

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
    readData: (take) => change('read', files.data(id), () => readData(files, id, take)),
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
        const edit = editQuarantine(readFromStart(fd).toString('latin1'), reason);
        const bytes = Buffer.from(edit.text, 'latin1');
        if (edit.changed) replace(bytes, parseControlFile(bytes), reason === null ? 'qf' : 'hf');
        return edit.before;
      }),
    split(controlOf, as) {
      return change('copy', files.data(id), () => {
        return makeJob(files, ids, (copy) => {
          copyData(files, id, (chunk) => copy.writeBody(chunk));
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
            copyData(files, id, (chunk) => job.writeBody(body.copy(chunk)));
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
        clearTheWay(files, id);
        const copies = control.recipients.length > 1 ? dataBytes : 0;
        ensureRoom(files, fs.fstatSync(fd).size + copies);
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

/** Rename to Qf, bytes kept; an earlier Qf of that id is not written over. False when there is no such file any more. */
export function setAside(
  files: SpoolFiles,
  id: string,
  kind: JobKind,
  why: string,
  onLost: OnLost = () => {},
): boolean {
  if (kind === 'Qf') return true;
  try {
    appendTranscript(files.transcript(id), formatLoss(Date.now(), why), files.create);
  } catch {
    // The reason is a help for people; setting the job aside matters more.
  }
  if (!renameIfThere(files.control(kind, id), freeName(files, 'Qf', id))) return false;
  files.sync();
  onLost({ id, kind }, why);
  return true;
}

/**
 * Control file first: a data file alone is debris, a control file alone would be an empty mail. With it the message
 * is gone; what then cannot be removed, a directory in the place of a file perhaps, is debris and named by doctor.
 */
export function removeFiles(files: SpoolFiles, id: string, kind: JobKind): void {
  unlinkIfThere(files.control(kind, id));
  files.sync();
  const wanted = (['qf', 'hf', 'Qf'] as const).some((other) => exists(files.control(other, id)));
  for (const file of wanted ? [files.transcript(id)] : [files.data(id), files.transcript(id)]) {
    try {
      unlinkIfThere(file);
    } catch {}
  }
}

/** The I line, as sendmail's runner writes it; it is not read by anybody. */
function dataFileId(file: string): Pick<ControlFile, 'dataFileId'> {
  if (process.platform !== 'linux') return {};
  const stat = fs.lstatSync(file, { bigint: true, throwIfNoEntry: false });
  // The result of an attempt is to be written down whatever became of the body.
  if (stat === undefined) return {};
  const { dev, ino } = stat;
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xffffff00n);
  return { dataFileId: `${major}/${minor}/${ino}` };
}

/** The file that is locked, whatever has its name by now. */
function readFromStart(fd: number): Buffer {
  const bytes = Buffer.allocUnsafe(fs.fstatSync(fd).size);
  let length = 0;
  for (let got = -1; got !== 0 && length < bytes.length; length += got) {
    got = fs.readSync(fd, bytes, length, bytes.length - length, length);
  }
  return bytes.subarray(0, length);
}
