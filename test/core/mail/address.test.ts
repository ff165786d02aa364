/** What the real sendmail 8.17 made of these addresses (client configuration, run on each of them). */
import { describe, expect, it } from 'vitest';
import { bareAddress, qualifiedAddress, readAddress } from '../../../core/mail/address.js';
import { isNewStyle, layOutAddressField, readAddressList } from '../../../core/mail/address-list.js';

const HOST = 'laptop.example.org';

describe('an address', () => {
  it.each([
    ['bob@example.net', 'bob@example.net'],
    ['<a@b> c', 'a@b'],
    ['N <@a:b@c>', 'b@c'],
    ['@relay.example.com:bob@example.net', 'bob@example.net'],
    ['(the bob) bob@example.net (Bob)', 'bob@example.net'],
    ['Carol (C) Smith <carol@example.com>', 'carol@example.com'],
    ['"john q"@example.net', '"john q"@example.net'],
    ['"a@b"@example.net', '"a@b"@example.net'],
    ['a(x)@b', 'a@b'],
    ['a.@b', 'a.@b'],
    ['a..b@c', 'a..b@c'],
    ['a@b.', 'a@b'],
    ['a@[1.2.3', 'a@[1.2.3'],
    ['a:b@c', 'b@c'],
    ['x:a@b;', 'a@b'],
    ['friends: bob@example.net', 'bob@example.net'],
    ['Carol <carol@example.com>;', 'carol@example.com'],
    ['a!b!c@d', 'a!b!c@d'],
    ['h.x!u', 'u@h.x'],
    ['host!user', `host!user@${HOST}`],
    ['a%b%c', 'a%b@c'],
    ['bob%inner@example.net', 'bob%inner@example.net'],
    ['a\\@b@c', 'a\\@b@c'],
    ['d e@f', 'd.e@f'],
  ])('%s goes to %s', (text, expected) => {
    const { address, repairs } = readAddress(text, ',', HOST);

    expect(address === null ? null : qualifiedAddress(address, HOST)).toBe(expected);
    expect(address?.local).toBe(false);
    expect(repairs).toEqual([]);
  });

  it.each([
    ['bob', 'bob@laptop.example.org'],
    ['N <a>', 'a@laptop.example.org'],
    ['carol@localhost', 'carol@localhost'],
    ['A@LOCALHOST', 'A@LOCALHOST'],
    ['a@b:c', 'a@b:c'],
    ['|/bin/cat', '|/bin/cat@laptop.example.org'],
    [':include:/etc/passwd', ':include:/etc/passwd@laptop.example.org'],
    ['x::y', 'x::y@laptop.example.org'],
    ['\\a', '\\a@laptop.example.org'],
    ['a;b', 'a;b@laptop.example.org'],
    ['a\\', 'a@laptop.example.org'],
  ])('%s is local and would be %s', (text, expected) => {
    const { address } = readAddress(text, null, HOST);

    expect(address === null ? null : [address.local, qualifiedAddress(address, HOST)]).toEqual([true, expected]);
  });

  it.each([
    ['undisclosed-recipients:;', 'syntax', 'List:; syntax illegal for recipient addresses'],
    ['bob@@example.net', 'syntax', 'Invalid route address'],
    ['a@b@c', 'syntax', 'Invalid route address'],
    ['a@b c@d', 'syntax', 'Invalid route address'],
    ['@b', 'syntax', 'User address required'],
    ['a@', 'syntax', 'Hostname required'],
    ['a@.b', 'host', 'Invalid host name'],
    ['a@b..c', 'host', 'Invalid host name'],
    ['<>', 'user', 'User unknown'],
    ['@', 'user', 'User unknown'],
  ])('%s is refused (%s): %s', (text, fault, words) => {
    const { address, refusal } = readAddress(text, ',', HOST);

    expect(address).toBeNull();
    expect(refusal).toMatchObject({ fault, words: `${text}... ${words}` });
  });

  it.each([
    ['a%b@localhost', 'a@b'],
    ['a%localhost', 'a@laptop.example.org'],
    ['"a@b"', 'a@b'],
    ['"a b"', '"a b"@laptop.example.org'],
    ['"a%b"@laptop.example.org', 'a@b'],
    ['a%b!c', 'c@a%b.UUCP'],
    ['<@a,b:c@d>', 'b:c@d'],
    ['<a@[1.2.3.4]:x>', 'a@[1.2.3.4]'],
    ['a.b@c..', 'a.b@c'],
    ['@a!b', '@a!b'],
    ['N <a@localhost>', 'N <a@localhost>'],
    ['<a@localhost> (c)', 'a@localhost> (c)'],
    ['a\\,b@c', 'a@laptop.example.org'],
  ])('%s is sent to %s', (text, expected) => {
    const { address } = readAddress(text, ',', HOST);

    expect(address === null ? null : qualifiedAddress(address, HOST)).toBe(expected);
  });

  it.each([
    ['a@b', false],
    ['a', true],
    ['a@localhost', true],
    ['a@localhost.', true],
    ['a@laptop.example.org', false],
    ['a@laptop.example.org.', true],
    ['a@[1.2.3.4]', true],
    ['a@[]', false],
    ['a!b@localhost', false],
  ])('%s needs no look-up: %s', (text, aimed) => {
    expect(readAddress(text, null, HOST).address?.aimed).toBe(aimed);
  });

  it.each([
    ['a@[1.2.3.4]x', 'host', 'Invalid address'],
    ['<a@b:c>', 'syntax', 'Colon illegal in host name part'],
    ['a%', 'syntax', 'Hostname required'],
    ['a@b@', 'host', 'Invalid route address'],
    ['""', 'syntax', 'User address required'],
    ['<f:;>', 'syntax', 'List:; syntax illegal for recipient addresses'],
    ['<@>', 'syntax', 'List:; syntax illegal for recipient addresses'],
    ['x:include:', 'syntax', 'List:; syntax illegal for recipient addresses'],
    ['%', 'user', 'User unknown'],
  ])('%s is refused as well (%s): %s', (text, fault, words) => {
    expect(readAddress(text, null, HOST).refusal).toMatchObject({ fault, words: `${text}... ${words}` });
  });

  it('is refused for control characters, for its length, and for a word too long', () => {
    const refusal = (text: string): string | undefined => readAddress(text, null, HOST).refusal?.words;

    expect(refusal('a\u0001@b')).toBe('Syntax error in mailbox address "a?@b" (non-printable character)');
    expect(refusal('"a\u0001"@b')).toBe('Syntax error in mailbox address ""a?"@b" (non-printable character)');
    expect(refusal('"a\\\u007f"@b')).toMatch(/\(non-printable character\)$/);
    expect(refusal('"a\tb"@b')).toBeUndefined();
    expect(refusal(`(${'x'.repeat(300)}) a@b`)).toMatch(/\.\.\. Address "\(x+" too long \(255 bytes max\)$/);
    expect(readAddress(`${'x'.repeat(257)} a@b`, null, HOST).repairs[0]).toMatch(/prescan: token too long$/);
  });

  it.each([
    ['<unbalanced', "Unbalanced '<'", 'unbalanced@laptop.example.org'],
    ['a<b', "Unbalanced '<'", 'b@laptop.example.org'],
    ['a@b(c', "Unbalanced '('", 'a@b'],
    ['a)b', "Unbalanced ')'", 'ab@laptop.example.org'],
    ['a>b', "Unbalanced '>'", 'ab@laptop.example.org'],
  ])('%s is repaired: %s', (text, words, expected) => {
    const { address, repairs } = readAddress(text, null, HOST);

    expect(repairs).toEqual([`${text}... ${words}`]);
    expect(address === null ? null : qualifiedAddress(address, HOST)).toBe(expected);
  });

  it('has an open quote closed at its end; quotes that nothing needs fall away', () => {
    const { address, repairs } = readAddress('"a@b', null, HOST);

    expect(repairs).toEqual(['"a@b... Unbalanced \'"\'']);
    expect(address?.user).toBe('a@b');
  });

  it('is refused for a C1 control byte, which sendmail keeps for itself, unless it is UTF-8', () => {
    const { refusal } = readAddress('J\u00e9\u0089 <re@example.net>', ',', HOST);

    expect(refusal).toEqual({
      fault: 'charset',
      words: '8-bit character in mailbox address "Ji? <re@example.net>"',
    });
  });

  it('is bare without name, comments and brackets, and nothing for the null reverse-path', () => {
    expect(bareAddress('Foo Bar <x@y>')).toBe('x@y');
    expect(bareAddress('alice')).toBe('alice');
    expect(bareAddress('<>')).toBe('');
    expect(bareAddress('')).toBe('');
    expect(bareAddress(' "Smith, A" <a@b>,\n c@d')).toBe('a@b');
    expect(bareAddress('J\u00c3\u00ff\u0089 <re@example.net>')).toBe('re@example.net');
    expect(bareAddress('host!user')).toBe('host!user');
  });
});

