/**
 * The quarantine reason (q line of an hf file) is where a held message says why, in words that a
 * real sendmail's `mailq -qQ` shows as they are:
 *
 *   failed: 550 5.1.1 User unknown        refused for good; the relay's reply
 *   gave up after 5 days: Deferred: Connection refused by [127.0.0.1]
 *   scheduled: until 2026-11-22T08:00:00Z
 *   asked: waiting since 2026-11-01       too old to be sent without a word from a person
 *   edited: 6AL2XyZd001950 takes its place   a cut came between queueing that one and removing this
 *   held: by hand                         and any other text, whoever wrote it
 */
import { textToBytes } from '../mail/display.js';

export type Hold =
  | { readonly kind: 'failed'; readonly reply: string }
  | { readonly kind: 'given-up'; readonly after: string; readonly last: string }
  | { readonly kind: 'scheduled'; readonly until: number }
  | { readonly kind: 'asked'; readonly since: string }
  | { readonly kind: 'replaced'; readonly by: string }
  | { readonly kind: 'held'; readonly why: string };

export const HELD_BY_HAND = 'held: by hand';
export const HELD_CANCELLED = 'held: stopped while it was being sent';
export const HELD_IN_EDIT = 'held: being edited';
export const HELD_AFTER_PRACTICE = 'held: written while practising';

/** Old mail that nobody asked for: a person decides. */
export function askedReason(sinceSeconds: number): string {
  return `asked: waiting since ${new Date(sinceSeconds * 1000).toISOString().slice(0, 10)}`;
}

/** Of an edited message; the other one may or may not have come into the queue. */
export function replacedReason(by: string): string {
  return `edited: ${by} takes its place`;
}

export function failedReason(reply: string): string {
  // One record, one line.
  return textToBytes(`failed: ${reply.replace(/\s+/g, ' ').trim()}`);
}

/** `last` is a status line of the queue, one character a byte. */
export function givenUpReason(after: string, last: string): string {
  return `gave up after ${after}: ${last}`;
}

export function parseHold(reason: string): Hold {
  if (reason.startsWith('failed: ')) return { kind: 'failed', reply: reason.slice(8) };
  const givenUp = /^gave up after ([^:]+): ([\s\S]*)$/.exec(reason);
  if (givenUp !== null) return { kind: 'given-up', after: givenUp[1] ?? '', last: givenUp[2] ?? '' };
  const until = /^scheduled: until (\S+)$/.exec(reason)?.[1];
  if (until !== undefined && !Number.isNaN(Date.parse(until))) return { kind: 'scheduled', until: Date.parse(until) };
  const since = /^asked: waiting since (\S+)$/.exec(reason)?.[1];
  if (since !== undefined) return { kind: 'asked', since };
  const by = /^edited: (\S+) takes its place$/.exec(reason)?.[1];
  if (by !== undefined) return { kind: 'replaced', by };
  return { kind: 'held', why: reason.replace(/^held: /, '') };
}
