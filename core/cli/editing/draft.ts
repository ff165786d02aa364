/**
 * The file that the editor opens: `edit/ID.eml` in the state directory, the directory 0700 and the file 0600. What a
 * person wrote is not lost because an address in it is bad: then it stays, and the next edit of this message
 * goes on with it. The lock on the message is the file's, too. In pieces, so a message may be of any size.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { ClaimedJob, Spool } from '../../spool/spool.js';
import { CommandError, ExitStatus } from '../../system/exit-status.js';
import { formatForm } from './edit-form.js';

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
const PIECE_BYTES = 64 * 1024;
/** As of a control file, which is where it came from. */
const MOST_HEADER_BYTES = 16 * 1024 * 1024;
const MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const LF = 10;
const CR = 13;

export interface Draft {
  readonly file: string;
  /** It was there from an edit that did not come to its end. */
  readonly resumed: boolean;
  /** Or no plain file any more. */
  isGone(): boolean;
  /** The person changed nothing, or an editor added but the last line end. */
  isUntouched(): boolean;
  /** Nothing, or blanks. */
  isEmpty(): boolean;
  read(): EditedText;
  /** With what editors leave beside it. */
  discard(): void;
}

export interface EditedText {
  /** Before the empty line; lines end in LF, one character a byte. */
  readonly header: string;
  /** Each piece lasts until `take` returns. */
  readBody(take: (chunk: Uint8Array) => void): void;
}

export function openDraft(stateDirectory: string, spool: Spool, job: ClaimedJob): Draft {
  const directory = path.join(stateDirectory, 'edit');
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  forgetOthers(directory, spool);
  const file = path.join(directory, `${job.id}.eml`);
  const isThere = (): boolean => fs.lstatSync(file, { throwIfNoEntry: false })?.isFile() === true;
  const resumed = isThere();
  const before = writeMessage(job, resumed ? null : file);
  return {
    file,
    resumed,
    isGone: () => !isThere(),
    isUntouched: () => before.includes(digestOf(file)),
    isEmpty: () => isBlank(file),
    read: () => readText(file),
    discard() {
      for (const name of fs.readdirSync(directory))
        if (name.includes(`${job.id}.eml`)) fs.rmSync(path.join(directory, name), { recursive: true, force: true });
    },
  };
}

/** What is left of messages that are gone. */
function forgetOthers(directory: string, spool: Spool): void {
  for (const name of fs.readdirSync(directory))
    if (!spool.holds(name.replace(/\.eml$/, '')))
      fs.rmSync(path.join(directory, name), { recursive: true, force: true });
}

/** Digests of the text as it is, and with a line end behind it. A null file: only they are wanted. */
function writeMessage(job: ClaimedJob, file: string | null): string[] {
  const hash = createHash('sha256');
  const fd = file === null ? null : fs.openSync(file, 'wx', 0o600);
  let last = LF;
  const put = (chunk: Uint8Array): void => {
    hash.update(chunk);
    last = chunk.at(-1) ?? last;
    for (let at = 0; fd !== null && at < chunk.length; ) at += fs.writeSync(fd, chunk, at);
  };
  try {
    put(Buffer.from(formatForm(job.control), 'latin1'));
    job.readData((chunk) => {
      put(chunk);
      return true;
    });
  } catch (error) {
    if (file !== null) fs.rmSync(file, { force: true });
    throw error;
  } finally {
    if (fd !== null) fs.closeSync(fd);
  }
  const ended = hash.copy().update('\n').digest('hex');
  return [hash.digest('hex'), ...(last === LF ? [] : [ended])];
}

function digestOf(file: string): string {
  const hash = createHash('sha256');
  for (const chunk of pieces(file, 0)) hash.update(chunk);
  return hash.digest('hex');
}

function isBlank(file: string): boolean {
  for (const chunk of pieces(file, 0)) if (/\S/.test(chunk.toString('latin1'))) return false;
  return true;
}

function readText(file: string): EditedText {
  let start = Buffer.alloc(0);
  let end: { readonly header: number; readonly body: number } | null = null;
  for (const chunk of pieces(file, 0)) {
    start = Buffer.concat([start, chunk]);
    end = endOfHeader(start);
    if (end !== null) break;
    if (start.length > MOST_HEADER_BYTES)
      throw new CommandError(ExitStatus.DATAERR, 'there is no empty line between the header and the body');
  }
  const mark = start.subarray(0, 3).equals(MARK) ? MARK.length : 0;
  end ??= endOfHeader(start) ?? { header: start.length, body: start.length };
  const written = start.toString('latin1', mark, end.header);
  // An editor of another system.
  const crlf = /^[^\n]*\r(?:\n|$)/.test(written);
  const body = end.body;
  return {
    header: crlf ? written.replace(/\r(?=\n|$)/g, '') : written,
    readBody(take) {
      const plain = crlf ? createLineEndFilter(take) : null;
      for (const chunk of pieces(file, body)) (plain?.take ?? take)(chunk);
      plain?.finish();
    },
  };
}

function endOfHeader(bytes: Buffer): { readonly header: number; readonly body: number } | null {
  const first = bytes.subarray(0, 3).equals(MARK) ? MARK.length : 0;
  if (bytes[first] === LF) return { header: first, body: first + 1 };
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return { header: at, body: at + 2 };
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return { header: at, body: at + 3 };
  }
  return null;
}

/** CR LF becomes LF. */
function createLineEndFilter(take: (chunk: Uint8Array) => void) {
  let held = false;
  return {
    take(chunk: Uint8Array) {
      const text = `${held ? '\r' : ''}${Buffer.from(chunk).toString('latin1')}`;
      held = text.endsWith('\r');
      take(Buffer.from((held ? text.slice(0, -1) : text).replaceAll('\r\n', '\n'), 'latin1'));
    },
    finish() {
      if (held) take(Buffer.from('\r'));
    },
  };
}

/** Each lasts until the next. */
function* pieces(file: string, from: number): Generator<Buffer> {
  const fd = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const buffer = Buffer.allocUnsafe(PIECE_BYTES);
    let at = from;
    for (let read = fs.readSync(fd, buffer, 0, PIECE_BYTES, at); read > 0; ) {
      yield buffer.subarray(0, read);
      at += read;
      read = fs.readSync(fd, buffer, 0, PIECE_BYTES, at);
    }
  } finally {
    fs.closeSync(fd);
  }
}
