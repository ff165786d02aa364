/**
 * A well-formed control file in outline: what choosing and ordering look at, and those header fields that
 * are asked for, out of its bytes and without a look at its other records. A quicker way to part of what
 * parseControlFile says; for anything out of the ordinary the answer is null, and that one is to be asked. Pure.
 */
import type { ControlFile, HeaderRecord, RecipientRecord } from './control-file.js';
import { compileLightly } from './light-code.js';

export type Outline = Pick<
  ControlFile,
  | 'createdAtSeconds'
  | 'lastAttemptSeconds'
  | 'attempts'
  | 'priority'
  | 'sender'
  | 'recipients'
  | 'quarantineReason'
  | 'headers'
>;

const NEWEST_VERSION = 8;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;
const QUESTION = 0x3f;
const SMALL = 0x20;
const [V, T, K, N, P, S, q, R, H, END] = [0x56, 0x54, 0x4b, 0x4e, 0x50, 0x53, 0x71, 0x52, 0x48, 0x2e];
/** Records that neither choice nor order of a run looks at. */
const UNUSED: readonly boolean[] = Array.from({ length: 256 }, (_, byte) =>
  'BCMFIZAQrDEL$!'.includes(String.fromCharCode(byte)),
);

/** Of the header only `fields` (small letters). */
export type Outliner = (bytes: Buffer, length: number) => Outline | null;

export function createOutliner(fields: ReadonlySet<string>): Outliner {
  const begins = new Set([...fields].map((field) => field.charCodeAt(0)));

  const outline: Outliner = (bytes, length) => {
    const recipients: RecipientRecord[] = [];
    const headers: HeaderRecord[] = [];
    let [version, createdAtSeconds, lastAttemptSeconds, attempts, priority] = [-1, -1, 0, 0, 0];
    let sender: string | null = null;
    let quarantineReason: string | undefined;
    let ended = false;
    for (let start = 0; start < length; ) {
      const end = endOfRecord(bytes, start, length);
      const letter = bytes[start] ?? LF;
      if (end < 0 || ended) return null;
      switch (letter) {
        case V:
          version = numberIn(bytes, start + 1, end);
          break;
        case T:
          createdAtSeconds = numberIn(bytes, start + 1, end);
          break;
        case K:
          lastAttemptSeconds = numberIn(bytes, start + 1, end);
          break;
        case N:
          attempts = numberIn(bytes, start + 1, end);
          break;
        case P:
          priority = numberIn(bytes, start + 1, end);
          break;
        case S:
          sender = bytes.toString('latin1', start + 1, end);
          if (sender.includes('\r')) return null;
          break;
        case q:
          quarantineReason = bytes.toString('latin1', start + 1, end);
          if (quarantineReason.includes('\r')) return null;
          break;
        case R: {
          const text = bytes.toString('latin1', start + 1, end);
          const colon = text.indexOf(':');
          if (colon < 0 || text.includes('\r')) return null;
          recipients.push({ flags: text.slice(0, colon), address: text.slice(colon + 1) });
          break;
        }
        case H: {
          if (!begins.has((bytes[startOfName(bytes, start, end)] ?? LF) | SMALL)) break;
          const text = bytes.toString('latin1', start + 1, end);
          const match = HEADER.exec(text);
          if (match === null || text.includes('\r')) return null;
          const [, condition = '', name = '', value = ''] = match;
          if (fields.has(name.toLowerCase())) headers.push({ condition, name, value });
          break;
        }
        case END:
          ended = true;
          break;
        default:
          if (UNUSED[letter] !== true || bytes[end - 1] === CR) return null;
      }
      start = end + 1;
    }
    if (!ended || version < 1 || version > NEWEST_VERSION || sender === null || recipients.length === 0) return null;
    if (createdAtSeconds < 0 || lastAttemptSeconds < 0 || attempts < 0 || priority < 0) return null;
    const essentials = { createdAtSeconds, lastAttemptSeconds, attempts, priority, sender, recipients, headers };
    return quarantineReason === undefined ? essentials : { ...essentials, quarantineReason };
  };

  compileLightly(outline, endOfRecord, numberIn, startOfName);
  return outline;
}

const HEADER = /^(?:\?([^?]*)\?)?([^:\n]+):([\s\S]*)$/;

/** Of its last line's LF; -1 where there is none. */
function endOfRecord(bytes: Buffer, start: number, length: number): number {
  for (let from = start; ; ) {
    const end = bytes.indexOf(LF, from);
    if (end < 0 || end >= length) return -1;
    const next = bytes[end + 1];
    if (end + 1 >= length || (next !== SPACE && next !== TAB)) return end;
    from = end + 1;
  }
}

/** Behind the condition of `H?F?From: Alice`. */
function startOfName(bytes: Buffer, start: number, end: number): number {
  if (bytes[start + 1] !== QUESTION) return start + 1;
  let at = start + 2;
  while (at < end && bytes[at] !== QUESTION && bytes[at] !== COLON) at += 1;
  return at + 1;
}

/** Up to twelve digits; -1 for anything else. */
function numberIn(bytes: Buffer, start: number, end: number): number {
  if (end === start || end - start > 12) return -1;
  let number = 0;
  for (let at = start; at < end; at += 1) {
    const digit = (bytes[at] ?? LF) - 48;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}
