import { describe, expect, it } from 'vitest';
import { cleanBlock, cleanLine, nameOf } from '../../renderer/text.js';

describe('cleanLine', () => {
  it('takes out what would make text read as something else', () => {
    const reply = '550 \u202egro.elpmaxe@nna\u202c \u001b[31mno\u0007\u200b\ufeff';

    expect(cleanLine(reply)).toBe('550 gro.elpmaxe@nna [31mno');
  });

  it('makes one line of many', () => {
    expect(cleanLine('450-busy\r\n450\ttry  later\u2028 ')).toBe('450-busy 450 try later');
  });

  it('leaves letters of every script and emoji alone', () => {
    expect(cleanLine('Grüße, שלום, 你好 👋🏽')).toBe('Grüße, שלום, 你好 👋🏽');
  });
});

describe('cleanBlock', () => {
  it('keeps lines and tabs and makes the unseen visible', () => {
    expect(cleanBlock('a\r\n\tb\u202ec\u0000\rd')).toBe('a\n\tb\ufffdc\ufffd\nd');
  });
});

describe('nameOf', () => {
  it.each([
    ['Meike Brandt <me@example.net>', 'Meike Brandt'],
    ['"Brandt, Meike" <me@example.net>', 'Brandt, Meike'],
    ['me@example.net', 'me@example.net'],
    ['<me@example.net>', '<me@example.net>'],
    ['a@example.net, b@example.net', 'a@example.net, b@example.net'],
  ])('of %s is %s', (mailbox, name) => {
    expect(nameOf(mailbox)).toBe(name);
  });
});
