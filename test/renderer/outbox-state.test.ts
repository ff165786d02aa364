import { describe, expect, it } from 'vitest';
import {
  EMPTY_OUTBOX,
  joinChanges,
  type OutboxAction,
  type OutboxState,
  reduceOutbox,
} from '../../renderer/outbox-state.js';
import { FIRST_QUERY } from '../../renderer/outbox-view.js';
import { queueEntry } from '../support/queue-entries.js';

const stateAfter = (...actions: OutboxAction[]): OutboxState => actions.reduce(reduceOutbox, EMPTY_OUTBOX);
const [one, two, three] = [queueEntry(1), queueEntry(2), queueEntry(3)] as const;

describe('reduceOutbox', () => {
  it('knows nothing, which is not the same as an empty queue, until the list is there', () => {
    expect(stateAfter({ kind: 'asked' }).byId).toBeNull();
    expect(stateAfter({ kind: 'asked' }, { kind: 'listed', entries: [] }).byId?.size).toBe(0);
  });

  it('keeps events that overtake the list', () => {
    const state = stateAfter(
      { kind: 'asked' },
      { kind: 'changed', change: { changed: [three], removed: [one.id] } },
      { kind: 'listed', entries: [one, two] },
    );

    expect([...(state.byId?.values() ?? [])]).toEqual([two, three]);
    expect(state.view).toEqual([two, three]);
  });

  it('lists afresh after a lost connection and forgets what has left meanwhile', () => {
    const state = stateAfter(
      { kind: 'asked' },
      { kind: 'listed', entries: [one, two] },
      { kind: 'asked' },
      { kind: 'listed', entries: [two] },
    );

    expect(state.view).toEqual([two]);
  });

  it('leaves an old list alone when an event comes', () => {
    const before = stateAfter({ kind: 'listed', entries: [one] });

    const later = reduceOutbox(before, { kind: 'changed', change: { changed: [two], removed: [] } });

    expect(before.view).toEqual([one]);
    expect(later.view).toEqual([one, two]);
  });

  it('applies a filter to what is there and to what comes', () => {
    const query = { ...FIRST_QUERY, state: 'held' } as const;

    const state = stateAfter(
      { kind: 'listed', entries: [one] },
      { kind: 'queried', query },
      { kind: 'changed', change: { changed: [queueEntry(2, { state: 'held' }), three], removed: [] } },
    );

    expect(state.view.map(({ id }) => id)).toEqual([two.id]);
    expect(state.byId?.size).toBe(3);
  });
});

describe('joinChanges', () => {
  it('lets the later event win', () => {
    const changed = queueEntry(1, { state: 'sending' });

    const change = joinChanges([
      { changed: [one, two], removed: [] },
      { changed: [changed], removed: [two.id, three.id] },
      { changed: [three], removed: [] },
    ]);

    expect(change).toEqual({ changed: [changed, three], removed: [two.id] });
  });
});
