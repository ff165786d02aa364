/**
 * Instants in words: short and local in the list, whole in its title. The locale and time
 * zone are the person's own; both can be given, for tests.
 */

export interface Place {
  readonly locale?: string;
  readonly timeZone?: string;
}

const DAY_MS = 86_400_000;

/** `14:05` today, `Tue 14:05` within six days of now, otherwise `12 Mar` with the year where it is another one. */
export function shortTime(at: number, now: number, place: Place = {}): string {
  return isNear(at, now) ? timedWords(at, now, place) : format(at, dateOf(at, now, place), place);
}

/** As shortTime, but the hour stays however long ago it was: `12 Mar, 14:05`. */
export function timedWords(at: number, now: number, place: Place = {}): string {
  if (dayOf(at, place) === dayOf(now, place)) return format(at, HOUR, place);
  return format(at, { ...(isNear(at, now) ? { weekday: 'short' } : dateOf(at, now, place)), ...HOUR }, place);
}

const HOUR = { hour: 'numeric', minute: '2-digit' } as const;

function isNear(at: number, now: number): boolean {
  return Math.abs(at - now) < 6 * DAY_MS;
}

function dateOf(at: number, now: number, place: Place): Intl.DateTimeFormatOptions {
  const sameYear = format(at, { year: 'numeric' }, place) === format(now, { year: 'numeric' }, place);
  return { day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' }) };
}

/** Nothing left out: weekday, date, seconds, time zone. */
export function fullTime(at: number, place: Place = {}): string {
  return format(
    at,
    {
      weekday: 'long',
      day: 'numeric',
      month: 'long',
      year: 'numeric',
      hour: 'numeric',
      minute: '2-digit',
      second: '2-digit',
      timeZoneName: 'short',
    },
    place,
  );
}

/** `in 40 s` within two minutes of now, `at 14:05` beyond, `now` when it is due. */
export function untilWords(at: number, now: number, place: Place = {}): string {
  const seconds = Math.ceil((at - now) / 1000);
  if (seconds <= 0) return 'now';
  if (seconds < 120) return `in ${seconds} s`;
  const words = shortTime(at, now, place);
  return dayOf(at, place) === dayOf(now, place) ? `at ${words}` : `on ${words}`;
}

/** Milliseconds after which untilWords says something else; null when it will not for a while. */
export function untilChangeMs(at: number, now: number): number | null {
  const left = at - now;
  if (left <= 0) return null;
  if (left < 120_000) return left % 1000 || 1000;
  return left - 119_000;
}

/** The calendar day, so that a list knows when `14:05` has become yesterday's. */
export function dayOf(at: number, place: Place = {}): string {
  return format(at, { year: 'numeric', month: '2-digit', day: '2-digit' }, { ...place, locale: 'en-CA' });
}

/** Making a formatter takes longer than using it a hundred times. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function format(at: number, options: Intl.DateTimeFormatOptions, { locale, timeZone }: Place): string {
  const name = JSON.stringify([locale, timeZone, options]);
  let formatter = formatters.get(name);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat(locale, { ...options, timeZone });
    formatters.set(name, formatter);
  }
  return formatter.format(at);
}
