/**
 * The list: a table with the behaviour of an ARIA grid, of which only the rows in sight are in
 * the document (row-window.ts). One row has the keyboard (roving tabindex); arrows, Page, Home
 * and End move it, Shift and Ctrl or Cmd select as everywhere, Enter goes to the message,
 * Delete asks.
 */
import {
  type KeyboardEvent,
  type MouseEvent,
  type Ref,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import type { QueueEntry } from '../core/bridge/contract.js';
import { useToday } from './clock-hooks.js';
import { GridHeader } from './grid-header.js';
import { GridRow } from './grid-row.js';
import { COLUMNS, type Query } from './outbox-view.js';
import { drawnRows } from './row-window.js';
import { useScrollWindow } from './scroll-window.js';
import { extendTo, moveTo, rowAfterKey, type Selection, selectAll, selectOnly, toggle } from './selection.js';

/** A table that is worked with by keyboard is a grid (ARIA Authoring Practices, grid pattern). */
const GRID_ROLE = { role: 'grid', 'aria-multiselectable': true } as const;

export interface OutboxGridHandle {
  /** Give the keyboard to the list. */
  focus(): void;
}

interface Props {
  readonly view: readonly QueueEntry[];
  readonly query: Query;
  readonly selection: Selection;
  /** Where the focused entry stands in the view; -1 when it is not there. */
  readonly focusedIndex: number;
  readonly onQuery: (query: Query) => void;
  readonly onSelection: (selection: Selection) => void;
  readonly onOpen: () => void;
  readonly onDelete: () => void;
  readonly ref?: Ref<OutboxGridHandle>;
}

export function OutboxGrid(props: Props) {
  const { view, query, selection, focusedIndex, onQuery, onSelection, onOpen, onDelete, ref } = props;
  const { box, probe, onScroll, rows, rowHeight, pageRows } = useScrollWindow(view.length);
  const today = useToday();
  const [current, requestFocus, keepFocus] = useRovingRow(box, focusedIndex, view.length);
  useImperativeHandle(ref, () => ({ focus: requestFocus }), [requestFocus]);

  const onMouseDown = (event: MouseEvent) => {
    const row = rowOf(event.target);
    const entry = view.find(({ id }) => id === row?.dataset['id']);
    if (entry === undefined || event.button !== 0) return;
    // Shift would select text on the way.
    if (event.shiftKey) event.preventDefault();
    if (event.shiftKey) onSelection(extendTo(selection, view, entry.id));
    else onSelection(event.ctrlKey || event.metaKey ? toggle(selection, entry.id) : selectOnly(entry.id));
    requestFocus();
  };

  const moveBy = (event: KeyboardEvent, to: number) => {
    const target = view[to];
    const from = view[current];
    if (target === undefined || from === undefined) return;
    if (event.shiftKey) {
      onSelection(extendTo({ ...selection, anchor: selection.anchor ?? from.id }, view, target.id));
    } else {
      onSelection(event.ctrlKey || event.metaKey ? moveTo(selection, target.id) : selectOnly(target.id));
    }
    requestFocus();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const here = view[current];
    if (here === undefined || rowOf(event.target) !== event.target) return;
    const command = event.ctrlKey || event.metaKey;
    const to = rowAfterKey(event.key, selection.focused === null ? -1 : current, view.length, pageRows);
    if (event.key === 'ArrowUp' && current === 0 && !event.shiftKey) focusHeader(event.currentTarget);
    else if (to !== null) moveBy(event, to);
    else if (event.key === ' ') onSelection(command ? toggle(selection, here.id) : selectOnly(here.id));
    else if (command && event.key.toLowerCase() === 'a') onSelection(selectAll(selection, view));
    else if (event.key === 'Escape') onSelection({ ...selection, ids: new Set() });
    else if (event.key === 'Enter') onOpen();
    else if (event.key === 'Delete' || event.key === 'Backspace') onDelete();
    else return;
    event.preventDefault();
  };

  return (
    <div className="grid-box" ref={box} onScroll={onScroll}>
      <div className="row-probe" ref={probe} />
      <table
        {...GRID_ROLE}
        aria-label="Outbox"
        aria-rowcount={view.length + 1}
        aria-colcount={COLUMNS.length}
        className="grid"
        onKeyDown={onKeyDown}
        {...keepFocus}
      >
        <GridHeader query={query} onQuery={onQuery} onLeave={requestFocus} />
        <tbody style={{ height: view.length * rowHeight }} onMouseDown={onMouseDown}>
          {drawnRows(rows, current).map((index) => {
            const entry = view[index];
            if (entry === undefined) return null;
            return (
              <GridRow
                key={entry.id}
                entry={entry}
                index={index}
                top={index * rowHeight}
                selected={selection.ids.has(entry.id)}
                current={index === current}
                today={today}
              />
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/**
 * The row that has or would get the keyboard. When its message leaves the queue, the row that
 * comes into its place takes over, so that the keyboard is never lost to the page.
 */
function useRovingRow(box: { readonly current: HTMLElement | null }, focusedIndex: number, count: number) {
  const [request, setRequest] = useState(0);
  const [requestFocus] = useState(() => () => setRequest((number) => number + 1));
  const answered = useRef(0);
  const hasFocus = useRef(false);
  const last = useRef(0);
  if (focusedIndex !== -1) last.current = focusedIndex;
  const current = Math.min(last.current, count - 1);

  useLayoutEffect(() => {
    const lost = hasFocus.current && document.activeElement === document.body;
    if (request === answered.current && !lost) return;
    answered.current = request;
    const row = box.current?.querySelector<HTMLElement>('tbody > tr[tabindex="0"]');
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: 'nearest' });
  });
  const keepFocus = {
    onFocus: () => {
      hasFocus.current = true;
    },
    // A row that is taken out of the document and a window that goes to the back leave us the keyboard.
    onBlur: ({ target }: { readonly target: Element }) => {
      queueMicrotask(() => {
        if (target.isConnected && document.hasFocus()) hasFocus.current = target.matches(':focus-within');
      });
    },
  };
  return [current, requestFocus, keepFocus] as const;
}

function rowOf(target: EventTarget): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>('tbody > tr') : null;
}

function focusHeader(grid: Element): void {
  grid.querySelector<HTMLElement>('thead button[tabindex="0"]')?.focus();
}