describe('a list of addresses', () => {
  it('ends its elements at commas outside quotes, comments and brackets', () => {
    const found = readAddressList('"Smith, Dave" <dave@x>, (a, b) bob@y,, <@a,@b:c@z>', false, HOST);

    expect(found.map(({ text }) => text)).toEqual(['"Smith, Dave" <dave@x>', '(a, b) bob@y', '<@a,@b:c@z>']);
  });

  it('ends them at blanks in the old style', () => {
    expect(isNewStyle('a@b c@d')).toBe(false);

    expect(readAddressList('a@b c@d', true, HOST).map(({ text }) => text)).toEqual(['a@b', 'c@d']);
  });

  it('says that a bracket was left open before a comma, and goes on behind it', () => {
    const found = readAddressList('<a@b, c@d', false, HOST);

    expect(found.map(({ text, repairs }) => [text, repairs])).toEqual([
      ['<a@b', ["<a@b, c@d... Unbalanced '<'"]],
      ['c@d', []],
    ]);
  });
});

describe('an address field', () => {
  it('is laid out at column 78 with eight blanks', () => {
    const value =
      ' aaaaaaaaaaaaaaaaaaaa@example.com,bbbbbbbbbbbbbbbbbbbbbbbbbbbb@example.com\n   , cccccccccccccccccccccccccccccc@ex,dd@e, eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee@x';

    expect(layOutAddressField('To', value, false)).toBe(
      ' aaaaaaaaaaaaaaaaaaaa@example.com, bbbbbbbbbbbbbbbbbbbbbbbbbbbb@example.com,\n        cccccccccccccccccccccccccccccc@ex, dd@e,\n        eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee@x',
    );
  });

  it.each([
    [' a@b c@d', true, ' a@b, c@d'],
    [' a@b c@d', false, ' a@b c@d'],
    [' a @ b c', true, ' a @ b, c'],
    ['   a   ,  b', false, '   a, b'],
    [' <unb', false, ' <unb'],
    [' bob y,   , (c)', false, ' bob y, (c)'],
    [' "x\n y" <a@b>', false, ' "x\n y" <a@b>'],
    ['', false, ''],
  ])('%j (old style: %s) becomes %j', (value, oldStyle, expected) => {
    expect(layOutAddressField('Cc', value, oldStyle)).toBe(expected);
  });
});
