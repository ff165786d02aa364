/**
 * The POSIX form of a time zone, `CET-1CEST,M3.5.0,M10.5.0/3`: names, offsets west of Greenwich,
 * and when daylight saving begins and ends (RFC 8536 §3.3 allows hours from -167 to 167). Pure.
 */
const NAME = '(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]+>)';
const TIME = '([+-]?\\d{1,3}(?::\\d{2}(?::\\d{2})?)?)';
const RULE = new RegExp(`^${NAME}${TIME}(?:(${NAME})${TIME}?(?:,([^,]+),([^,]+))?)?$`);
const DAY_SECONDS = 86_400;

/** Seconds east of Greenwich at an instant; null when the text is no such rule. */
export function ruleOffsetSeconds(rule: string, seconds: number): number | null {
  const match = RULE.exec(rule);
  if (match === null) return null;
  const [, standard = '', daylightName, daylight, begins, ends] = match;
  const standardOffset = -timeSeconds(standard);
  if (daylightName === undefined) return standardOffset;
  // Without dates it is the system's own rule, which we do not know.
  if (begins === undefined || ends === undefined) return null;
  const daylightOffset = daylight === undefined ? standardOffset + 3600 : -timeSeconds(daylight);
  const year = new Date((seconds + standardOffset) * 1000).getUTCFullYear();
  const start = switchSeconds(begins, year);
  const end = switchSeconds(ends, year);
  if (start === null || end === null) return null;
  const from = start - standardOffset;
  const until = end - daylightOffset;
  // South of the equator daylight saving lasts over the new year.
  const saving = from < until ? seconds >= from && seconds < until : seconds >= from || seconds < until;
  return saving ? daylightOffset : standardOffset;
}

/** Instant of `M3.5.0/2`, `J60` or `59` in a year, as if local time were UTC. */
function switchSeconds(text: string, year: number): number | null {
  const [day = '', time = '2'] = text.split('/');
  const days = switchDay(day, year);
  return days === null || !new RegExp(`^${TIME}$`).test(time) ? null : days * DAY_SECONDS + timeSeconds(time);
}

/** Day of the switch, counted from the epoch. */
function switchDay(text: string, year: number): number | null {
  const newYear = Date.UTC(year, 0, 1) / (DAY_SECONDS * 1000);
  const weekly = /^M(\d{1,2})\.([1-5])\.([0-6])$/.exec(text);
  if (weekly !== null) return weekday(year, Number(weekly[1]), Number(weekly[2]), Number(weekly[3]));
  const julian = /^(J?)(\d{1,3})$/.exec(text);
  if (julian === null) return null;
  const number = Number(julian[2]);
  if (julian[1] === '') return newYear + number;
  const leap = new Date(Date.UTC(year, 1, 29)).getUTCDate() === 29;
  return newYear + number - 1 + (leap && number >= 60 ? 1 : 0);
}

/** The `week`th `day` (0: Sunday) of a month; 5: the last. */
function weekday(year: number, month: number, week: number, day: number): number {
  const first = new Date(Date.UTC(year, month - 1, 1));
  const firstDay = first.getTime() / (DAY_SECONDS * 1000);
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  let date = ((day - first.getUTCDay() + 7) % 7) + (week - 1) * 7;
  while (date >= length) date -= 7;
  return firstDay + date;
}

/** `2`, `-1:30`, `+100:00:00` in seconds. */
function timeSeconds(text: string): number {
  const [hours = '0', minutes = '0', seconds = '0'] = text.replace(/^[+-]/, '').split(':');
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return text.startsWith('-') ? -size : size;
}
