/**
 * The listing that `mailq` and `sendmail -bp` print, byte for byte sendmail 8.17's, since scripts
 * read it: what is wrong with the directory, header, one block a job (listed-job.ts), total.
 */
import { lookAgain, type ScanOptions, scanQueue } from '../spool/queue-scan.js';
import type { ScannedJob } from '../spool/scan-rules.js';
import { forgetGarbage } from '../system/memory.js';
import { describeListed } from './listed-job.js';
import { createDates } from './listing-dates.js';

export interface PrintOptions
  extends Omit<ScanOptions, 'filters' | 'sort'>,
    Partial<Pick<ScanOptions, 'filters' | 'sort'>> {
  /** As it is to be printed; the spool's own path when not given. */
  readonly directory?: string;
  readonly verbose?: boolean;
  /** IANA name; the process's own time zone when absent. */
  readonly timeZone?: string;
  /** Jobs with a higher priority number wait until the machine is less busy, and are marked so. */
  readonly busyAbove?: number;
}

/** The text of an ordinary job is held until the order is known; thousands of recipients are not. */
const LONGEST_HELD = 600;
/** Files between two looks at what may be forgotten. */
const FORGET_AFTER = 1000;

/** Reads the spool and yields the listing in pieces that end with a line feed. */
export function* printQueue(spool: { readonly directory: string }, options: PrintOptions): Generator<string> {
  const { verbose = false, directory = spool.directory, kind } = options;
  const dates = createDates(options.timeZone);
  let seen = 0;
  const { jobs, total, remarks } = scanQueue(
    spool.directory,
    { filters: [], sort: 'priority', ...options },
    (job, look) => {
      seen += 1;
      if (seen % FORGET_AFTER === 0) forgetGarbage();
      if (typeof look === 'string') return ` (${look})\n`;
      const text = describeListed(job, look, verbose, dates);
      return { missing: look.dataBytes < 0, text: text.length > LONGEST_HELD ? null : inOnePiece(text) };
    },
  );
  for (const { text, verboseOnly } of remarks) if (verbose || !verboseOnly) yield `${text}\n`;
  if (total === 0) {
    yield `${directory} is empty\n\t\tTotal requests: 0\n`;
    return;
  }
  const cut = jobs.length < total ? `, only ${jobs.length} printed` : '';
  yield `\t\t${directory} (${total} request${total === 1 ? '' : 's'}${cut})\n`;
  yield verbose
    ? '-----Q-ID----- --Size-- -Priority- ---Q-Time--- --------Sender/Recipient--------\n'
    : '-----Q-ID----- --Size-- -----Q-Time----- ------------Sender/Recipient-----------\n';
  for (const { note, ...job } of jobs) {
    const start = job.id.padStart(13);
    if (typeof note === 'string') {
      yield start + note;
      continue;
    }
    const complaint = note.missing ? complaintOf(job, verbose) : '';
    const text = note.text ?? describeAgain(job);
    yield text === null ? `${start} (job completed)\n` : start + complaint + markOf(job, options) + text;
  }
  yield `\t\tTotal requests: ${total}\n`;

  function describeAgain(job: ScannedJob): string | null {
    const look = lookAgain(spool.directory, kind, job.id);
    return look === null ? null : describeListed(job, look, verbose, dates);
  }
}

/** A text that was put together holds on to its parts. */
function inOnePiece(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

/** Where the body is missing sendmail reads the job itself, under its lock. */
function complaintOf({ id, locked }: ScannedJob, verbose: boolean): string {
  if (!locked) return `readqf: cannot open ./df${id}: No such file or directory\n`;
  return verbose ? `${id}: locked\n` : '';
}

function markOf({ kind, locked, tooYoung, priority }: ScannedJob, { busyAbove = Infinity }: PrintOptions): string {
  if (locked) return '*';
  if (kind === 'Qf') return '?';
  if (tooYoung) return '-';
  return priority > busyAbove ? 'X' : ' ';
}
