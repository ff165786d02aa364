/**
 * The quarantine reason (q line of an hf file) is where a held message says why, in words that a
 * real sendmail's `mailq -qQ` shows as they are:
 *
 *   failed: 550 5.1.1 User unknown        refused for good; the relay's reply
 *   scheduled: until 2026-11-22T08:00:00Z
 *   held: by hand                         and any other text, whoever wrote it
 */
import { textToBytes } from '../mail/display.js';

export type Hold =
  | { readonly kind: 'failed'; readonly reply: string }
  | { readonly kind: 'scheduled'; readonly until: number }
  | { readonly kind: 'held'; readonly why: string };

export const HELD_BY_HAND = 'held: by hand';
export const HELD_AFTER_PRACTICE = 'held: written while practising';

export function failedReason(reply: string): string {
  // One record, one line.
  return textToBytes(`failed: ${reply.replace(/\s+/g, ' ').trim()}`);
}

export function parseHold(reason: string): Hold {
  if (reason.startsWith('failed: ')) return { kind: 'failed', reply: reason.slice(8) };
  const until = /^scheduled: until (\S+)$/.exec(reason)?.[1];
  if (until !== undefined && !Number.isNaN(Date.parse(until))) return { kind: 'scheduled', until: Date.parse(until) };
  return { kind: 'held', why: reason.replace(/^held: /, '') };
}
