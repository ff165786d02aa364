/**
 * Dates as sendmail writes them in Received and Date (RFC 5322 §3.3): `Fri, 6 Nov 2026 23:03:51
 * GMT` where the offset is zero, else `... -0500`; and the date of an mbox `From ` line. Pure;
 * offsets are minutes east of Greenwich.
 */
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

export function formatDate(atMilliseconds: number, offsetMinutes: number): string {
  const at = new Date(atMilliseconds + offsetMinutes * 60_000);
  const date = `${DAYS[at.getUTCDay()]}, ${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
  return `${date} ${clock(at)} ${zone(offsetMinutes)}`;
}

/** `Fri Nov 20 23:10:52 2026`, as asctime(3). */
export function formatAscDate(atMilliseconds: number, offsetMinutes: number): string {
  const at = new Date(atMilliseconds + offsetMinutes * 60_000);
  const day = String(at.getUTCDate()).padStart(2, ' ');
  return `${DAYS[at.getUTCDay()]} ${MONTHS[at.getUTCMonth()]} ${day} ${clock(at)} ${at.getUTCFullYear()}`;
}

/** Date of `From alice Thu Nov 12 08:09:10 2026`, read as local time; null when there is none. */
export function dateOfFromLine(line: string, offsetMinutes: number): string | null {
  const found = /(?<= )([A-Z][a-z]{2}) ([A-Z][a-z]{2}) ([ \d]\d) (\d\d:\d\d:\d\d) (\d{4})/.exec(line);
  if (found === null) return null;
  const [, day = '', month = '', date = '', time = '', year = ''] = found;
  if (!DAYS.some((name) => name === day) || !MONTHS.some((name) => name === month)) return null;
  return `${day}, ${date.trim()} ${month} ${year} ${time} ${zone(offsetMinutes)}`;
}

function clock(at: Date): string {
  return [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(':');
}

function zone(offsetMinutes: number): string {
  if (offsetMinutes === 0) return 'GMT';
  const minutes = Math.abs(offsetMinutes);
  return `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
