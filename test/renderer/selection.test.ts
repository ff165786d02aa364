import { describe, expect, it } from 'vitest';
import {
  extendTo,
  keepOnly,
  moveTo,
  NO_SELECTION,
  rowAfterKey,
  selectAll,
  selectOnly,
  toggle,
} from '../../renderer/selection.js';

const rows = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id }));

describe('the selection', () => {
  it('extends from where it began, in either direction', () => {
    const down = extendTo(selectOnly('c'), rows, 'e');
    const up = extendTo(down, rows, 'a');

    expect([...down.ids]).toEqual(['c', 'd', 'e']);
    expect([...up.ids]).toEqual(['a', 'b', 'c']);
    expect(up.focused).toBe('a');
  });

  it('begins anew when the row it would extend from has left', () => {
    const selection = extendTo(selectOnly('gone'), rows, 'b');

    expect([...selection.ids]).toEqual(['b']);
    expect(selection.anchor).toBe('b');
  });

  it('toggles one row and leaves the others', () => {
    const two = toggle(selectOnly('a'), 'c');

    expect([...two.ids]).toEqual(['a', 'c']);
    expect([...toggle(two, 'a').ids]).toEqual(['c']);
  });

  it('moves the keyboard without selecting', () => {
    expect(moveTo(selectOnly('a'), 'b')).toMatchObject({ focused: 'b', ids: new Set(['a']) });
  });

  it('takes all that is shown', () => {
    expect(selectAll(NO_SELECTION, rows).ids.size).toBe(5);
  });

  it('drops what is no longer shown, so that no button acts on the unseen', () => {
    const kept = keepOnly(selectAll(NO_SELECTION, rows), (id) => id > 'c');

    expect([...kept.ids]).toEqual(['d', 'e']);
  });
});

describe('rowAfterKey', () => {
  it.each([
    ['ArrowDown', 2, 3],
    ['ArrowDown', 9, 9],
    ['ArrowDown', -1, 0],
    ['ArrowUp', 2, 1],
    ['ArrowUp', 0, 0],
    ['PageDown', 2, 6],
    ['PageDown', 8, 9],
    ['PageUp', 2, 0],
    ['Home', 7, 0],
    ['End', 1, 9],
    ['Tab', 1, null],
  ])('%s from row %d leads to row %s', (key, from, to) => {
    expect(rowAfterKey(key, from, 10, 4)).toBe(to);
  });

  it('leads nowhere in an empty list', () => {
    expect(rowAfterKey('ArrowDown', -1, 0, 4)).toBeNull();
  });
});
