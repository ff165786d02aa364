/**
 * Which entries the list shows, and in what order. `makeView` says it from scratch;
 * `updateView` gives the same list after a change of a few entries without sorting 50,000
 * again. Equals stand newest first and then by queue id, so that rows never swap places on their own.
 */
import type { QueueEntry, QueueId, QueueState } from '../core/bridge/contract.js';
import { STATE_ORDER } from './state-words.js';

export const COLUMNS = ['state', 'subject', 'from', 'to', 'queued', 'next', 'tries'] as const;
export type Column = (typeof COLUMNS)[number];

export interface Query {
  readonly column: Column;
  readonly direction: 'ascending' | 'descending';
  /** Words that must all occur; empty shows everything. */
  readonly text: string;
  readonly state: QueueState | 'all';
}

export const FIRST_QUERY: Query = { column: 'queued', direction: 'descending', text: '', state: 'all' };

type Compare = (a: QueueEntry, b: QueueEntry) => number;

const collator = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true });
const stateRank: Readonly<Record<string, number>> = Object.fromEntries(STATE_ORDER.map((state, rank) => [state, rank]));

const COMPARE: Readonly<Record<Column, Compare>> = {
  state: (a, b) => (stateRank[a.state] ?? 0) - (stateRank[b.state] ?? 0),
  subject: (a, b) => collator.compare(a.subject, b.subject),
  from: (a, b) => collator.compare(fromOf(a), fromOf(b)),
  to: (a, b) => collator.compare(a.to, b.to),
  queued: (a, b) => a.queuedAt - b.queuedAt,
  // What has no next try comes after everything that has one.
  next: (a, b) => nextOf(a) - nextOf(b),
  tries: (a, b) => a.attempts - b.attempts,
};

export function makeView(entries: Iterable<QueueEntry>, query: Query): readonly QueueEntry[] {
  const matches = matcherOf(query);
  const view: QueueEntry[] = [];
  for (const entry of entries) if (matches(entry)) view.push(entry);
  return view.sort(comparerOf(query));
}

export interface Change {
  readonly changed: readonly QueueEntry[];
  readonly removed: readonly QueueId[];
}

export function updateView(view: readonly QueueEntry[], change: Change, query: Query): readonly QueueEntry[] {
  const touched = new Set(change.removed);
  for (const entry of change.changed) touched.add(entry.id);
  const arriving = makeView(change.changed, query);
  const staying = view.filter((entry) => !touched.has(entry.id));
  if (arriving.length === 0) return staying.length === view.length ? view : staying;
  return merge(staying, arriving, comparerOf(query));
}

/** Where an entry stands in the view; -1 when it is not there. */
export function indexInView(view: readonly QueueEntry[], entry: QueueEntry, query: Query): number {
  const at = lowerBound(view, entry, comparerOf(query), 0);
  return view[at]?.id === entry.id ? at : -1;
}

export function matcherOf(query: Query): (entry: QueueEntry) => boolean {
  const words = query.text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return (entry) => {
    if (query.state !== 'all' && entry.state !== query.state) return false;
    if (words.length === 0) return true;
    const text = searchText(entry);
    return words.every((word) => text.includes(word));
  };
}

/** Lower-cased once an entry, not once a keystroke. */
const searchTexts = new WeakMap<QueueEntry, string>();

function searchText(entry: QueueEntry): string {
  const known = searchTexts.get(entry);
  if (known !== undefined) return known;
  const addresses = entry.recipients.map((recipient) => recipient.address).join(' ');
  const { subject, from, sender, to, id, reason, reply = '' } = entry;
  const text = [subject, from, sender, to, addresses, id, reason, reply].join('\n').toLocaleLowerCase();
  searchTexts.set(entry, text);
  return text;
}

export function fromOf(entry: QueueEntry): string {
  return entry.from === '' ? entry.sender : entry.from;
}

function nextOf(entry: QueueEntry): number {
  return entry.nextAttemptAt ?? Number.MAX_SAFE_INTEGER;
}

function comparerOf({ column, direction }: Query): Compare {
  const compare = COMPARE[column];
  const sign = direction === 'ascending' ? 1 : -1;
  return (a, b) => sign * compare(a, b) || b.queuedAt - a.queuedAt || compareIds(a, b);
}

function compareIds(a: QueueEntry, b: QueueEntry): number {
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}

function merge(staying: readonly QueueEntry[], arriving: readonly QueueEntry[], compare: Compare): QueueEntry[] {
  const merged: QueueEntry[] = [];
  let from = 0;
  for (const entry of arriving) {
    const to = lowerBound(staying, entry, compare, from);
    for (; from < to; from += 1) {
      const next = staying[from];
      if (next !== undefined) merged.push(next);
    }
    merged.push(entry);
  }
  return merged.concat(staying.slice(from));
}

/** First place at or after `start` whose entry does not come before the given one. */
function lowerBound(view: readonly QueueEntry[], entry: QueueEntry, compare: Compare, start: number): number {
  let low = start;
  let high = view.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const candidate = view[middle];
    if (candidate !== undefined && compare(candidate, entry) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
