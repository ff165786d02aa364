/**
 * dead.letter in the home directory: where sendmail keeps a message some of whose recipients it
 * refused at once, so that what was typed is not lost. An mbox entry, appended; lines of the body
 * that start with `From ` get a `>`. What cannot be written in full leaves nothing. Loaded only
 * when there is something to keep.
 */
import fs from 'node:fs';
import path from 'node:path';
import { formatAscDate } from '../mail/date.js';
import type { ControlFile } from '../spool/control-file.js';
import { returnedHeader, senderInFile } from '../spool/returned-header.js';
import type { Composition } from './compose.js';

const COPY_BYTES = 64 * 1024;
const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = fs.constants;

/** Its name; null when it could not be written. `body` is a descriptor open for reading. */
export function saveDeadLetter(
  home: string,
  control: ControlFile,
  { atMilliseconds, offsetMinutes, hostname }: Pick<Composition, 'atMilliseconds' | 'offsetMinutes' | 'hostname'>,
  body: number,
): string | null {
  const file = path.join(home, 'dead.letter');
  const date = formatAscDate(atMilliseconds, offsetMinutes);
  const head = `From ${senderInFile(control, hostname)} ${date}\n${returnedHeader(control, hostname)}\n`;
  try {
    // A pipe in its place must not stop us, no link of either kind lead us elsewhere, nobody else's file get the mail:
    // HOME may be a place that others write to.
    const fd = fs.openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
    try {
      return append(fd, head, body) ? file : null;
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    return null;
  }
}

function append(fd: number, head: string, body: number): boolean {
  const before = fs.fstatSync(fd);
  const isOurs = before.uid === (process.geteuid?.() ?? before.uid);
  if (!before.isFile() || before.nlink > 1 || !isOurs) return false;
  try {
    fs.writeFileSync(fd, Buffer.from(head, 'latin1'));
    copyQuoted(body, (text) => fs.writeFileSync(fd, Buffer.from(text, 'latin1')));
    return true;
  } catch (error) {
    fs.ftruncateSync(fd, before.size);
    throw error;
  }
}

/** To the end of the entry: a line end, be it the only one of an unfinished last line. */
function copyQuoted(body: number, write: (text: string) => void): void {
  const buffer = Buffer.allocUnsafe(COPY_BYTES);
  let at = 0;
  /** A line end, and what may be the beginning of `From ` after it; the first is that of the header. */
  let held = '\n';
  let first = 1;
  for (let read = fs.readSync(body, buffer, 0, COPY_BYTES, at); read > 0; ) {
    at += read;
    const text = (held + buffer.toString('latin1', 0, read)).replace(/\nFrom /g, '\n>From ');
    held = /\n(?:F(?:r(?:om?)?)?)?$/.exec(text)?.[0] ?? '';
    write(text.slice(first, text.length - held.length));
    if (text.length > held.length) first = 0;
    read = fs.readSync(body, buffer, 0, COPY_BYTES, at);
  }
  write(`${held.slice(first)}\n`);
}
