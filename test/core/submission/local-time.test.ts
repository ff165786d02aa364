import { describe, expect, it } from 'vitest';
import { zoneOffsetMinutes } from '../../../core/submission/local-time.js';

const ZONES = [
  'UTC',
  'America/New_York',
  'America/St_Johns',
  'Asia/Kolkata',
  'Europe/Berlin',
  'Europe/Dublin',
  'Australia/Sydney',
  'Pacific/Auckland',
  'Africa/Cairo',
  'America/Nuuk',
  'Asia/Kathmandu',
];

describe('local time', () => {
  it.each(ZONES)('has the offset of the time zone database in %s, month by month', (zone) => {
    const instants = Array.from({ length: 12 * 20 }, (_, index) => Date.UTC(2015, index, 1 + (index % 28), 1, 30));

    const offsets = instants.map((at) => zoneOffsetMinutes(at, zone));

    expect(offsets).toEqual(instants.map((at) => libraryOffset(at, zone)));
  });

  it.each([
    ['begin of summer time, last second of winter', Date.UTC(2026, 2, 29, 0, 59, 59), 60],
    ['begin of summer time', Date.UTC(2026, 2, 29, 1), 120],
    ['end of summer time, last second', Date.UTC(2026, 9, 25, 0, 59, 59), 120],
    ['end of summer time', Date.UTC(2026, 9, 25, 1), 60],
  ])('changes at the second: %s', (_, at, expected) => {
    expect(zoneOffsetMinutes(at, 'Europe/Berlin')).toBe(expected);
  });

  it('takes a zone that nobody understands for UTC, as libc does, and reads no other files', () => {
    expect(zoneOffsetMinutes(0, 'No/Such_Zone')).toBe(0);
    expect(zoneOffsetMinutes(0, '../../etc/passwd')).toBe(0);
    expect(zoneOffsetMinutes(0, '/etc/localtime')).toBe(0);
  });

  it.each([
    ['EST5', -300],
    ['EST5EDT', -300],
    ['CET-1CEST', 60],
    ['<+0330>-3:30', 210],
    ['NZST-12NZDT,M9.5.0,M4.1.0/3', 780],
    ['IST-2IDT,J100,J300', 120],
    ['AAA3BBB,100,350', -120],
  ])('reads %s, which is no file', (zone, minutes) => {
    expect(zoneOffsetMinutes(Date.UTC(2026, 10, 20), zone)).toBe(minutes);
  });
});

function libraryOffset(at: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at);
  const found = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(parts.find(({ type }) => type === 'timeZoneName')?.value ?? '');
  const minutes = Number(found?.[2] ?? 0) * 60 + Number(found?.[3] ?? 0);
  return found?.[1] === '-' ? -minutes : minutes;
}
