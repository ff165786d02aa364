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

  it('leaves zones it cannot read to the runtime', () => {
    expect(zoneOffsetMinutes(0, 'No/Such_Zone')).toBeNull();
    expect(zoneOffsetMinutes(0, '../../etc/passwd')).toBeNull();
  });
});

function libraryOffset(at: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at);
  const found = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(parts.find(({ type }) => type === 'timeZoneName')?.value ?? '');
  const minutes = Number(found?.[2] ?? 0) * 60 + Number(found?.[3] ?? 0);
  return found?.[1] === '-' ? -minutes : minutes;
}
