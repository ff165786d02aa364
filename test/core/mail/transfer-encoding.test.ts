import { describe, expect, it } from 'vitest';
import { createEncoder, type TransferEncoding } from '../../../core/mail/transfer-encoding.js';
import { seededRandom } from '../../support/random.js';

function encode(encoding: TransferEncoding, ...pieces: string[]): string {
  const encoder = createEncoder(encoding);
  return Buffer.concat([...pieces.map((piece) => encoder.encode(piece)), encoder.finish()]).toString('latin1');
}

/** As RFC 2045 §6.7 says, blanks at the end of a line being none of the content. */
function decodeQuoted(text: string): string {
  return text
    .replace(/[ \t]+(?=\r\n|$)/g, '')
    .replaceAll('=\r\n', '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

describe('quoted-printable', () => {
  it.each([
    ['plain text\r\n', 'plain text\r\n'],
    ['gr\xc3\xbc=n\0\x7f', 'gr=C3=BC=3Dn=00=7F'],
    ['a \r\nb\t\r\n', 'a=20\r\nb=09\r\n'],
    ['a ', 'a=20'],
    ['--a\r\n- b-\r\n', '=2D-a\r\n=2D b-\r\n'],
    ['', ''],
  ])('writes %j as %j', (text, written) => {
    expect(encode('quoted-printable', text)).toBe(written);
  });

  it('begins no line with a dash, where it has to break one', () => {
    const text = encode('quoted-printable', `${'x'.repeat(75)}--boundary${'-'.repeat(2000)}`);

    expect(text.split('\r\n').filter((line) => line.startsWith('-'))).toEqual([]);
    expect(text.split('=\r\n')[1]).toMatch(/^=2D-boundary/);
  });

  it('keeps lines within 76 columns, loses nothing, and is the same wherever the text is cut', () => {
    const random = seededRandom(3);
    const below = (limit: number): number => Math.floor(random() * limit);
    for (let round = 0; round < 1000; round += 1) {
      const alphabet = ['a', ' ', '-', '\r\n', '=', '\xe9', '\t', '.'].slice(below(5), 3 + below(6));
      const tokens = Array.from({ length: below(400) }, () => alphabet[below(alphabet.length)] ?? 'x');
      const pieces: string[] = [];
      for (let at = 0; at < tokens.length; ) {
        const end = at + 1 + below(90);
        pieces.push(tokens.slice(at, end).join(''));
        at = end;
      }

      const text = encode('quoted-printable', ...pieces);

      expect(text).toBe(encode('quoted-printable', tokens.join('')));
      expect(Math.max(...text.split('\r\n').map(({ length }) => length))).toBeLessThanOrEqual(76);
      expect(text).toMatch(/^[\t\r\n -~]*$/);
      expect(decodeQuoted(text)).toBe(tokens.join(''));
    }
  });
});

describe('base64', () => {
  it('is that of the runtime in lines of 76, wherever the content is cut', () => {
    const random = seededRandom(4);
    const below = (limit: number): number => Math.floor(random() * limit);
    for (let round = 0; round < 300; round += 1) {
      const pieces = Array.from({ length: below(8) }, () =>
        Array.from({ length: below(130) }, () => String.fromCharCode(below(256))).join(''),
      );

      const text = encode('base64', ...pieces);

      expect(text.replaceAll('\r\n', '')).toBe(Buffer.from(pieces.join(''), 'latin1').toString('base64'));
      expect(
        text
          .split('\r\n')
          .slice(0, -1)
          .every(({ length }) => length === 76),
      ).toBe(true);
      expect(text).not.toMatch(/\r\n$/);
    }
  });
});
