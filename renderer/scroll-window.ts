/**
 * The part of a long list that its scroll box shows, measured: scroll position, height of the
 * box, and the height of a row as the styles and the person's text size make it. Renders anew
 * only when other rows come into sight.
 */
import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from 'react';
import { type RowWindow, rowWindow } from './row-window.js';

export interface ScrollWindow {
  /** The scroll box. */
  readonly box: RefObject<HTMLDivElement | null>;
  /** An element as high as a row. */
  readonly probe: RefObject<HTMLDivElement | null>;
  readonly onScroll: () => void;
  readonly rows: RowWindow;
  readonly rowHeight: number;
  /** Rows that Page Down moves by. */
  readonly pageRows: number;
}

interface Measure {
  readonly rows: RowWindow;
  readonly rowHeight: number;
  readonly pageRows: number;
}

export function useScrollWindow(count: number): ScrollWindow {
  const box = useRef<HTMLDivElement>(null);
  const probe = useRef<HTMLDivElement>(null);
  const [measure, setMeasure] = useState<Measure>({ rows: { start: 0, end: 0 }, rowHeight: 0, pageRows: 1 });

  const look = useCallback(() => {
    if (box.current === null || probe.current === null) return;
    const { scrollTop, clientHeight } = box.current;
    const rowHeight = probe.current.getBoundingClientRect().height;
    const rows = rowWindow(scrollTop, clientHeight, rowHeight, count);
    // The header takes a row, and one row stays in sight for the eye to hold on to.
    const pageRows = Math.max(1, Math.floor(clientHeight / Math.max(1, rowHeight)) - 2);
    setMeasure((old) => {
      const same = old.rows.start === rows.start && old.rows.end === rows.end;
      return same && old.rowHeight === rowHeight && old.pageRows === pageRows ? old : { rows, rowHeight, pageRows };
    });
  }, [count]);

  useLayoutEffect(() => {
    look();
    const observer = new ResizeObserver(look);
    for (const { current } of [box, probe]) if (current !== null) observer.observe(current);
    return () => observer.disconnect();
  }, [look]);

  return { box, probe, onScroll: look, ...measure };
}
