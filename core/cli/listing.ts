/**
 * The listing that `mailq` and `sendmail -bp` print, byte for byte sendmail 8.17's, since scripts
 * read it: what is wrong with the directory, header, one block a job (listed-job.ts), total.
 */

import { compileLightly, forgetGarbage } from '../spool/light-code.js';
import { type Look, lookAgain, type ScanOptions, scanQueue } from '../spool/queue-scan.js';
import type { ScannedJob } from '../spool/scan-rules.js';
import { createHeldTexts } from './held-texts.js';
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
const FORGET_AFTER = 250;

/** Reads the spool and prints the listing in pieces that end with a line feed, bytes as latin1. */
export function printQueue(
  spool: { readonly directory: string },
  options: PrintOptions,
  print: (piece: string) => void,
): void {
  const { verbose = false, directory = spool.directory, kind } = options;
  const dates = createDates(options.timeZone);
  const texts = createHeldTexts();
  const unread = new Map<number, string>();
  const withoutData = new Set<number>();
  const onLook = (job: ScannedJob, look: Look | string): void => {
    const { place } = job;
    if (place % FORGET_AFTER === FORGET_AFTER - 1) forgetGarbage();
    if (typeof look === 'string') {
      unread.set(place, look);
      return;
    }
    if (look.dataBytes < 0) withoutData.add(place);
    const text = describeListed(job, look, verbose, dates);
    if (text.length <= LONGEST_HELD) texts.hold(place, text);
  };
  compileLightly(onLook, describe, markOf);
  const { jobs, total, remarks } = scanQueue(spool.directory, { filters: [], sort: 'priority', ...options }, onLook);

  for (const { text, verboseOnly } of remarks) if (verbose || !verboseOnly) print(`${text}\n`);
  if (total === 0) {
    print(`${directory} is empty\n\t\tTotal requests: 0\n`);
    return;
  }
  const cut = jobs.length < total ? `, only ${jobs.length} printed` : '';
  print(`\t\t${directory} (${total} request${total === 1 ? '' : 's'}${cut})\n`);
  print(
    verbose
      ? '-----Q-ID----- --Size-- -Priority- ---Q-Time--- --------Sender/Recipient--------\n'
      : '-----Q-ID----- --Size-- -----Q-Time----- ------------Sender/Recipient-----------\n',
  );
  let printed = 0;
  for (const job of jobs) {
    print(job.id.padStart(13) + describe(job));
    printed += 1;
    if (printed % FORGET_AFTER === 0) forgetGarbage();
  }
  print(`\t\tTotal requests: ${total}\n`);

  function describe(job: ScannedJob): string {
    const { place } = job;
    const why = unread.get(place);
    if (why !== undefined) return ` (${why})\n`;
    const complaint = withoutData.has(place) ? complaintOf(job, verbose) : '';
    const text = texts.get(place) ?? describeAgain(job);
    return text === null ? ' (job completed)\n' : complaint + markOf(job, options) + text;
  }

  function describeAgain(job: ScannedJob): string | null {
    const look = lookAgain(spool.directory, kind, job.id);
    return look === null ? null : describeListed(job, look, verbose, dates);
  }
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
