import { describe, expect, it } from 'vitest';
import { createLineEnder } from '../../../core/spool/line-ends.js';
import { seededRandom } from '../../support/random.js';

/** Byte by byte, as it reads in the manual of the module. */
function simply(bytes: string): string {
  let text = '';
  for (const [at, byte] of [...bytes].entries()) {
    if (byte === '\n') text += bytes[at - 1] === '\r' ? '' : '\r\n';
    else text += byte === '\r' ? '\r\n' : byte;
  }
  return text === '' || text.endsWith('\n') ? text : `${text}\r\n`;
}

function inPieces(bytes: string, size: () => number): readonly string[] {
  const lines = createLineEnder();
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + size();
    pieces.push(lines.convert(Buffer.from(bytes.slice(at, end), 'latin1')));
    at = end;
  }
  return [...pieces, lines.finish()];
}

describe('createLineEnder', () => {
  it('does what a loop over the bytes does, wherever random bytes are cut', () => {
    const random = seededRandom(1);
    const below = (limit: number): number => Math.floor(random() * limit);
    for (let round = 0; round < 3000; round += 1) {
      const alphabet = ['\r\n', '\ra', '\na', '\r\n.', '\0\r\n\xff'][below(5)] ?? '';
      const bytes = Array.from({ length: below(40) }, () => alphabet[below(alphabet.length)]).join('');

      const pieces = inPieces(bytes, () => below(5));

      expect(pieces.join('')).toBe(simply(bytes));
    }
  });

  it('never cuts between CR and LF', () => {
    const pieces = inPieces('a\r\nb\r\rc\n\r', () => 1);

    expect(pieces.filter((piece) => /(?:^|[^\r])\n|\r(?!\n)/.test(piece))).toEqual([]);
    expect(pieces.join('')).toBe('a\r\nb\r\n\r\nc\r\n\r\n');
  });
});
