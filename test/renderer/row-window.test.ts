import { describe, expect, it } from 'vitest';
import { drawnRows, rowWindow } from '../../renderer/row-window.js';

describe('rowWindow', () => {
  it('holds the rows in sight and a few beyond, of however many', () => {
    expect(rowWindow(30_000, 300, 30, 50_000)).toEqual({ start: 992, end: 1018 });
  });

  it('ends with the list', () => {
    expect(rowWindow(0, 300, 30, 4)).toEqual({ start: 0, end: 4 });
    expect(rowWindow(1_499_700, 300, 30, 50_000)).toEqual({ start: 49_982, end: 50_000 });
  });

  it('holds rows though the list has just become shorter than it was scrolled', () => {
    expect(rowWindow(30_000, 300, 30, 10)).toEqual({ start: 10, end: 10 });
    expect(drawnRows(rowWindow(30_000, 300, 30, 10), 3)).toEqual([3]);
  });

  it('holds nothing before a row has been measured', () => {
    expect(rowWindow(0, 300, 0, 10)).toEqual({ start: 0, end: 0 });
  });
});

describe('drawnRows', () => {
  it.each([
    [2, [2, 5, 6, 7]],
    [6, [5, 6, 7]],
    [9, [5, 6, 7, 9]],
    [-1, [5, 6, 7]],
  ])('draws the row with the keyboard (%d) wherever it is', (kept, rows) => {
    expect(drawnRows({ start: 5, end: 8 }, kept)).toEqual(rows);
  });
});
