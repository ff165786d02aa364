/**
 * When a person wants a message sent: the header field X-Outtray-Send-At and `outtray queue hold --until`.
 *
 *   2h  1d12h                               from now on
 *   17:30                                   today, or tomorrow when that is over
 *   tomorrow  tomorrow 17:30  monday 9:00   at 8:00 where no time is said
 *   2026-12-24  2026-12-24 17:30  2026-12-24T17:30:00+01:00
 *   Thu, 24 Dec 2026 17:30:00 +0100         RFC 5322 §3.3
 *   @1798129800                             seconds since 1970
 *
 * Without a zone it is local time. Pure; offsets are minutes east of Greenwich.
 */
export interface LocalClock {
  /** Milliseconds since the epoch. */
  readonly now: number;
  offsetMinutes(at: number): number;
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const DAY_MS = 86_400_000;
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MORNING: Time = [8, 0, 0];

type Time = readonly [hours: number, minutes: number, seconds: number];

/** Milliseconds since the epoch; null: it says no time. */
export function parseSendTime(text: string, clock: LocalClock): number | null {
  const words = text.trim().toLowerCase().replace(/\s+/g, ' ');
  return (
    fromNow(words, clock) ??
    atTime(words, clock) ??
    onDay(words, clock) ??
    isoDate(words, clock) ??
    mailDate(words) ??
    epoch(words)
  );
}

/** Words for whoever wrote something else. */
export const SEND_TIME_EXAMPLES = '"2h", "17:30", "tomorrow 8:00", "2026-12-24 17:30" or a date as in a Date field';

function fromNow(words: string, { now }: LocalClock): number | null {
  if (!/^\+?(?:\d{1,6}[smhdw] ?)+$/.test(words)) return null;
  const parts = [...words.matchAll(/(\d+)([smhdw])/g)];
  return now + parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (UNITS[unit] ?? 0), 0) * 1000;
}

function atTime(words: string, clock: LocalClock): number | null {
  const time = parseTime(words);
  if (time === null) return null;
  const today = local(todayOf(clock), time, clock);
  return today > clock.now ? today : local(todayOf(clock) + DAY_MS, time, clock);
}

function onDay(words: string, clock: LocalClock): number | null {
  const [, day = '', at] =
    /^(today|tomorrow|(?:sun|mon|tue|wed|thu|fri|sat)[a-z]*)(?: at)?(?: ([\d:]+))?$/.exec(words) ?? [];
  const time = at === undefined ? MORNING : parseTime(at);
  if (day === '' || time === null) return null;
  const today = todayOf(clock);
  if (day === 'today') return local(today, time, clock);
  if (day === 'tomorrow') return local(today + DAY_MS, time, clock);
  const wanted = WEEKDAYS.indexOf(day.slice(0, 3));
  const ahead = (wanted - new Date(today).getUTCDay() + 7) % 7;
  const first = local(today + ahead * DAY_MS, time, clock);
  return first > clock.now ? first : local(today + (ahead + 7) * DAY_MS, time, clock);
}

function isoDate(words: string, clock: LocalClock): number | null {
  const [, year, month, day, at, zone] =
    /^(\d{4})-(\d\d)-(\d\d)(?:[t ](\d{1,2}:\d\d(?::\d\d)?)(?:\.\d+)? ?(z|[-+]\d\d:?\d\d)?)?$/.exec(words) ?? [];
  const date = dateOf(Number(year), Number(month) - 1, Number(day));
  const time = at === undefined ? MORNING : parseTime(at);
  if (date === null || time === null) return null;
  return zone === undefined ? local(date, time, clock) : date + milliseconds(time) - zoneMinutes(zone) * 60_000;
}

function mailDate(words: string): number | null {
  const [, day, month = '', year, at = '', zone = ''] =
    /^(?:[a-z]{3}, )?(\d{1,2}) ([a-z]{3}) (\d{4}) (\d\d:\d\d(?::\d\d)?) ([-+]\d{4}|gmt|utc?|z)(?: \([^)]*\))?$/.exec(
      words,
    ) ?? [];
  const date = dateOf(Number(year), MONTHS.indexOf(month), Number(day));
  const time = parseTime(at);
  return date === null || time === null ? null : date + milliseconds(time) - zoneMinutes(zone) * 60_000;
}

function epoch(words: string): number | null {
  const seconds = /^@(\d{1,11})$/.exec(words)?.[1];
  return seconds === undefined ? null : Number(seconds) * 1000;
}

/** Midnight of a day of the calendar, as if it were in Greenwich; null: there is no such day. */
function dateOf(year: number, month: number, day: number): number | null {
  const at = Date.UTC(year, month, day);
  const date = new Date(at);
  return date.getUTCFullYear() === year && date.getUTCMonth() === month && date.getUTCDate() === day ? at : null;
}

function todayOf({ now, offsetMinutes }: LocalClock): number {
  const at = now + offsetMinutes(now) * 60_000;
  return at - (at % DAY_MS);
}

/** The offset at that time, not at this one. */
function local(day: number, time: Time, { offsetMinutes }: LocalClock): number {
  const at = day + milliseconds(time);
  const first = at - offsetMinutes(at) * 60_000;
  return at - offsetMinutes(first) * 60_000;
}

function milliseconds([hours, minutes, seconds]: Time): number {
  return ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

function parseTime(text: string): Time | null {
  const [, hours, minutes, seconds = '0'] = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/.exec(text) ?? [];
  const time: Time = [Number(hours), Number(minutes), Number(seconds)];
  return time[0] < 24 && time[1] < 60 && time[2] < 60 ? time : null;
}

function zoneMinutes(zone: string): number {
  const [, sign, hours, minutes] = /^([-+])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
}

/** The q line of a message that goes at an instant, in words that a real sendmail's listing shows. */
export function scheduledReason(untilMilliseconds: number): string {
  return `scheduled: until ${new Date(untilMilliseconds).toISOString().replace(/\.\d+Z$/, 'Z')}`;
}
