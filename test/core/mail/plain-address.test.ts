import { describe, expect, it } from 'vitest';
import { interpretAddress } from '../../../core/mail/address.js';
import type { Delimiter } from '../../../core/mail/address-tokens.js';
import { plainAddressAt } from '../../../core/mail/plain-address.js';
import { seededRandom } from '../../support/random.js';

const OURS = 'Laptop.Example.ORG';
const PIECES = [
  'ann',
  'Lee',
  '.',
  '..',
  '@',
  '-',
  'x_1',
  '+tag',
  '=',
  'a.b',
  '@example.net',
  '.uucp',
  '.UUCP',
  'localhost',
];
const MORE = [
  '@laptop.example.org',
  '@localhost.localdomain',
  '@Localhost.example.org',
  '@[10.1.1.1]',
  '%',
  '!',
  ' ',
  ',',
  '(c)',
  '"q"',
  '\u00e9',
  'net.',
];

describe('an address that leaves nothing to interpret', () => {
  it.each([
    ['ann@example.net', 'example.net'],
    ['Ann.Lee+lists@Mail.Example.NET', 'mail.example.net'],
    ['-x=y_z@a.b-c.d', 'a.b-c.d'],
  ])('is read in one pass: %s', (text, host) => {
    const found = plainAddressAt(text, 0, null, OURS);

    expect(found?.address).toMatchObject({ text, user: text, host, local: false });
  });

  it.each([
    'ann',
    'ann@host',
    'a@laptop.example.org',
    'a@x.uucp',
    'a@localhost.example.org',
    'a@b..c',
    '.a@b.c',
    'a@b.c.',
    'a@b@c.d',
    'a b@c.d',
    `${'a'.repeat(251)}@b.cd`,
  ])('is not: %s', (text) => {
    expect(plainAddressAt(text, 0, null, OURS)).toBeNull();
  });

  it('is taken as it would be taken by all the rules, as a recipient and as a sender, alone and in lists', () => {
    const random = seededRandom(4711);
    const pick = <Item>(items: readonly Item[]): Item => {
      const item = items[Math.floor(random() * items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    };
    let plain = 0;

    for (let round = 0; round < 20_000; round += 1) {
      const pieces = Array.from({ length: pick([1, 2, 3, 4, 5, 6]) }, () => pick(random() < 0.15 ? MORE : PIECES));
      const before = pick(['', 'x, ', '<a@b.c> ']);
      const after = pick(['', ',', ', more', ' ', ' x']);
      const source = before + pieces.join('') + after;
      const delimiter = pick<Delimiter>([' ', ',', null]);
      const found = plainAddressAt(source, before.length, delimiter, OURS);
      if (found === null) continue;
      plain += 1;
      for (const aim of [true, false]) {
        const reading = interpretAddress(source, delimiter, OURS, before.length, aim);
        expect({ source, ...reading }).toEqual({
          source,
          text: found.address.text,
          address: found.address,
          refusal: null,
          repairs: [],
          end: found.end,
        });
      }
    }

    expect(plain).toBeGreaterThan(300);
  });
});
