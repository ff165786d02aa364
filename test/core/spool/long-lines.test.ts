import { describe, expect, it } from 'vitest';
import { watchForLongLines } from '../../../core/spool/long-lines.js';
import { seededRandom } from '../../support/random.js';

function isFound(text: string, size: () => number = () => 64): boolean {
  const watch = watchForLongLines();
  let found = false;
  for (let at = 0; at < text.length; ) {
    const end = at + size();
    found = watch.add(text.slice(at, end));
    at = end;
  }
  return found;
}

describe('watchForLongLines', () => {
  it.each([
    [998, '\n', false],
    [998, '\r\n', false],
    [998, '\r', false],
    [998, '', false],
    [999, '\n', true],
    [999, '\r\n', true],
    [999, '\r', true],
    [999, '', true],
  ])('of a line of %i bytes that ends in %j says %j, wherever it stands', (length, end, long) => {
    const line = 'x'.repeat(length) + end;

    for (const before of ['', 'y\n', `${'y'.repeat(998)}\n`, '\n\r'])
      for (const size of [1, 2, 997, 998, 999, 1000, 5000]) expect(isFound(before + line, () => size)).toBe(long);
  });

  it('finds what splitting finds', () => {
    const random = seededRandom(2);
    const below = (limit: number): number => Math.floor(random() * limit);
    for (let round = 0; round < 500; round += 1) {
      const line = (): string => 'x'.repeat(below(2) === 0 ? below(5) : 990 + below(10));
      const text = Array.from({ length: below(8) }, () => line() + ['\n', '\r', '\r\n'][below(3)]).join('') + line();

      const found = isFound(text, () => 1 + below(1500));

      expect(found).toBe(text.split(/[\r\n]/).some(({ length }) => length > 998));
    }
  });
});
