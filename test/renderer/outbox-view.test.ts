import { describe, expect, it } from 'vitest';
import type { QueueEntry, QueueState } from '../../core/bridge/contract.js';
import { COLUMNS, FIRST_QUERY, indexInView, makeView, type Query, updateView } from '../../renderer/outbox-view.js';
import { queueEntry } from '../support/queue-entries.js';

const STATES: readonly QueueState[] = ['waiting', 'will-retry', 'held', 'failed'];
const some = (count: number): QueueEntry[] =>
  Array.from({ length: count }, (_, number) => queueEntry(number, { state: STATES[number % 4] ?? 'waiting' }));
const idsOf = (view: readonly QueueEntry[]) => view.map(({ id }) => id);

describe('makeView', () => {
  it('shows the newest first until told otherwise', () => {
    const [newest, middle, oldest] = some(3);

    const view = makeView(
      [oldest, newest, middle].filter((entry) => entry !== undefined),
      FIRST_QUERY,
    );

    expect(view).toEqual([newest, middle, oldest]);
  });

  it('puts what needs a person first when sorted by state', () => {
    const view = makeView(some(8), { ...FIRST_QUERY, column: 'state', direction: 'ascending' });

    expect(view.map(({ state }) => state)).toEqual([
      'failed',
      'failed',
      'waiting',
      'waiting',
      'will-retry',
      'will-retry',
      'held',
      'held',
    ]);
  });

  it('sorts subjects as people do: case aside, numbers by value', () => {
    const subjects = ['patch 10', 'Änderung', 'Patch 2', 'zebra'];
    const entries = subjects.map((subject, number) => queueEntry(number, { subject }));

    const view = makeView(entries, { ...FIRST_QUERY, column: 'subject', direction: 'ascending' });

    expect(view.map(({ subject }) => subject)).toEqual(['Änderung', 'Patch 2', 'patch 10', 'zebra']);
  });

  it('finds words anywhere in an entry, in any order and case', () => {
    const wanted = queueEntry(1, { subject: 'Invoice', recipients: [{ address: 'Boss@example.org', blind: true }] });

    const view = makeView([wanted, queueEntry(2)], { ...FIRST_QUERY, text: ' boss INVOICE ' });

    expect(view).toEqual([wanted]);
  });

  it('shows one state when asked for it', () => {
    const view = makeView(some(8), { ...FIRST_QUERY, state: 'held' });

    expect(view.map(({ state }) => state)).toEqual(['held', 'held']);
  });
});

describe('updateView', () => {
  const queries = COLUMNS.flatMap((column): Query[] => [
    { ...FIRST_QUERY, column, direction: 'ascending' },
    { ...FIRST_QUERY, column, direction: 'descending' },
    { ...FIRST_QUERY, column, state: 'waiting' },
    { ...FIRST_QUERY, column, text: 'patch' },
  ]);

  it.each(queries)('gives what makeView would: $column $direction $state $text', (query) => {
    const before = some(60);
    const changed = [
      queueEntry(3, { state: 'waiting', subject: 'aaa patch', attempts: 9 }),
      queueEntry(17, { state: 'failed', from: 'Zoe <zoe@example.net>', nextAttemptAt: 5 }),
      queueEntry(100),
      queueEntry(101, { to: 'a@example.org' }),
    ];
    const removed = [queueEntry(5).id, queueEntry(40).id, 'unknown'];
    const after = new Map(before.map((entry) => [entry.id, entry]));
    for (const id of removed) after.delete(id);
    for (const entry of changed) after.set(entry.id, entry);

    const view = updateView(makeView(before, query), { changed, removed }, query);

    expect(idsOf(view)).toEqual(idsOf(makeView(after.values(), query)));
    expect(view).toEqual(makeView(after.values(), query));
  });

  it('gives the same list when nothing in it changed', () => {
    const query: Query = { ...FIRST_QUERY, state: 'held' };
    const view = makeView(some(8), query);

    expect(updateView(view, { changed: [queueEntry(0)], removed: ['unknown'] }, query)).toBe(view);
  });
});

describe('indexInView', () => {
  it('finds each entry, and none that is not shown', () => {
    const query: Query = { ...FIRST_QUERY, column: 'state', text: 'example.org' };
    const view = makeView(some(50), query);

    expect(view.map((entry) => indexInView(view, entry, query))).toEqual(view.map((_, index) => index));
    expect(indexInView(view, queueEntry(99), query)).toBe(-1);
  });
});
