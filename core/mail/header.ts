/**
 * The header section as a program wrote it (RFC 5322 §2.2): which lines are fields, names and
 * values, and what sendmail knows about certain names. Folds stay in the value as LF. Lenient
 * as sendmail is: blanks before the colon are allowed and dropped. Strings hold one byte a
 * character. Pure.
 */
import { leading } from './characters.js';

export interface Field {
  readonly name: string;
  /** All after the colon, leading blank and folds included. */
  readonly value: string;
}

const BLANKS = ' \t\r\v\f';
const COLON = 0x3a;

function isNameCharacter(code: number): boolean {
  return code > 0x20 && code < 0x7f && code !== COLON;
}

/** A first line of a field; a line that is none ends the header section and belongs to the body. */
export function isFieldLine(line: string): boolean {
  if (line.startsWith('--')) return false;
  let at = 0;
  while (isNameCharacter(line.charCodeAt(at))) at += 1;
  if (at === 0) return false;
  while (at < line.length && BLANKS.includes(line.charAt(at))) at += 1;
  return line.charAt(at) === ':';
}

export function parseField(text: string): Field {
  const colon = text.indexOf(':');
  return { name: text.slice(0, colon).trimEnd(), value: text.slice(colon + 1) };
}

const ENDINGS = new Set(['message', 'text']);

/** These make sendmail take everything that follows for the body. */
export function endsHeader(name: string): boolean {
  return name.length > 100 || ENDINGS.has(name.toLowerCase());
}

const RECIPIENT = new Set(['to', 'cc', 'bcc', 'apparently-to', 'resent-to', 'resent-cc', 'resent-bcc']);
const ORIGINATOR = new Set([
  'from',
  'sender',
  'reply-to',
  'errors-to',
  'disposition-notification-to',
  'resent-from',
  'resent-sender',
  'resent-reply-to',
]);
const RESENT_MARKS = new Set(
  ['date', 'message-id', 'from', 'sender', 'reply-to', 'to', 'cc', 'bcc'].map((name) => `resent-${name}`),
);
const VISIBLE = new Set(['to', 'cc', 'apparently-to']);
const TRACE = new Set(['received', 'x400-received', 'via', 'mail-from']);
/** Over header fields and the body as they leave (RFC 6376, RFC 4870, RFC 8617). */
const BODY_SIGNATURES = new Set(['dkim-signature', 'domainkey-signature', 'arc-message-signature']);

export function isBodySignature(name: string): boolean {
  return BODY_SIGNATURES.has(name.toLowerCase());
}

export function isRecipientField(name: string): boolean {
  return RECIPIENT.has(name.toLowerCase());
}

export function isOriginatorField(name: string): boolean {
  return ORIGINATOR.has(name.toLowerCase());
}

/** One line of the way a message has come: what loops are recognized by. */
export function isTraceField(name: string): boolean {
  return TRACE.has(name.toLowerCase());
}

/** A field that makes the message a resent one (RFC 5322 §3.6.6). */
export function isResentMark(name: string): boolean {
  return RESENT_MARKS.has(name.toLowerCase());
}

/** With one of these in the header, dropping Bcc when sending leaves a recipient field. */
export function isVisibleRecipientField(name: string): boolean {
  return VISIBLE.has(name.toLowerCase());
}

/** Value of the first field of that name without leading blanks. */
export function fieldValue(fields: readonly Field[], name: string): string | undefined {
  for (const field of fields)
    if (field.name.toLowerCase() === name) return field.value.slice(leading(field.value, ' \t\n'));
  return undefined;
}

const PRECEDENCE = new Map([
  ['first-class', 0],
  ['special-delivery', 100],
  ['list', -30],
  ['bulk', -60],
  ['junk', -100],
]);

/** The message's class by its Precedence field: positive is urgent, negative gets no bodies returned. */
export function precedenceClass(fields: readonly Field[]): number {
  return PRECEDENCE.get((fieldValue(fields, 'precedence') ?? '').toLowerCase()) ?? 0;
}
