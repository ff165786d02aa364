import fs from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { tableOffsetSeconds, zoneOffsetMinutes } from '../../../core/system/zone-offset.js';
import { ruleOffsetSeconds } from '../../../core/system/zone-rule.js';

const ZONES = [
  'America/New_York',
  'America/St_Johns',
  'America/Sao_Paulo',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Asia/Tehran',
  'Australia/Lord_Howe',
  'Europe/Berlin',
  'Europe/Dublin',
  'Pacific/Auckland',
  'Pacific/Chatham',
  'America/Godthab',
  'Africa/Cairo',
  'UTC',
].filter((zone) => fs.existsSync(`/usr/share/zoneinfo/${zone}`));

const zoneBefore = process.env['TZ'];

afterEach(() => {
  if (zoneBefore === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zoneBefore;
});

describe('offset of local time', () => {
  it.each(ZONES)('is what the runtime says, in every month from 1990 to 2060 (%s)', (zone) => {
    process.env['TZ'] = zone;
    const wrong: string[] = [];

    for (let month = 0; month < 70 * 12; month += 1) {
      const at = Date.UTC(1990, month, 1 + (month % 28), month % 24);
      const theirs = -new Date(at).getTimezoneOffset() + 0;
      const ours = zoneOffsetMinutes(at, zone) + 0;
      if (ours !== theirs) wrong.push(`${new Date(at).toISOString()}: ${ours}, not ${theirs}`);
    }

    expect(wrong).toEqual([]);
  });

  it('changes in the very second of the switch', () => {
    const berlin = 'CET-1CEST,M3.5.0,M10.5.0/3';

    expect(ruleOffsetSeconds(berlin, Date.UTC(2026, 2, 29, 0, 59, 59) / 1000)).toBe(3600);
    expect(ruleOffsetSeconds(berlin, Date.UTC(2026, 2, 29, 1) / 1000)).toBe(7200);
    expect(ruleOffsetSeconds(berlin, Date.UTC(2026, 9, 25, 0, 59, 59) / 1000)).toBe(7200);
    expect(ruleOffsetSeconds(berlin, Date.UTC(2026, 9, 25, 1) / 1000)).toBe(3600);
  });

  it('understands days by number and zones without daylight saving', () => {
    expect(ruleOffsetSeconds('XXX3YYY,J60,J300', Date.UTC(2028, 2, 1, 5) / 1000)).toBe(-7200);
    expect(ruleOffsetSeconds('XXX3YYY,59,300', Date.UTC(2028, 1, 29, 5) / 1000)).toBe(-7200);
    expect(ruleOffsetSeconds('<+0545>-5:45', 0)).toBe(20_700);
  });

  it.each(['', 'nonsense', 'CET-1CEST', 'CET-1CEST,M13', 'CET-1CEST,Easter,J3'])('gives no answer to %j', (rule) => {
    expect(ruleOffsetSeconds(rule, 0)).toBeNull();
  });

  it('reads no table out of something else', () => {
    expect(tableOffsetSeconds(Buffer.from('hello'), 0)).toBeNull();
  });
});
