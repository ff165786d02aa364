/**
 * What the window knows about the queue, and the one function that changes it. Events that come
 * before the answer to `queue:list` are kept and applied on top of it: in their order they
 * lead to the newest state whether the list was made before or after them.
 */
import type { QueueEntry, QueueId } from '../core/bridge/contract.js';
import { type Change, FIRST_QUERY, makeView, type Query, updateView } from './outbox-view.js';

export interface OutboxState {
  /** null until the first list has come. */
  readonly byId: ReadonlyMap<QueueId, QueueEntry> | null;
  readonly query: Query;
  /** What the list shows, in order. */
  readonly view: readonly QueueEntry[];
  /** Events since a list was asked for; null when none is on its way. */
  readonly early: readonly Change[] | null;
}

export type OutboxAction =
  | { readonly kind: 'asked' }
  | { readonly kind: 'listed'; readonly entries: readonly QueueEntry[] }
  | { readonly kind: 'changed'; readonly change: Change }
  | { readonly kind: 'queried'; readonly query: Query };

export const EMPTY_OUTBOX: OutboxState = { byId: null, query: FIRST_QUERY, view: [], early: null };

export function reduceOutbox(state: OutboxState, action: OutboxAction): OutboxState {
  switch (action.kind) {
    case 'asked':
      return { ...state, early: [] };
    case 'listed': {
      const byId = new Map(action.entries.map((entry) => [entry.id, entry]));
      for (const change of state.early ?? []) applyTo(byId, change);
      return { ...state, byId, view: makeView(byId.values(), state.query), early: null };
    }
    case 'changed':
      return applyChange(state, action.change);
    case 'queried':
      return { ...state, query: action.query, view: makeView(state.byId?.values() ?? [], action.query) };
  }
}

function applyChange(state: OutboxState, change: Change): OutboxState {
  const early = state.early === null ? null : [...state.early, change];
  if (state.byId === null) return { ...state, early };
  const byId = new Map(state.byId);
  applyTo(byId, change);
  return { ...state, byId, view: updateView(state.view, change, state.query), early };
}

function applyTo(byId: Map<QueueId, QueueEntry>, change: Change): void {
  for (const id of change.removed) byId.delete(id);
  for (const entry of change.changed) byId.set(entry.id, entry);
}

/** Several events as one, the later one winning. */
export function joinChanges(changes: readonly Change[]): Change {
  const changed = new Map<QueueId, QueueEntry>();
  const removed = new Set<QueueId>();
  for (const change of changes) {
    for (const id of change.removed) {
      changed.delete(id);
      removed.add(id);
    }
    for (const entry of change.changed) {
      removed.delete(entry.id);
      changed.set(entry.id, entry);
    }
  }
  return { changed: [...changed.values()], removed: [...removed] };
}
