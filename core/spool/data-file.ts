/**
 * The body of a job, opened so that nothing else can come out of it: whoever shares the directory may put
 * a link, a FIFO or a device under any name at any moment. In such a directory a second name is not
 * trusted either: it may be a file of ours from elsewhere, which its maker could not read himself.
 */
import fs from 'node:fs';
import type { Readable } from 'node:stream';
import { SpoolError } from './spool-error.js';
import type { SpoolFiles } from './spool-files.js';

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
const COPY_BYTES = 64 * 1024;

/** Why this is no body, in words; null: it is one. */
export function distrustData(stat: fs.Stats | fs.BigIntStats, shared: boolean): string | null {
  if (!stat.isFile()) return 'the data file is not a regular file';
  if (shared && stat.nlink > 1) return 'bogus data file: it has a second name (hard link)';
  return null;
}

/** Throws as fs does, and SpoolError for what is no body. */
export function openDataFile(files: SpoolFiles, id: string): Readable {
  return fs.createReadStream('', { fd: openPlain(files, id), autoClose: true });
}

export function copyData(files: SpoolFiles, id: string, write: (chunk: Uint8Array) => void): void {
  readData(files, id, (chunk) => {
    write(chunk);
    return true;
  });
}

/** In pieces, each of which lasts until `take` returns; false: it has seen enough. */
export function readData(files: SpoolFiles, id: string, take: (chunk: Uint8Array) => boolean): void {
  const fd = openPlain(files, id);
  try {
    const buffer = Buffer.allocUnsafe(COPY_BYTES);
    let more = true;
    for (let read = -1; more && read !== 0; ) {
      read = fs.readSync(fd, buffer);
      if (read > 0) more = take(buffer.subarray(0, read));
    }
  } finally {
    fs.closeSync(fd);
  }
}

function openPlain(files: SpoolFiles, id: string): number {
  const file = files.data(id);
  const fd = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const why = distrustData(fs.fstatSync(fd), files.shared);
  if (why === null) return fd;
  fs.closeSync(fd);
  throw new SpoolError('io', file, `cannot read ${file}: ${why}`);
}
