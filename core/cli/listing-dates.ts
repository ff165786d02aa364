/** Dates as mailq shows them, in local time, without the runtime's time zone library (local-time.ts). Pure but for that. */
import { compileLightly } from '../spool/light-code.js';
import { localOffsetMinutes } from '../submission/local-time.js';

/** ctime(3) without seconds and year: `Tue Oct 27 08:33`. */
export type Dates = (seconds: number) => string;

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** Zones change their offset at full quarters of an hour. */
const QUARTER_SECONDS = 900;
/** A day before a Date ends; what a damaged file says may be beyond. */
const LATEST_SECONDS = 8.64e12 - 86_400;

export function createDates(timeZone: string | undefined): Dates {
  const offsets = new Map<number, number>();
  const offsetAt = (seconds: number): number => {
    const quarter = Math.floor(seconds / QUARTER_SECONDS);
    const known = offsets.get(quarter);
    if (known !== undefined) return known;
    const offset = localOffsetMinutes(quarter * QUARTER_SECONDS * 1000, timeZone) * 60;
    offsets.set(quarter, offset);
    return offset;
  };
  const two = (value: number): string => String(value).padStart(2, '0');
  const dates: Dates = (seconds) => {
    const known = Math.abs(seconds) <= LATEST_SECONDS ? seconds : 0;
    const local = new Date((known + offsetAt(known)) * 1000);
    const day = `${WEEKDAYS[local.getUTCDay()]} ${MONTHS[local.getUTCMonth()]} ${String(local.getUTCDate()).padStart(2)}`;
    return `${day} ${two(local.getUTCHours())}:${two(local.getUTCMinutes())}`;
  };
  compileLightly(dates, two, offsetAt);
  return dates;
}
