/**
 * Submission's side of the spool: create a job, durably, without a lock. sendmail's order:
 *
 *   dfID   created with O_EXCL, written as the body comes
 *   tfID   the control file, created with O_EXCL, written
 *   sync both, rename tfID to qfID, sync the directory
 *
 * Until the rename there is no job, only debris that nobody lists or sends. After any error
 * nothing of the job remains and a SpoolError says what to do.
 */
import fs from 'node:fs';
import type { ControlFile } from './control-file.js';
import { formatControlFile } from './control-file-format.js';
import { createQueueIdSource, type QueueIdSource } from './queue-id.js';
import { errorCode, SpoolError, toSpoolError } from './spool-error.js';
import { exists, type SpoolFiles, spoolFiles, unlinkIfThere, writeAll } from './spool-files.js';

export { ensureSpoolDirectory } from './spool-directory.js';

export interface JobWriter {
  readonly id: string;
  /** Bytes of body taken so far. */
  readonly bodyBytes: number;
  /** The chunk may be reused by the caller as soon as this returns. */
  writeBody(chunk: Uint8Array): void;
  /** The file that holds the body so far, for reading it back before commit or abandon. */
  bodyFile(): string;
  /** The job exists, and survives a power cut, when this returns. */
  commit(control: ControlFile, kind?: 'qf' | 'hf'): void;
  /** Leave nothing behind; does nothing after commit or a failure. */
  abandon(): void;
}

export interface OpenJobOptions {
  readonly ids?: QueueIdSource;
  /** Mode of the files; follows from the directory when absent. */
  readonly mode?: number;
}

const BUFFER_BYTES = 64 * 1024;
/** Ids already taken are left by other clocks or hands; so many in a row are a broken source. */
const ID_ATTEMPTS = 1000;

let processIds: QueueIdSource | null = null;

function idsOfProcess(): QueueIdSource {
  processIds ??= createQueueIdSource();
  return processIds;
}

/** Left by the last job for the next one of a session. */
let spareBuffer: Buffer | null = null;

function takeBuffer(): Buffer {
  const buffer = spareBuffer ?? Buffer.allocUnsafe(BUFFER_BYTES);
  spareBuffer = null;
  return buffer;
}

export function openJob(directory: string, options: OpenJobOptions = {}): JobWriter {
  try {
    const files = spoolFiles(directory, options.mode);
    return createWriter(files, ...createDataFile(files, options.ids ?? idsOfProcess()));
  } catch (error) {
    throw toSpoolError(error, directory, 'create a message in');
  }
}

function createDataFile(files: SpoolFiles, ids: QueueIdSource): [id: string, fd: number] {
  for (let attempt = 0; attempt < ID_ATTEMPTS; attempt += 1) {
    const id = ids.next();
    const taken = (['qf', 'hf', 'Qf', 'tf'] as const).some((kind) => exists(files.control(kind, id)));
    if (taken) continue;
    try {
      return [id, files.create(files.data(id))];
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
  throw new SpoolError('io', files.directory, `no free queue id in ${files.directory}: is the system clock stuck?`);
}

function createWriter(files: SpoolFiles, id: string, fd: number): JobWriter {
  const data = files.data(id);
  const temporary = files.control('tf', id);
  const buffer = takeBuffer();
  let buffered = 0;
  let bodyBytes = 0;
  let finished = false;
  const made = [data];
  const open = [fd];

  const closeAll = (): void => {
    for (let one = open.pop(); one !== undefined; one = open.pop()) fs.closeSync(one);
  };
  const finish = (): void => {
    finished = true;
    spareBuffer = buffer;
  };
  const removeAll = (): void => {
    finish();
    for (const undo of [closeAll, ...made.reverse().map((file) => () => unlinkIfThere(file))]) {
      try {
        undo();
      } catch {
        // The error that brought us here is the one to report.
      }
    }
  };
  /** Runs one step; when it fails nothing of the job remains. */
  const step = (file: string, act: () => void): void => {
    if (finished) throw new Error(`job ${id} is finished`);
    try {
      act();
    } catch (error) {
      removeAll();
      throw toSpoolError(error, file, 'write');
    }
  };
  const flush = (): void => {
    writeAll(fd, buffer.subarray(0, buffered));
    buffered = 0;
  };

  return {
    id,
    get bodyBytes() {
      return bodyBytes;
    },
    writeBody(chunk) {
      step(data, () => {
        if (buffered + chunk.length > BUFFER_BYTES) flush();
        if (chunk.length > BUFFER_BYTES) writeAll(fd, chunk);
        else {
          buffer.set(chunk, buffered);
          buffered += chunk.length;
        }
        bodyBytes += chunk.length;
      });
    },
    bodyFile() {
      step(data, flush);
      return data;
    },
    commit(control, kind = 'qf') {
      let temporaryFd = -1;
      let body: fs.BigIntStats | null = null;
      step(data, flush);
      step(temporary, () => {
        temporaryFd = files.create(temporary);
        made.push(temporary);
        open.push(temporaryFd);
        writeAll(temporaryFd, formatControlFile(control));
      });
      // Not before both are written: the disk then has less to do for the second.
      step(data, () => {
        fs.fsyncSync(fd);
        body = fs.fstatSync(fd, { bigint: true });
      });
      step(temporary, () => {
        fs.fsyncSync(temporaryFd);
        closeAll();
        fs.renameSync(temporary, files.control(kind, id));
        made.push(files.control(kind, id));
        files.sync();
        refuseOtherBody(data, body);
        finish();
      });
    },
    abandon() {
      if (!finished) removeAll();
    },
  };
}

/** The directory may have been moved away, or the body deleted, while we wrote: the control file alone would be no message. */
function refuseOtherBody(file: string, written: fs.BigIntStats | null): void {
  const named = fs.lstatSync(file, { bigint: true, throwIfNoEntry: false });
  if (named !== undefined && named.ino === written?.ino && named.dev === written.dev) return;
  throw new SpoolError('io', file, `${file} was taken away while the message was written. Send the message again.`);
}
