import { describe, expect, it } from 'vitest';
import { parseSendTime, scheduledReason } from '../../../core/mail/send-time.js';

/** Sunday, 29 March 2026, the day that summer time begins in Berlin, one hour before it does. */
const NOW = Date.parse('2026-03-29T00:00:00Z');
const SUMMER = Date.parse('2026-03-29T01:00:00Z');
const berlin = { now: NOW, offsetMinutes: (at: number) => (at < SUMMER ? 60 : 120) };
const at = (text: string): string | null => {
  const found = parseSendTime(text, berlin);
  return found === null ? null : new Date(found).toISOString();
};

describe('a time to send', () => {
  it.each([
    ['2h', '2026-03-29T02:00:00.000Z'],
    ['+1d12h', '2026-03-30T12:00:00.000Z'],
    ['90s', '2026-03-29T00:01:30.000Z'],
    ['1w', '2026-04-05T00:00:00.000Z'],
    ['17:30', '2026-03-29T15:30:00.000Z'],
    ['0:30', '2026-03-29T22:30:00.000Z'],
    ['today 9:00', '2026-03-29T07:00:00.000Z'],
    ['tomorrow', '2026-03-30T06:00:00.000Z'],
    ['Tomorrow at 17:30', '2026-03-30T15:30:00.000Z'],
    ['monday 9:00', '2026-03-30T07:00:00.000Z'],
    ['Sunday 0:10', '2026-04-04T22:10:00.000Z'],
    ['2026-12-24', '2026-12-24T06:00:00.000Z'],
    ['2026-12-24 17:30', '2026-12-24T15:30:00.000Z'],
    ['2026-12-24T17:30:10Z', '2026-12-24T17:30:10.000Z'],
    ['2026-12-24T17:30+01:00', '2026-12-24T16:30:00.000Z'],
    [' Thu, 24 Dec 2026 17:30:00 +0100 (CET)\r\n', '2026-12-24T16:30:00.000Z'],
    ['24 Dec 2026 17:30 GMT', '2026-12-24T17:30:00.000Z'],
    ['@1798129800', '2026-12-24T16:30:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(at(text)).toBe(expected);
  });

  it.each([
    '',
    'soon',
    '25:00',
    '2026-02-30',
    '2026-13-01 10:00',
    'tomorrow 9',
    '31 Feb 2026 10:00:00 +0000',
    '-2h',
    '2h\nBcc: x',
  ])('%j is none', (text) => {
    expect(at(text)).toBeNull();
  });

  it('is written so that it can be read again', () => {
    expect(scheduledReason(NOW + 999)).toBe('scheduled: until 2026-03-29T00:00:00Z');
  });
});
