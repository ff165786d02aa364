/**
 * The listing that `mailq` and `sendmail -bp` print, byte for byte sendmail 8.17's, since scripts
 * read it: header, one block a job, total. Widths are sendmail's; bytes that do not print are
 * octal, so a message cannot write to the terminal.
 */

import {
  matchesFilters,
  type QueueFilter,
  type Sortable,
  type SortOrder,
  sortable,
  sortJobs,
} from '../spool/selection.js';
import type { JobKind, JobSnapshot, Spool } from '../spool/spool.js';
import { localOffsetMinutes } from '../submission/local-time.js';

export interface ListingOptions {
  /** Name of the spool as printed. */
  readonly directory: string;
  /** qf: the queue. hf: quarantined (-qQ). Qf: lost (-qL). */
  readonly kind: JobKind;
  readonly verbose?: boolean;
  /** IANA name; the process's own time zone when absent. */
  readonly timeZone?: string;
  readonly nowSeconds: number;
  /** Jobs tried less than this long ago are marked `-`. */
  readonly minQueueAgeSeconds?: number;
  /** At most so many are printed (MaxQueueRunSize); all are counted. */
  readonly limit?: number;
}

export interface PrintOptions extends Omit<ListingOptions, 'directory'> {
  /** As it is to be printed; the spool's own path when not given. */
  readonly directory?: string;
  readonly filters?: readonly QueueFilter[];
  readonly sort?: SortOrder;
}

type JobOptions = Omit<ListingOptions, 'directory'>;

/** Where a job goes in the listing, and what is printed of it: null when it is read once more for that. */
interface Row extends Sortable {
  readonly text: string | null;
}

/** The text of an ordinary job is held until the order is known; thousands of recipients are not. */
const LONGEST_HELD = 600;

/** Reads the spool and yields the listing in pieces that end with a line feed. */
export function* printQueue(spool: Spool, options: PrintOptions): Generator<string> {
  const { kind, filters = [], sort = 'priority' } = options;
  const dates = createDates(options.timeZone);
  const rows: Row[] = [];
  for (const job of spool.survey({ kind })) {
    if (!matchesFilters(job, filters)) continue;
    const text = formatJob(job, options, dates);
    rows.push({ ...sortable(job, sort), text: text.length > LONGEST_HELD ? null : text });
  }
  const submitted = sortJobs(sortJobs(rows, 'modification'), 'time');
  yield* listing(sortJobs(submitted, sort), { directory: spool.directory, ...options }, ({ id, text }) => {
    const job = text === null ? spool.read({ id, kind }) : null;
    return job === null ? (text ?? '') : formatJob(job, options, dates);
  });
}

/** `jobs` are those to list, in order. */
export function formatListing(jobs: readonly JobSnapshot[], options: ListingOptions): string {
  const dates = createDates(options.timeZone);
  return [...listing(jobs, options, (job) => formatJob(job, options, dates))].join('');
}

function* listing<Job>(jobs: readonly Job[], options: ListingOptions, format: (job: Job) => string): Generator<string> {
  if (jobs.length === 0) yield `${options.directory} is empty\n`;
  else {
    const shown = options.limit === undefined ? jobs : jobs.slice(0, options.limit);
    const cut = shown.length < jobs.length ? `, only ${shown.length} printed` : '';
    yield `\t\t${options.directory} (${jobs.length} request${jobs.length === 1 ? '' : 's'}${cut})\n`;
    yield options.verbose === true
      ? '-----Q-ID----- --Size-- -Priority- ---Q-Time--- --------Sender/Recipient--------\n'
      : '-----Q-ID----- --Size-- -----Q-Time----- ------------Sender/Recipient-----------\n';
    for (const job of shown) yield format(job);
  }
  yield `\t\tTotal requests: ${jobs.length}\n`;
}

function formatJob(job: JobSnapshot, options: JobOptions, dates: Dates): string {
  const { control } = job;
  const verbose = options.verbose === true;
  const start = job.id.padStart(13);
  if (control === undefined) return `${start} (${job.damage ?? 'no control file'})\n`;
  const date = dates(control.createdAtSeconds);
  const size = String(job.dataBytes).padStart(8);
  const priority = `${String(control.priority).padStart(10)}${control.flags.includes('w') ? '+' : ' '}`;
  let text = start + markOf(job, options) + size;
  text += verbose ? ` ${priority}${date.slice(4)} ` : ` ${date} `;
  text += columns(control.sender, verbose ? 78 : 39);
  const width = verbose ? 100 : 60;
  if (control.quarantineReason !== undefined)
    text += `\n     QUARANTINE: ${printable(control.quarantineReason.slice(0, width))}`;
  if (control.bodyType !== undefined || control.message !== undefined) {
    text += `\n    ${(control.bodyType ?? '').slice(0, 10).padStart(10)}`;
    if (control.message !== undefined) text += `   (${printable(control.message.slice(0, width))})`;
  }
  let controller: string | undefined;
  for (const recipient of control.recipients) {
    if (verbose && recipient.controllingUser !== controller)
      text += `\n\t\t\t\t\t\t(---${printable((recipient.controllingUser ?? '').slice(0, 64))}---)`;
    controller = recipient.controllingUser;
    text += verbose
      ? `\n\t\t\t\t\t\t${columns(recipient.address, 71)}`
      : `\n\t\t\t\t\t ${columns(recipient.address, 38)}`;
    if (verbose && recipient.message !== undefined) text += `\n\t\t (${printable(recipient.message.slice(0, 100))})`;
  }
  return `${text}\n`;
}

function markOf(job: JobSnapshot, { nowSeconds, minQueueAgeSeconds = 0 }: JobOptions): string {
  if (job.locked) return '*';
  if (job.kind === 'Qf') return '?';
  const { attempts = 0, lastAttemptSeconds = 0 } = job.control ?? {};
  const young = minQueueAgeSeconds > 0 && attempts > 0 && nowSeconds - lastAttemptSeconds < minQueueAgeSeconds;
  return young ? '-' : ' ';
}

/** sendmail counts what an escaped byte takes, and prints it only when all of it fits. */
function columns(text: string, width: number): string {
  let left = width;
  let shown = '';
  for (const character of text) {
    if (left <= 0) break;
    left -= 1;
    if (character === '\\') {
      if (left > 0) shown += '\\\\';
      left -= 1;
    } else if (/[ -~]/.test(character)) shown += character;
    else {
      left -= 3;
      if (left > 0) shown += octal(character);
    }
  }
  return shown;
}

function printable(text: string): string {
  return text.replace(/[^ -~]/g, octal);
}

function octal(character: string): string {
  return `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
}

/** ctime(3) without seconds and year: `Tue Oct 27 08:33`. */
type Dates = (seconds: number) => string;

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** Zones change their offset at full quarters of an hour. */
const QUARTER_SECONDS = 900;

function createDates(timeZone: string | undefined): Dates {
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
  return (seconds) => {
    const local = new Date((seconds + offsetAt(seconds)) * 1000);
    const day = `${WEEKDAYS[local.getUTCDay()]} ${MONTHS[local.getUTCMonth()]} ${String(local.getUTCDate()).padStart(2)}`;
    return `${day} ${two(local.getUTCHours())}:${two(local.getUTCMinutes())}`;
  };
}
