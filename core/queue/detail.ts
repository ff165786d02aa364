/**
 * One message opened for showing: its header fields decoded, and the text as it would go out, cut
 * at a length a window can hold.
 */
import type { Readable } from 'node:stream';
import { bytesToText, displayHeader } from '../mail/display.js';
import { type MessageDetail, type QueueEntry, RAW_LIMIT } from './entry.js';
import type { JournalRecord } from './journal.js';

/** `wireHeader`: the header section as on the wire; `openData`: the body, null when it is missing. */
export async function readDetail(
  entry: QueueEntry,
  wireHeader: Buffer,
  openData: () => Readable | null,
  attempts: readonly JournalRecord[],
): Promise<MessageDetail> {
  const section = wireHeader.toString('latin1');
  const body = await readAtMost(openData(), RAW_LIMIT + 1);
  const raw = `${section}\r\n${body}`;
  return {
    entry,
    headers: parseFields(section),
    raw: bytesToText(raw.slice(0, RAW_LIMIT)).replace(/\r\n/g, '\n'),
    rawTruncated: raw.length > RAW_LIMIT,
    attempts,
  };
}

function parseFields(section: string): MessageDetail['headers'] {
  return section
    .split(/\r?\n(?![ \t])/)
    .filter((field) => field.includes(':'))
    .map((field) => {
      const colon = field.indexOf(':');
      return { name: field.slice(0, colon), value: displayHeader(field.slice(colon + 1)) };
    });
}

async function readAtMost(stream: Readable | null, limit: number): Promise<string> {
  if (stream === null) return '';
  let text = '';
  for await (const chunk of stream) {
    text += (chunk as Buffer).toString('latin1');
    if (text.length >= limit) break;
  }
  return text.slice(0, limit);
}
