import { describe, expect, it } from 'vitest';
import { addressFrame } from '../../../core/mail/address-frame.js';
import { dateOfFromLine, formatAscDate, formatDate } from '../../../core/mail/date.js';
import { parseNotify, parseReturn } from '../../../core/mail/delivery-status.js';
import { fullNameOfGecos, quoteFullName } from '../../../core/mail/full-name.js';
import { isFieldLine, parseField, precedenceClass } from '../../../core/mail/header.js';

describe('a full name', () => {
  it.each([
    ['Alice Q Example', 'Alice Q Example', 'Alice Q Example'],
    ['J. Random @ Home', '"J. Random @ Home"', '"J. Random @ Home"'],
    ['Bad "quote', '"Bad \\"quote"', '"Bad \\"quote"'],
    ['"Q R"', '"Q R"', '"Q R"'],
    ['(Q R)', '(Q R)', '(Q R)'],
    ["O'Q", '"O\'Q"', '"O\'Q"'],
    ['Q <R>', 'Q <R>', '"Q <R>"'],
    ['A\nB', 'A B', 'A B'],
  ])('%j is %s in Full-Name and %s in From', (name, field, originator) => {
    expect(quoteFullName(name)).toBe(field);
    expect(addressFrame(`${field} <a@b>`)('a@b')).toBe(`${originator} <a@b>`);
  });

  it.each([
    ['& Example,Room 1,,', 'Alice Example'],
    ["Alice O'Hara; Room 1", "Alice O'Hara"],
    ['*A. Example%x', 'A. Example'],
  ])('comes from the password database up to the first separator, & standing for the login name: %j', (gecos, name) => {
    expect(fullNameOfGecos(gecos, 'alice')).toBe(name);
  });
});

describe('a date', () => {
  it.each([
    [0, 'Fri, 6 Nov 2026 23:03:51 GMT'],
    [-300, 'Fri, 6 Nov 2026 18:03:51 -0500'],
    [330, 'Sat, 7 Nov 2026 04:33:51 +0530'],
    [-210, 'Fri, 6 Nov 2026 19:33:51 -0330'],
  ])('has its offset, GMT for none: %s minutes', (offset, expected) => {
    expect(formatDate(Date.UTC(2026, 10, 6, 23, 3, 51), offset)).toBe(expected);
  });

  it('is read from the From line of a mailbox', () => {
    expect(dateOfFromLine('From alice Thu Nov 12 08:09:10 2026', 60)).toBe('Thu, 12 Nov 2026 08:09:10 +0100');
    expect(dateOfFromLine('From alice', 0)).toBeNull();
    expect(formatAscDate(Date.UTC(2026, 10, 6, 23, 3, 51), 0)).toBe('Fri Nov  6 23:03:51 2026');
  });
});

describe('a header line', () => {
  it.each([
    ['Subject: x', true],
    ['X-Colon : spaced', true],
    ['X-Tab\t: y', true],
    ['A B: b', false],
    ['--x: y', false],
    [' x: y', false],
    ['no colon', false],
    [': x', false],
  ])('%j is a field: %s', (line, expected) => {
    expect(isFieldLine(line)).toBe(expected);
  });

  it('keeps everything behind the colon', () => {
    expect(parseField('X-Colon :  spaced  ')).toEqual({ name: 'X-Colon', value: '  spaced  ' });
  });

  it('gives the class of the first Precedence field, 0 for a word it does not know', () => {
    const field = (value: string) => ({ name: 'Precedence', value });

    expect(precedenceClass([field(' Bulk'), field(' list')])).toBe(-60);
    expect(precedenceClass([field(' special-delivery ')])).toBe(0);
  });
});

describe('what -N and -R take', () => {
  it.each([
    ['never', ''],
    ['FAILURE,success', 'SF'],
    ['success,failure,delay', 'SFD'],
    ['never,success', null],
    ['failure,,delay', null],
    ['', null],
  ])('-N %j is %j', (text, expected) => {
    expect(parseNotify(text)).toBe(expected);
  });

  it('knows full and hdrs', () => {
    expect([parseReturn('FULL'), parseReturn('hdrs'), parseReturn('some')]).toEqual(['full', 'headers', null]);
  });
});
