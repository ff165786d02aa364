/**
 * The journal of attempts: for people who ask what became of a message, when, and in whose words. It is a help
 * and no promise: nothing is decided by it, it is not synced, and it is bounded (journal-bounds.ts). A message's
 * records are JSON lines; a line that is torn or not understood is passed over. What a relay said stands in
 * them verbatim, so who shows it takes care. Pure; the files are journal-store.ts.
 */
import type { QueueId } from './entry.js';

/** Where it was decided. */
export const PHASES = ['connect', 'tls', 'greeting', 'ehlo', 'auth', 'mail', 'rcpt', 'data', 'message'] as const;
export type JournalPhase = (typeof PHASES)[number];

const OUTCOMES = ['sent', 'deferred', 'failed', 'uncertain'] as const;

export interface JournalRecipient {
  readonly address: string;
  readonly outcome: (typeof OUTCOMES)[number];
  readonly reply: string;
  /** RFC 3463. */
  readonly status: string;
}

/** One attempt. Instants are milliseconds since the epoch. */
export interface JournalRecord {
  /** When it began; of several that came to the same, the first. */
  readonly at: number;
  /** Of several the last. */
  readonly endedAt: number;
  /** So many attempts one after another came to the same; 1 when absent. */
  readonly times?: number;
  /** Its name in the settings. */
  readonly relay: string;
  /** As configured. */
  readonly host: string;
  /** The address that we connected to. */
  readonly address: string | null;
  readonly phase: JournalPhase;
  /** The relay's own words verbatim, where it spoke. */
  readonly reply?: string;
  /** Our words for a relay that could not be used. */
  readonly problem?: string;
  /** Of the message handed over, 0 when none. */
  readonly bytes: number;
  /** `TLSv1.3`; null: plain. */
  readonly tls: string | null;
  readonly recipients: readonly JournalRecipient[];
  /** So many recipients are left out here. */
  readonly moreRecipients?: number;
  /** Lines of the session about this attempt; the first ones may be left out. */
  readonly transcript?: readonly string[];
}

/** Nothing here throws, whatever the disk does. Who appends to or concludes a message has claimed it. */
export interface Journal {
  /** An attempt after which the message stays in the queue. */
  append(id: QueueId, record: JournalRecord): void;
  /** The attempt by which it left the queue: it is remembered among those that left lately. */
  conclude(id: QueueId, record: JournalRecord): void;
  /** It left the queue otherwise: nothing of it is kept but what was concluded. */
  forget(id: QueueId): void;
  /** Of a message that is queued or left lately, oldest first; equal troubles in a row are one. */
  read(id: QueueId): JournalRecord[];
  /** Those that are not queued any more, and nobody concluded, go among those that left lately. */
  sweep(isQueued: (id: QueueId) => boolean): void;
}

export function parseRecords(text: string): JournalRecord[] {
  return text.split('\n').flatMap((line) => {
    const record = line === '' ? null : parseRecord(parseJson(line));
    return record === null ? [] : [record];
  });
}

/** Of one message out of the lines of many, `{"id":...,"record":...}`. */
export function parseRecordsOf(id: QueueId, text: string): JournalRecord[] {
  const head = lineHead(id);
  return text.split('\n').flatMap((line) => {
    const value = line.startsWith(head) ? parseJson(line) : null;
    const record = isObject(value) && value['id'] === id ? parseRecord(value['record']) : null;
    return record === null ? [] : [record];
  });
}

export function lineOf(id: QueueId, record: string): string {
  return `${lineHead(id)}"record":${record}}`;
}

function lineHead(id: QueueId): string {
  return `{"id":${JSON.stringify(id)},`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Only what is known of it; null when it is no record. */
function parseRecord(value: unknown): JournalRecord | null {
  if (!isObject(value)) return null;
  const { at, endedAt, times, relay, host, address, phase, reply, problem, bytes, tls, transcript } = value;
  const { recipients, moreRecipients } = value;
  if (!isInstant(at) || !isInstant(endedAt) || !isCount(bytes)) return null;
  if (typeof relay !== 'string' || typeof host !== 'string') return null;
  if (!isTextOrNull(address) || !isTextOrNull(tls) || !isOneOf(PHASES, phase)) return null;
  if (!isOptional(isText, reply) || !isOptional(isText, problem)) return null;
  if (!isOptional(isCount, times) || !isOptional(isCount, moreRecipients)) return null;
  if (!isListOf(isRecipient, recipients) || !isOptional(isTexts, transcript)) return null;
  return {
    at,
    endedAt,
    ...(times === undefined ? {} : { times }),
    relay,
    host,
    address,
    phase,
    ...(reply === undefined ? {} : { reply }),
    ...(problem === undefined ? {} : { problem }),
    bytes,
    tls,
    recipients: recipients.map(({ address, outcome, reply, status }) => ({ address, outcome, reply, status })),
    ...(moreRecipients === undefined ? {} : { moreRecipients }),
    ...(transcript === undefined ? {} : { transcript }),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** What a Date can hold. */
function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= 8.64e15;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || isText(value);
}

function isTexts(value: unknown): value is string[] {
  return isListOf(isText, value);
}

function isRecipient(value: unknown): value is JournalRecipient {
  if (!isObject(value)) return false;
  const { address, outcome, reply, status } = value;
  return [address, reply, status].every(isText) && isOneOf(OUTCOMES, outcome);
}

function isOneOf<Choice>(choices: readonly Choice[], value: unknown): value is Choice {
  return choices.some((choice) => choice === value);
}

function isListOf<Item>(is: (item: unknown) => item is Item, value: unknown): value is Item[] {
  return Array.isArray(value) && value.every(is);
}

function isOptional<Value>(is: (value: unknown) => value is Value, value: unknown): value is Value | undefined {
  return value === undefined || is(value);
}
