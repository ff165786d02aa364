/**
 * dead.letter in the home directory: where sendmail keeps a message some of whose recipients it
 * refused at once, so that what was typed is not lost. An mbox entry, appended; lines of the body
 * that start with `From ` get a `>`. A copy that cannot be written is not worth the message:
 * then there is none, and nobody is told that there is.
 */
import fs from 'node:fs';
import path from 'node:path';
import { formatAscDate } from '../mail/date.js';
import type { ControlFile } from '../spool/control-file.js';
import { unescapeHeaderBytes } from '../spool/header-bytes.js';
import type { Composition } from './compose.js';

export interface DeadLetter {
  /** What to say after it was saved. */
  readonly notice: string;
  write(chunk: Uint8Array): void;
  /** False when it was not saved. */
  save(control: ControlFile, at: Pick<Composition, 'atMilliseconds' | 'offsetMinutes'>): boolean;
}

/** A body is kept in memory up to this size, and is not saved beyond it. */
const MAX_BYTES = 8 * 1024 * 1024;

export function createDeadLetter(home: string): DeadLetter {
  const file = path.join(home, 'dead.letter');
  const chunks: Buffer[] = [];
  let bytes = 0;
  return {
    notice: `${file}... Saved message in ${file}\n`,
    write(chunk) {
      bytes += chunk.length;
      if (bytes <= MAX_BYTES) chunks.push(Buffer.from(chunk));
    },
    save(control, at) {
      if (bytes > MAX_BYTES) return false;
      const body = Buffer.concat(chunks)
        .toString('latin1')
        .replace(/^From /gm, '>From ');
      const end = body === '' || body.endsWith('\n') ? '\n' : '\n\n';
      try {
        fs.appendFileSync(file, Buffer.from(headOf(control, at) + body + end, 'latin1'), { mode: 0o600 });
        return true;
      } catch {
        return false;
      }
    },
  };
}

function headOf(
  control: ControlFile,
  { atMilliseconds, offsetMinutes }: Pick<Composition, 'atMilliseconds' | 'offsetMinutes'>,
): string {
  const fields = control.headers
    .filter(({ condition }) => condition !== 'x')
    .map(({ name, value }) => `${name}:${unescapeHeaderBytes(value, () => control.sender)}\n`);
  return `From ${control.sender} ${formatAscDate(atMilliseconds, offsetMinutes)}\n${fields.join('')}\n`;
}
