/**
 * Which rows are selected and which has the keyboard, as in every list of the desktop: a click
 * or an arrow selects one, Ctrl or Cmd toggles, Shift extends from the anchor. Pure; the
 * order of the rows is handed in, because it changes under the selection.
 */
import type { QueueId } from '../core/bridge/contract.js';

export interface Selection {
  readonly ids: ReadonlySet<QueueId>;
  /** Row with the keyboard; may be gone from the list. */
  readonly focused: QueueId | null;
  /** Where Shift extends from. */
  readonly anchor: QueueId | null;
}

export const NO_SELECTION: Selection = { ids: new Set(), focused: null, anchor: null };

export function selectOnly(id: QueueId): Selection {
  return { ids: new Set([id]), focused: id, anchor: id };
}

export function toggle(selection: Selection, id: QueueId): Selection {
  const ids = new Set(selection.ids);
  if (!ids.delete(id)) ids.add(id);
  return { ids, focused: id, anchor: id };
}

/** Keyboard only, selection untouched: Ctrl with an arrow. */
export function moveTo(selection: Selection, id: QueueId): Selection {
  return { ...selection, focused: id };
}

/** All from the anchor to `id`. Both must be in the order; without an anchor it is `id` alone. */
export function extendTo(selection: Selection, order: readonly { readonly id: QueueId }[], id: QueueId): Selection {
  const to = order.findIndex((row) => row.id === id);
  const from = selection.anchor === null ? -1 : order.findIndex((row) => row.id === selection.anchor);
  if (to === -1 || from === -1) return selectOnly(id);
  const range = order.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { ids: new Set(range.map((row) => row.id)), focused: id, anchor: selection.anchor };
}

export function selectAll(selection: Selection, order: readonly { readonly id: QueueId }[]): Selection {
  return { ...selection, ids: new Set(order.map((row) => row.id)) };
}

/** What an action or the pane may count on: selected, still there and shown. */
export function keepOnly(selection: Selection, isShown: (id: QueueId) => boolean): Selection {
  const ids = [...selection.ids].filter(isShown);
  return ids.length === selection.ids.size ? selection : { ...selection, ids: new Set(ids) };
}

/** Where a key leads from row `at` of `count`; null when the key moves nothing. */
export function rowAfterKey(key: string, at: number, count: number, pageRows: number): number | null {
  if (count === 0) return null;
  const clamp = (row: number) => Math.max(0, Math.min(count - 1, row));
  switch (key) {
    case 'ArrowDown':
      return clamp(at + 1);
    case 'ArrowUp':
      return at === -1 ? count - 1 : clamp(at - 1);
    case 'PageDown':
      return clamp(at + pageRows);
    case 'PageUp':
      return clamp(at - pageRows);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}
