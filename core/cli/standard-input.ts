/**
 * Standard input in chunks, from a file, pipe, terminal or nothing at all. The first chunk is read
 * at once and whole, or up to a line with a single dot, which may be the end though the pipe stays
 * open: most messages end in it, nothing of them is on disk yet, and a signal may end the program
 * there and then. What follows is read without blocking the program, so that a signal can undo
 * what has been stored. A pipe that another process has set non-blocking answers EAGAIN; then we
 * look again a little later.
 */
import fs from 'node:fs';
import { CommandError, ExitStatus } from '../system/exit-status.js';

export const CHUNK_BYTES = 64 * 1024;
export const RETRY_MS = 10;
const [LF, CR, DOT] = [10, 13, 46];

/** One message. The chunk is overwritten by the next one. */
export async function* readStandardInput(fd = 0): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  const first = readFirst(fd, buffer);
  if (first.length > 0) yield buffer.subarray(0, first.length);
  if (!first.ended) yield* readRest(fd, buffer);
}

async function* readRest(fd: number, buffer: Buffer): AsyncGenerator<Uint8Array> {
  for (let ended = false; !ended; ) {
    const length = await readChunk(fd, buffer);
    if (length === 'again') await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    else if (length === 0) ended = true;
    else yield buffer.subarray(0, length);
  }
}

function readFirst(fd: number, buffer: Buffer): { readonly length: number; readonly ended: boolean } {
  let length = 0;
  try {
    while (length < buffer.length) {
      const more = fs.readSync(fd, buffer, length, buffer.length - length, null);
      if (more === 0) return { length, ended: true };
      length += more;
      if (endsInDotLine(buffer, length)) break;
    }
    return { length, ended: false };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EAGAIN') return { length, ended: false };
    if (isEnd(code)) return { length, ended: true };
    throw cannotRead(error as Error);
  }
}

function endsInDotLine(buffer: Buffer, length: number): boolean {
  let at = length - 1;
  if (buffer[at] !== LF) return false;
  at -= buffer[at - 1] === CR ? 2 : 1;
  return buffer[at] === DOT && (at === 0 || buffer[at - 1] === LF);
}

/** So many bytes, 0 at the end; `again`: none yet, and the pipe does not wait. */
export type ReadResult = number | 'again';

export function readChunk(fd: number, buffer: Buffer): Promise<ReadResult> {
  return new Promise((resolve, reject) => {
    fs.read(fd, buffer, 0, buffer.length, null, (error, length) => {
      if (error === null) return resolve(length);
      try {
        resolve(resultOf(error));
      } catch (fault) {
        reject(fault);
      }
    });
  });
}

/** Of a read that failed. */
export function resultOf(error: NodeJS.ErrnoException): ReadResult {
  if (error.code === 'EAGAIN') return 'again';
  if (isEnd(error.code)) return 0;
  throw cannotRead(error);
}

/** Windows says EOF where a pipe has ended; a closed standard input is an empty one. */
function isEnd(code: string | undefined): boolean {
  return code === 'EOF' || code === 'EBADF';
}

function cannotRead(cause: Error): CommandError {
  return new CommandError(ExitStatus.NOINPUT, `cannot read the message: ${cause.message}`, { cause });
}
