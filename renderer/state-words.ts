/**
 * The words for a message's state and for what may be done with it. One table, so that list,
 * pane and filter say the same.
 */
import type { QueueCounts, QueueState } from '../core/bridge/contract.js';

export const STATE_WORDS: Readonly<Record<QueueState, string>> = {
  waiting: 'Waiting',
  sending: 'Sending',
  'will-retry': 'Will retry',
  held: 'Held',
  scheduled: 'Scheduled',
  failed: 'Failed',
  'maybe-sent': 'Maybe sent',
  lost: 'Lost',
};

/** As people look for them: what needs a person first. Also the order of the State column. */
export const STATE_ORDER: readonly QueueState[] = [
  'failed',
  'lost',
  'maybe-sent',
  'sending',
  'waiting',
  'will-retry',
  'scheduled',
  'held',
];

/** States with a message in them only because somebody or something set it aside. */
const RELEASABLE: ReadonlySet<QueueState> = new Set(['held', 'scheduled', 'failed', 'maybe-sent']);
const HOLDABLE: ReadonlySet<QueueState> = new Set(['waiting', 'will-retry', 'sending', 'scheduled', 'maybe-sent']);

export const canRelease = (state: QueueState): boolean => RELEASABLE.has(state);
export const canHold = (state: QueueState): boolean => HOLDABLE.has(state);
/** Only while it is being handed over. */
export const canStop = (state: QueueState): boolean => state === 'sending';
/** A lost message has no envelope that could be trusted. */
export const canSend = (state: QueueState): boolean => state !== 'lost';

export function countMessages(count: number): string {
  return count === 1 ? '1 message' : `${count} messages`;
}

export function totalOf(counts: QueueCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

const SIZE_UNITS = ['bytes', 'kB', 'MB', 'GB'] as const;

/** `842 bytes`, `12 kB`, `1.4 MB`; decimal, as the settings count. */
export function sizeWords(bytes: number): string {
  if (bytes < 0) return 'missing';
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < SIZE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 ? value.toFixed(1) : String(Math.round(value));
  return bytes === 1 ? '1 byte' : `${digits} ${SIZE_UNITS[unit]}`;
}
