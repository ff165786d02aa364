/**
 * One queued message as people see it: what mailq, `outtray queue`, the tray and the Outbox show.
 * Pure values that survive JSON and structured clone; instants are milliseconds since the epoch.
 */

import type { JournalRecord } from './journal.js';

/** The name of a job in the spool: sendmail's 14 characters or whatever follows `qf`. */
export type QueueId = string;

/**
 * waiting: not tried yet. sending: claimed by a run. will-retry: tried, temporary failure.
 * held: set aside by a person or because no relay serves it. scheduled: held until an instant.
 * failed: refused for good, kept. maybe-sent: the final dot went out and no reply came back.
 * lost: damaged or not understood, bytes kept (Qf).
 */
export const QUEUE_STATES = [
  'waiting',
  'sending',
  'will-retry',
  'held',
  'scheduled',
  'failed',
  'maybe-sent',
  'lost',
] as const;
export type QueueState = (typeof QUEUE_STATES)[number];

export interface EntryRecipient {
  /** Address as in the envelope, without brackets or comments. */
  readonly address: string;
  /** What happened last for this recipient, the relay's own words where there are any. */
  readonly status?: string;
  /** Envelope-only: in no To or Cc of the header. */
  readonly blind: boolean;
}

export interface QueueEntry {
  readonly id: QueueId;
  readonly state: QueueState;
  /** Plain words: why it has not gone yet. Never empty. */
  readonly reason: string;
  /** The relay's own words, verbatim, where it spoke. */
  readonly reply?: string;
  /** Plain words: what happens next, and what the person can do. */
  readonly next: string;
  /** Envelope sender as in the S line; `<>` for the null reverse-path. */
  readonly sender: string;
  /** From field, decoded for display. Empty when there is none. */
  readonly from: string;
  /** To field or the recipients, decoded for display. */
  readonly to: string;
  readonly subject: string;
  readonly recipients: readonly EntryRecipient[];
  /** Size of the data file in bytes; -1 when it is missing. */
  readonly sizeBytes: number;
  readonly queuedAt: number;
  readonly lastAttemptAt?: number;
  readonly nextAttemptAt?: number;
  readonly attempts: number;
  readonly priority: number;
  /** Name of the relay that would serve it now; absent when none does. */
  readonly relay?: string;
}

/** One message opened: everything the Outbox shows about it. */
export interface MessageDetail {
  readonly entry: QueueEntry;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  /** Message as it would go out, at most `RAW_LIMIT` characters. */
  readonly raw: string;
  readonly rawTruncated: boolean;
  /** As far as the journal knows, oldest first. */
  readonly attempts: readonly JournalRecord[];
}

export const RAW_LIMIT = 512 * 1024;

/** What became of an action on one message. `busy`: a run has claimed it, try again in a moment. */
export type ActionResult = 'done' | 'busy' | 'gone';

export type QueueCounts = Readonly<Record<QueueState, number>>;

export function countByState(entries: Iterable<QueueEntry>): QueueCounts {
  const counts = Object.fromEntries(QUEUE_STATES.map((state) => [state, 0])) as Record<QueueState, number>;
  for (const entry of entries) counts[entry.state] += 1;
  return counts;
}
