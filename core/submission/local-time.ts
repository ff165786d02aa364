/**
 * Local time's offset from UTC without the runtime's time zone library, whose start costs more
 * than all the rest of a submission. Reads the system's zone file (TZif, RFC 8536): transitions, and
 * for the time after the last one the POSIX rule in its footer (`EST5EDT,M3.2.0,M11.1.0`). What
 * is not understood is null, and the runtime is asked after all.
 */
import fs from 'node:fs';
import path from 'node:path';

/** Minutes east of Greenwich at that time. */
export function localOffsetMinutes(atMilliseconds: number, tz: string | undefined = process.env['TZ']): number {
  return zoneOffsetMinutes(atMilliseconds, tz) ?? -new Date(atMilliseconds).getTimezoneOffset();
}

/** null when nothing says which zone it is. What TZ says and nobody understands is UTC, as for libc. */
export function zoneOffsetMinutes(atMilliseconds: number, tz: string | undefined): number | null {
  const name = tz?.replace(/^:/, '');
  if (name !== undefined && /^(?:|UTC|GMT|UTC0|GMT0)$/.test(name)) return 0;
  const bytes = readZone(name);
  const at = Math.floor(atMilliseconds / 1000);
  if (bytes === null) return name === undefined ? null : Math.trunc((offsetByRule(name, at) ?? 0) / 60);
  const seconds = offsetInZone(bytes, at);
  return seconds === null ? null : Math.trunc(seconds / 60);
}

const ZONES = '/usr/share/zoneinfo';

function readZone(name: string | undefined): Buffer | null {
  const file = name === undefined ? '/etc/localtime' : path.resolve(ZONES, name);
  if (name !== undefined && !(/^[A-Za-z0-9_+/-]+$/.test(name) && file.startsWith(`${ZONES}/`))) return null;
  try {
    return fs.readFileSync(file);
  } catch {
    return null;
  }
}

const HEADER_BYTES = 44;

/** Second block of a TZif file: 64-bit times. A file of version 1 has none and is left to the runtime. */
function offsetInZone(bytes: Buffer, atSeconds: number): number | null {
  if (bytes.toString('latin1', 0, 4) !== 'TZif' || bytes.toString('latin1', 4, 5) < '2') return null;
  const counts = (start: number) => [0, 1, 2, 3, 4, 5].map((index) => bytes.readUInt32BE(start + 20 + index * 4));
  const [utc1 = 0, std1 = 0, leap1 = 0, time1 = 0, type1 = 0, name1 = 0] = counts(0);
  const start = HEADER_BYTES + time1 * 5 + type1 * 6 + name1 + leap1 * 8 + std1 + utc1;
  const [utc = 0, std = 0, leap = 0, timeCount = 0, typeCount = 0, names = 0] = counts(start);
  const times = start + HEADER_BYTES;
  const indices = times + timeCount * 8;
  const types = indices + timeCount;
  const footer = bytes.toString('latin1', types + typeCount * 6 + names + leap * 12 + std + utc).trim();
  let last = -1;
  for (let index = 0; index < timeCount; index += 1) {
    if (Number(bytes.readBigInt64BE(times + index * 8)) <= atSeconds) last = index;
  }
  if (last === timeCount - 1 && footer !== '') return offsetByRule(footer, atSeconds);
  const type = last < 0 ? 0 : bytes.readUInt8(indices + last);
  return bytes.readInt32BE(types + type * 6);
}

const NAME = '(?:[A-Za-z]{3,}|<[^>]+>)';
const TIME = '[-+]?\\d{1,3}(?::\\d\\d){0,2}';
/** What libc takes for a zone with daylight saving time that does not say when. */
const USUAL = ['M3.2.0', 'M11.1.0'] as const;

/** POSIX.1 TZ: offsets count westwards; daylight saving time is an hour ahead unless it says otherwise. */
function offsetByRule(rule: string, atSeconds: number): number | null {
  if (rule === 'UTC0') return 0;
  const parts = new RegExp(`^${NAME}(${TIME})(?:${NAME}(${TIME})?(?:,([^,]+),([^,]+))?)?$`).exec(rule);
  const [whole, west = '', dstWest, from = USUAL[0], until = USUAL[1]] = parts ?? [];
  if (whole === undefined) return null;
  const standard = -seconds(west);
  if (new RegExp(`^${NAME}${TIME}$`).test(rule)) return standard;
  const daylight = dstWest === undefined ? standard + 3600 : -seconds(dstWest);
  const year = new Date((atSeconds + standard) * 1000).getUTCFullYear();
  const begin = changeAt(from, year);
  const end = changeAt(until, year);
  if (begin === null || end === null) return null;
  const [beginsAt, endsAt] = [begin - standard, end - daylight];
  const inDaylight =
    beginsAt < endsAt ? atSeconds >= beginsAt && atSeconds < endsAt : atSeconds >= beginsAt || atSeconds < endsAt;
  return inDaylight ? daylight : standard;
}

/**
 * `M3.2.0/2`: month, week (5 is the last), weekday, time; `J60`: day of the year from 1 without the
 * 29th of February; `59`: day of the year from 0. Local seconds.
 */
function changeAt(text: string, year: number): number | null {
  const [day = '', time = '2'] = text.split('/');
  const date = dayOf(day, year);
  return date === null ? null : Date.UTC(year, 0, 1) / 1000 + date * 86_400 + seconds(time);
}

/** Days since the first of January. */
function dayOf(text: string, year: number): number | null {
  const leap = new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1;
  const [, kind, number] = /^(J?)(\d{1,3})$/.exec(text) ?? [];
  if (kind === 'J') return Number(number) - (leap && Number(number) >= 60 ? 0 : 1);
  if (kind === '') return Number(number);
  const found = /^M(\d+)\.(\d)\.(\d)$/.exec(text);
  if (found === null) return null;
  const [month = 0, week = 0, weekday = 0] = found.slice(1, 4).map(Number);
  const first = new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
  let day = 1 + ((weekday - first + 7) % 7) + (week - 1) * 7;
  if (day > new Date(Date.UTC(year, month, 0)).getUTCDate()) day -= 7;
  return (Date.UTC(year, month - 1, day) - Date.UTC(year, 0, 1)) / 86_400_000;
}

function seconds(text: string): number {
  const [hours = 0, minutes = 0, rest = 0] = text.replace(/^[-+]/, '').split(':').map(Number);
  return (text.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60 + rest);
}
