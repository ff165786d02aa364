/**
 * Standard input in chunks, from a file, pipe, terminal or nothing at all. Read without blocking
 * the program, so that a signal in the middle of a message can still undo it. A pipe that another
 * process has set non-blocking answers EAGAIN; then we look again a little later.
 */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError, ExitStatus } from '../system/exit-status.js';

const CHUNK_BYTES = 64 * 1024;
const RETRY_MS = 10;

/** The chunk is overwritten by the next one. */
export async function* readStandardInput(fd = 0): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (;;) {
    const length = await read(fd, buffer);
    if (length === 'again') await sleep(RETRY_MS);
    else if (length === 0) return;
    else yield buffer.subarray(0, length);
  }
}

function read(fd: number, buffer: Buffer): Promise<number | 'again'> {
  return new Promise((resolve, reject) => {
    fs.read(fd, buffer, 0, buffer.length, null, (error, length) => {
      if (error === null) resolve(length);
      else if (error.code === 'EAGAIN') resolve('again');
      // Windows says EOF where a pipe has ended; a closed standard input is an empty one.
      else if (error.code === 'EOF' || error.code === 'EBADF') resolve(0);
      else reject(new CommandError(ExitStatus.NOINPUT, `cannot read the message: ${error.message}`, { cause: error }));
    });
  });
}
