/**
 * How much the journal keeps: of one attempt a line of 8 kB (its transcript goes first, then recipients,
 * those that were sent to before the others), of a message the first 5 and the last 45 attempts, where
 * the same trouble again and again counts as one. Pure.
 */
import type { JournalRecipient, JournalRecord } from './journal.js';

const RECORD_BYTES = 8_000;
const FIRST_KEPT = 5;
const LAST_KEPT = 45;
/** Before anything is measured: of a message to thousands, in characters and pieces. */
const MOST_RECIPIENTS = 100;
const MOST_LINES = 200;
const LONGEST_TEXT = 1000;
const LONGEST_REPLY = 300;

/** The record as one line of JSON within its bounds. */
export function formatRecord(record: JournalRecord): string {
  const bounded = boundRecord(record);
  const { transcript, ...rest } = bounded;
  const text = JSON.stringify(bounded);
  if (bytesOf(text) <= RECORD_BYTES) return text;
  const room = RECORD_BYTES - bytesOf(JSON.stringify(rest)) - ',"transcript":[]'.length;
  const lines = lastWithin(transcript ?? [], room);
  if (lines.length > 0) return JSON.stringify({ ...rest, transcript: lines });
  return JSON.stringify(withinBytes(rest));
}

function boundRecord(record: JournalRecord): JournalRecord {
  const { relay, host, reply, problem, transcript, recipients, moreRecipients = 0 } = record;
  const kept = bySignificance(recipients).slice(0, MOST_RECIPIENTS);
  const more = moreRecipients + recipients.length - kept.length;
  return {
    ...record,
    relay: cut(relay, LONGEST_TEXT),
    host: cut(host, LONGEST_TEXT),
    ...(reply === undefined ? {} : { reply: cut(reply, LONGEST_TEXT) }),
    ...(problem === undefined ? {} : { problem: cut(problem, LONGEST_TEXT) }),
    recipients: kept.map((one) => ({
      ...one,
      address: cut(one.address, LONGEST_REPLY),
      reply: cut(one.reply, LONGEST_REPLY),
      status: cut(one.status, LONGEST_REPLY),
    })),
    ...(more === 0 ? {} : { moreRecipients: more }),
    ...(transcript === undefined
      ? {}
      : { transcript: transcript.slice(-MOST_LINES).map((line) => cut(line, LONGEST_TEXT)) }),
  };
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}...` : text;
}

function bySignificance(recipients: readonly JournalRecipient[]): readonly JournalRecipient[] {
  if (recipients.length <= MOST_RECIPIENTS) return recipients;
  const isSent = ({ outcome }: JournalRecipient): boolean => outcome === 'sent';
  return [...recipients.filter((one) => !isSent(one)), ...recipients.filter(isSent)];
}

/** The end of a session says how it ended. */
function lastWithin(lines: readonly string[], bytes: number): readonly string[] {
  let left = bytes;
  let from = lines.length;
  while (from > 0) {
    left -= bytesOf(JSON.stringify(lines[from - 1])) + 1;
    if (left < 0) break;
    from -= 1;
  }
  return lines.slice(from);
}

/** Fewer recipients, until it fits. */
function withinBytes(record: JournalRecord): JournalRecord {
  const kept = [...record.recipients];
  let more = record.moreRecipients ?? 0;
  const bounded = (): JournalRecord => ({
    ...record,
    recipients: kept,
    ...(more === 0 ? {} : { moreRecipients: more }),
  });
  let bytes = bytesOf(JSON.stringify(bounded()));
  while (bytes > RECORD_BYTES - ',"moreRecipients":1000000'.length && kept.length > 0) {
    const sent = kept.findLastIndex(({ outcome }) => outcome === 'sent');
    const [gone] = kept.splice(sent < 0 ? kept.length - 1 : sent, 1);
    bytes -= bytesOf(JSON.stringify(gone)) + 1;
    more += 1;
  }
  return bounded();
}

/** As people are shown them: the same trouble in a row is one record, and the middle of many is left out. */
export function boundRecords(records: readonly JournalRecord[]): JournalRecord[] {
  const collapsed: JournalRecord[] = [];
  for (const record of records) {
    const last = collapsed.at(-1);
    if (last === undefined || !isSameTrouble(last, record)) collapsed.push(record);
    else collapsed[collapsed.length - 1] = { ...record, at: last.at, times: timesOf(last) + timesOf(record) };
  }
  if (collapsed.length <= FIRST_KEPT + LAST_KEPT) return collapsed;
  return [...collapsed.slice(0, FIRST_KEPT), ...collapsed.slice(-LAST_KEPT)];
}

function timesOf({ times = 1 }: JournalRecord): number {
  return times;
}

function isSameTrouble(a: JournalRecord, b: JournalRecord): boolean {
  if (a.problem === undefined || a.problem !== b.problem) return false;
  const what = ({ relay, host, phase, reply, recipients, moreRecipients }: JournalRecord): string =>
    JSON.stringify([relay, host, phase, reply, recipients, moreRecipients]);
  return what(a) === what(b);
}

/** Lines of JSON for these within so many bytes: old transcripts go first, then what is in the middle. */
export function formatWithin(records: readonly JournalRecord[], bytes: number): string[] {
  const bounded = boundRecords(records);
  const lines = bounded.map(formatRecord);
  let size = lines.reduce((sum, line) => sum + bytesOf(line) + 1, 0);
  for (const [index, { transcript, ...rest }] of bounded.entries()) {
    if (size <= bytes) return lines;
    if (transcript === undefined) continue;
    const shorter = formatRecord(rest);
    size -= bytesOf(lines[index] ?? '') - bytesOf(shorter);
    lines[index] = shorter;
  }
  while (size > bytes && lines.length > 2) {
    const [gone = ''] = lines.splice(Math.min(FIRST_KEPT, lines.length - 2), 1);
    size -= bytesOf(gone) + 1;
  }
  return lines;
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}
