/**
 * The other side of a conversation on standard input: each piece as it comes, since it waits for an
 * answer. Where it may, the program does nothing but wait, which is the quickest way to be woken; a
 * signal must then be able to end it without our help.
 */
import fs from 'node:fs';
import { CHUNK_BYTES, RETRY_MS, type ReadResult, readChunk, resultOf } from './standard-input.js';

/** A piece is overwritten by the next one. */
export async function* readDialogue(mayBlock: () => boolean, fd = 0): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (;;) {
    const length = mayBlock() ? waitForChunk(fd, buffer) : await readChunk(fd, buffer);
    if (length === 0) return;
    if (length === 'again') await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    else yield buffer.subarray(0, length);
  }
}

function waitForChunk(fd: number, buffer: Buffer): ReadResult {
  try {
    return fs.readSync(fd, buffer, 0, buffer.length, null);
  } catch (error) {
    return resultOf(error as NodeJS.ErrnoException);
  }
}
