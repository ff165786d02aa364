/**
 * Words for callers of sendmail, written at once so that an exit loses none of them. A reader that
 * has gone away must not cost a message: then the words are dropped. Text is bytes.
 */
import fs from 'node:fs';
import { reaches } from '../mail/characters.js';
import { errorCode } from '../spool/spool-error.js';

export function writeOut(text: string): void {
  writeAll(1, text);
}

/** The first `length` of these. */
export function writeBytesOut(bytes: Buffer, length: number): void {
  writeBytes(1, bytes, length);
}

export function writeError(text: string): void {
  writeAll(2, text);
}

const RETRY_MS = 10;

function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text, 'latin1');
  writeBytes(fd, bytes, bytes.length);
}

function writeBytes(fd: number, bytes: Buffer, length: number): void {
  let at = 0;
  while (at < length) {
    try {
      at += fs.writeSync(fd, bytes, at, length - at);
    } catch (error) {
      if (errorCode(error) !== 'EAGAIN') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}

let streaming = false;

/** For modes that print through streams: a reader who leaves (`| head`) ends nothing. */
export function tolerateLeavingReaders(): void {
  streaming = true;
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

/** The end of the program: at once, unless there are streams, which may still have words to write. */
export function endWith(status: number): void {
  process.exitCode = status;
  if (!streaming) process.exit();
}

/** Text that came from JavaScript's side of things, such as a path. */
export function asBytes(text: string): string {
  return reaches(text, 0x80) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}
