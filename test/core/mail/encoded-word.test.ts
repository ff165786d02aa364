import { describe, expect, it } from 'vitest';
import { displayHeader } from '../../../core/mail/display.js';
import { encodeUnstructured } from '../../../core/mail/encoded-word.js';

describe('encodeUnstructured', () => {
  it('leaves ASCII as it is, in one line', () => {
    expect(encodeUnstructured('Hello,\r\n Bcc: x there')).toBe('Hello, Bcc: x there');
  });

  it.each([
    'Grüße',
    '=?utf-8?Q?not_one?= of ours',
    'Der Zug 🚆 hat wieder einmal über dreißig Minuten Verspätung, und der Anschluss in Köln ist längst weg 🙈🙈🙈',
  ])('encodes what every reader decodes again: %s', (text) => {
    const encoded = encodeUnstructured(text);

    expect(displayHeader(encoded)).toBe(text);
    expect(`Subject: ${encoded}`.split('\n').filter((line) => !/^[ -~]{1,76}$/.test(line))).toEqual([]);
  });
});
