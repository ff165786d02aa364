/**
 * A well-formed control file in outline: what choosing and ordering look at, and as much of the header as is left
 * in the text. A quicker way to part of what parseControlFile says; for anything out of the ordinary the
 * answer is null, and that one is to be asked. Pure.
 */
import type { ControlFile, HeaderRecord, RecipientRecord } from './control-file.js';

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

/** `text` is latin1. */
export function outlineControlFile(text: string): Outline | null {
  const recipients: RecipientRecord[] = [];
  const headers: HeaderRecord[] = [];
  let [version, createdAtSeconds, lastAttemptSeconds, attempts, priority] = [-1, -1, 0, 0, 0];
  let sender: string | null = null;
  let quarantineReason: string | undefined;
  let ended = false;
  if (text.includes('\r')) return null;
  for (let start = 0; start < text.length; ) {
    const end = endOfRecord(text, start);
    if (end < 0 || ended) return null;
    switch (text.charAt(start)) {
      case 'V':
        version = numberIn(text, start + 1, end);
        break;
      case 'T':
        createdAtSeconds = numberIn(text, start + 1, end);
        break;
      case 'K':
        lastAttemptSeconds = numberIn(text, start + 1, end);
        break;
      case 'N':
        attempts = numberIn(text, start + 1, end);
        break;
      case 'P':
        priority = numberIn(text, start + 1, end);
        break;
      case 'S':
        sender = text.slice(start + 1, end);
        break;
      case 'q':
        quarantineReason = text.slice(start + 1, end);
        break;
      case 'R': {
        const colon = text.indexOf(':', start);
        if (colon < 0 || colon >= end) return null;
        recipients.push({ flags: text.slice(start + 1, colon), address: text.slice(colon + 1, end) });
        break;
      }
      case 'H': {
        const match = HEADER.exec(text.slice(start + 1, end));
        if (match === null) return null;
        headers.push({ condition: match[1] ?? '', name: match[2] ?? '', value: match[3] ?? '' });
        break;
      }
      case '.':
        ended = true;
        break;
      default:
        return null;
    }
    start = end + 1;
  }
  if (!ended || version < 1 || version > NEWEST_VERSION || sender === null || recipients.length === 0) return null;
  if (createdAtSeconds < 0 || lastAttemptSeconds < 0 || attempts < 0 || priority < 0) return null;
  return {
    createdAtSeconds,
    lastAttemptSeconds,
    attempts,
    priority,
    sender,
    recipients,
    headers,
    ...(quarantineReason === undefined ? {} : { quarantineReason }),
  };
}

const HEADER = /^(?:\?([^?]*)\?)?([^:\n]+):([\s\S]*)$/;

/** Of its last line's LF; -1 where there is none. */
function endOfRecord(text: string, start: number): number {
  let end = text.indexOf('\n', start);
  while (end >= 0 && (text[end + 1] === ' ' || text[end + 1] === '\t')) end = text.indexOf('\n', end + 1);
  return end;
}

/** Up to twelve digits; -1 for anything else. */
function numberIn(text: string, start: number, end: number): number {
  if (end === start || end - start > 12) return -1;
  let number = 0;
  for (let at = start; at < end; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}
