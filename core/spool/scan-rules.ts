/**
 * What a scan makes of the lines of one control file, and in which order jobs come: sendmail's rules
 * with their corners. It reads until it knows enough (P and T, and what filters and order
 * ask for), so a K behind them is not seen; orders that need nothing of a file read nothing, so
 * under them every priority is 0 and no lock is noticed. Pure.
 */
import { envelopeLines } from './raw-lines.js';
import type { QueueFilter, SortOrder } from './selection.js';
import type { JobReference } from './spool.js';

/** A job as sendmail's work list has it. */
export interface ScannedJob extends JobReference {
  readonly locked: boolean;
  /** Tried less than MinQueueAge or MaxQueueAge ago. */
  readonly tooYoung: boolean;
  readonly priority: number;
  readonly createdAtSeconds: number;
  /** Of the control file, in seconds. */
  readonly changedAtSeconds: number;
  /** What follows the last @ of the first R line that has one, backwards, in small letters. */
  readonly host: string | null;
}

export type UnscannedJob = Pick<ScannedJob, 'id' | 'kind' | 'locked' | 'changedAtSeconds'>;

export interface ScanRules {
  readonly filters: readonly QueueFilter[];
  readonly sort: SortOrder;
  readonly nowSeconds: number;
  readonly minQueueAgeSeconds?: number;
  readonly maxQueueAgeSeconds?: number;
}

/** A job without P comes last. */
const NO_PRIORITY = 0x7fffffff;
/** sendmail's line buffer there; the rest of a longer line is not looked at. */
const LONGEST_LINE = 256;

/** Whether control files need not be opened to choose and order jobs. */
export function readsNothing({ filters, sort }: Pick<ScanRules, 'filters' | 'sort'>): boolean {
  const byName = sort === 'filename' || sort === 'modification' || sort === 'none' || sort === 'random';
  return byName && filters.every(({ by }) => by === 'I');
}

/** null: the filters leave it out. */
export function scanControl(job: UnscannedJob, bytes: Buffer, rules: ScanRules): ScannedJob | null {
  if (readsNothing(rules)) {
    return { ...job, locked: false, tooYoung: false, priority: 0, createdAtSeconds: 0, host: null };
  }
  const { filters, sort, nowSeconds, minQueueAgeSeconds = 0, maxQueueAgeSeconds = 0 } = rules;
  const wanted = new Set(['P', 'T']);
  for (const { by } of filters) if (by !== 'I') wanted.add(by);
  if (sort === 'host' || sort === 'shuffle') wanted.add('host');
  let [priority, createdAtSeconds, tooYoung] = [NO_PRIORITY, 0, false];
  let host: string | null = null;
  let markedHeld = false;

  for (const whole of envelopeLines(bytes, Infinity)) {
    const line = whole.slice(0, LONGEST_LINE);
    const value = line.slice(1);
    switch (line.charAt(0)) {
      case 'P':
        priority = leadingNumber(value);
        wanted.delete('P');
        break;
      case 'T':
        createdAtSeconds = leadingNumber(value);
        wanted.delete('T');
        break;
      case 'K': {
        const age = nowSeconds - leadingNumber(value);
        if (maxQueueAgeSeconds > 0) {
          if (age < Math.min(leadingNumber(value) - createdAtSeconds, maxQueueAgeSeconds)) tooYoung = true;
        } else if (age >= 0 && age < minQueueAgeSeconds) tooYoung = true;
        break;
      }
      case 'N':
        if (leadingNumber(value) === 0) tooYoung = false;
        break;
      case 'q':
        if (job.kind === 'qf') markedHeld = true;
        else if (job.kind === 'hf' && anyHolds(filters, 'Q', value)) wanted.delete('Q');
        break;
      case 'R':
        if (host === null && line.includes('@', 1)) {
          host = [...line.slice(line.lastIndexOf('@') + 1).toLowerCase()].reverse().join('');
          wanted.delete('host');
        }
        if (anyHolds(filters, 'R', value.slice(value.indexOf(':') + 1))) wanted.delete('R');
        break;
      case 'S':
        if (anyHolds(filters, 'S', value)) wanted.delete('S');
        break;
    }
    if (wanted.size === 0 && !markedHeld) break;
  }
  const leftOut = markedHeld || wanted.has('Q') || wanted.has('R') || wanted.has('S');
  return leftOut ? null : { ...job, tooYoung, priority, createdAtSeconds, host };
}

/** Addresses are compared without case, reasons with. */
function anyHolds(filters: readonly QueueFilter[], by: QueueFilter['by'], text: string): boolean {
  const fold = (words: string): string => (by === 'Q' ? words : words.toLowerCase());
  return filters.some((filter) => filter.by === by && fold(text).includes(fold(filter.text)) !== filter.negated);
}

/** atol(3): blanks, sign, digits, and 0 when there are none. */
export function leadingNumber(text: string): number {
  return Number(/^[ \t\n\v\f\r]*([+-]?\d+)/.exec(text)?.[1] ?? 0);
}

/** Stable: equal jobs keep the directory's order. */
export function inScanOrder<Job extends ScannedJob>(jobs: readonly Job[], sort: SortOrder): Job[] {
  switch (sort) {
    case 'none':
      return [...jobs];
    case 'random':
      return jobs
        .map((job) => ({ job, place: Math.random() }))
        .sort((a, b) => a.place - b.place)
        .map(({ job }) => job);
    case 'priority':
      return [...jobs].sort(byPriority);
    case 'time':
      return [...jobs].sort((a, b) => a.createdAtSeconds - b.createdAtSeconds);
    case 'filename':
      return [...jobs].sort((a, b) => compareText(a.id, b.id));
    case 'modification':
      return [...jobs].sort((a, b) => a.changedAtSeconds - b.changedAtSeconds);
    case 'host':
      return byHost(jobs, (host) => host ?? '');
    case 'shuffle': {
      const places = new Map(jobs.map(({ host }) => [host, String(Math.random())]));
      return byHost(jobs, (host) => places.get(host) ?? '');
    }
  }
}

/** A host that somebody is sending to is taken as locked altogether and comes last. */
function byHost<Job extends ScannedJob>(jobs: readonly Job[], place: (host: string | null) => string): Job[] {
  const busy = new Set(jobs.filter((job) => job.locked).map((job) => job.host));
  return jobs
    .map((job) => (busy.has(job.host) ? { ...job, locked: true } : job))
    .sort(
      (a, b) =>
        Number(a.locked) - Number(b.locked) ||
        Number(a.host !== null) - Number(b.host !== null) ||
        compareText(place(a.host), place(b.host)) ||
        byPriority(a, b),
    );
}

function byPriority(a: ScannedJob, b: ScannedJob): number {
  return a.priority - b.priority;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
