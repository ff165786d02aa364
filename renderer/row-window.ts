/**
 * Which rows of a long list are in the document: those in sight, some beyond either edge so
 * that scrolling shows no gap, and the one with the keyboard wherever it is. All rows are
 * equally high. A component library's table builds every row and cell before it shows the
 * first; at 50,000 messages that took four seconds and half a gigabyte.
 */

export interface RowWindow {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

const ROWS_BEYOND = 8;

export function rowWindow(scrollTop: number, viewHeight: number, rowHeight: number, count: number): RowWindow {
  if (rowHeight <= 0 || count === 0) return { start: 0, end: 0 };
  const first = Math.floor(scrollTop / rowHeight) - ROWS_BEYOND;
  const last = Math.ceil((scrollTop + viewHeight) / rowHeight) + ROWS_BEYOND;
  const end = Math.max(0, Math.min(count, last));
  return { start: Math.max(0, Math.min(first, end)), end };
}

/** Indexes to draw, ascending; `kept` (-1 for none) is drawn though it be out of sight. */
export function drawnRows({ start, end }: RowWindow, kept: number): readonly number[] {
  const rows = Array.from({ length: end - start }, (_, offset) => start + offset);
  if (kept >= 0 && kept < start) return [kept, ...rows];
  if (kept >= end) return [...rows, kept];
  return rows;
}
