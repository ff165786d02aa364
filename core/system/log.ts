/**
 * The mail log: sendmail's syslog lines with an ISO date in front,
 *
 *   2026-11-20T23:10:50.123Z sendmail[1945]: 6AKNAoWd001945: to=bob@example.net, ... stat=Sent (ok)
 *
 * One append a message, so that shims, runs and agents may share the file. A log that cannot be
 * written never stops mail: the failure is swallowed here and shown by `outtray doctor`.
 */
import fs from 'node:fs';
import path from 'node:path';
import { type Clock, systemClock } from './clock.js';

export interface MailLog {
  /** `id` is a queue id, or null for lines about no message. A line for each text. */
  write(id: string | null, ...texts: readonly string[]): void;
}

export interface MailLogOptions {
  readonly tag?: string;
  readonly pid?: number;
  readonly clock?: Clock;
  /** Told of each write; from there it may be rotated. */
  readonly wrote?: (bytes: number) => void;
  /** Another log of the same lines, without date and tag; asked for at each write. */
  readonly beside?: () => ((text: string) => void) | null;
}

/** Control characters would let one message forge another's line. */
export function printable(text: string): string {
  if (!/[^ -~\u00a0-\uffff]/.test(text)) return text;
  let safe = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) safe += `\\${code.toString(8).padStart(3, '0')}`;
    else safe += character;
  }
  return safe;
}

const NAMED: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** Most lines are; and the pattern below costs more than all the rest of logging one. */
function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code > 0x7e || code === 0x5c) return false;
  }
  return true;
}

/** As sendmail gives it to syslog: whatever byte is no printable ASCII by name or in octal. */
function inSyslog(text: string): string {
  if (isPlain(text)) return text;
  return text.replace(
    /[^ -[\]-~\u0100-\uffff]/g,
    (byte) => NAMED[byte] ?? `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
}

export function openMailLog(file: string, options: MailLogOptions = {}): MailLog {
  const { tag = 'sendmail', pid = process.pid, clock = systemClock, wrote, beside } = options;
  return {
    write(id, ...texts) {
      const date = new Date(clock.now()).toISOString();
      const said = texts.map((text) => `${id === null ? '' : `${id}: `}${inSyslog(text)}`);
      const lines = said.map((text) => `${date} ${tag}[${pid}]: ${text}\n`).join('');
      if (append(file, lines)) wrote?.(lines.length);
      try {
        const other = beside?.() ?? null;
        if (other !== null) for (const text of said) other(text);
      } catch {
        // Nor does the other one stop it.
      }
    },
  };
}

/** No log is better than no mail. */
function append(file: string, lines: string): boolean {
  try {
    fs.appendFileSync(file, lines, { mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return false;
  }
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    fs.appendFileSync(file, lines, { mode: 0o600 });
    return true;
  } catch {
    return false;
  }
}

export const noLog: MailLog = { write: () => {} };
