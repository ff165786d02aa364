/**
 * What a scan makes of the lines of one control file, and in which order jobs come: sendmail's rules
 * with their corners. It reads until it knows enough (P and T, and what filters and order
 * ask for), so a K behind them is not seen; orders that need nothing of a file read nothing, so
 * under them every priority is 0 and no lock is noticed. Pure.
 */
import { compileLightly } from './light-code.js';
import type { EnvelopeLines } from './raw-lines.js';
import type { QueueFilter, SortOrder } from './selection.js';
import type { JobReference } from './spool.js';

/** A job as sendmail's work list has it. */
export interface ScannedJob extends JobReference {
  /** The how-maniest of those looked at, from 0. */
  readonly place: number;
  readonly locked: boolean;
  /** Tried less than MinQueueAge or MaxQueueAge ago. */
  readonly tooYoung: boolean;
  readonly priority: number;
  readonly createdAtSeconds: number;
  /** Of the control file, in seconds. */
  readonly changedAtSeconds: number;
  /** What follows the last @ of the first R line that has one, backwards, in small letters; where the order asks for it. */
  readonly host: string | null;
}

export type UnscannedJob = Pick<ScannedJob, 'id' | 'kind' | 'place' | 'locked' | 'changedAtSeconds'>;

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

/** What a scan makes of one job; null: the filters leave it out. */
export type Scanner = (job: UnscannedJob, lines: EnvelopeLines) => ScannedJob | null;

/** What has not been seen yet, as bits. */
const PRIORITY = 1;
const TIME = 2;
const HOST = 4;
const SENDER = 8;
const RECIPIENT = 16;
const REASON = 32;
const FILTERED = SENDER | RECIPIENT | REASON;

export function createScanner(rules: ScanRules): Scanner {
  const { filters, sort, nowSeconds, minQueueAgeSeconds = 0, maxQueueAgeSeconds = 0 } = rules;
  const asked = (by: QueueFilter['by'], bit: number): number => (filters.some((filter) => filter.by === by) ? bit : 0);
  const bySender = asked('S', SENDER);
  const byRecipient = asked('R', RECIPIENT);
  const byReason = asked('Q', REASON);
  const byHost = sort === 'host' || sort === 'shuffle' ? HOST : 0;
  if (readsNothing(rules)) {
    return ({ id, kind, place, changedAtSeconds }) => {
      const nothing = { locked: false, tooYoung: false, priority: 0, createdAtSeconds: 0, host: null };
      return { id, kind, place, changedAtSeconds, ...nothing };
    };
  }

  const scan: Scanner = ({ id, kind, place, locked, changedAtSeconds }, lines) => {
    let wanted = PRIORITY | TIME | bySender | byRecipient | byReason | byHost;
    let [priority, createdAtSeconds, tooYoung] = [NO_PRIORITY, 0, false];
    let host: string | null = null;
    let markedHeld = false;
    for (let line = 0; line < lines.count && (wanted !== 0 || markedHeld); line += 1) {
      switch (lines.letter(line)) {
        case P:
          priority = lines.number(line, LONGEST_LINE);
          wanted &= ~PRIORITY;
          break;
        case T:
          createdAtSeconds = lines.number(line, LONGEST_LINE);
          wanted &= ~TIME;
          break;
        case K: {
          const lastAttemptSeconds = lines.number(line, LONGEST_LINE);
          const age = nowSeconds - lastAttemptSeconds;
          if (maxQueueAgeSeconds > 0) {
            if (age < Math.min(lastAttemptSeconds - createdAtSeconds, maxQueueAgeSeconds)) tooYoung = true;
          } else if (age >= 0 && age < minQueueAgeSeconds) tooYoung = true;
          break;
        }
        case N:
          if (lines.number(line, LONGEST_LINE) === 0) tooYoung = false;
          break;
        case q:
          if (kind === 'qf') markedHeld = true;
          else if (kind === 'hf' && anyHolds(byReason, 'Q', lines, line)) wanted &= ~REASON;
          break;
        case R:
          if (byHost !== 0 && host === null) {
            host = hostBackwards(lines.text(line, LONGEST_LINE));
            if (host !== null) wanted &= ~HOST;
          }
          if (anyHolds(byRecipient, 'R', lines, line)) wanted &= ~RECIPIENT;
          break;
        case S:
          if (anyHolds(bySender, 'S', lines, line)) wanted &= ~SENDER;
          break;
      }
    }
    if (markedHeld || (wanted & FILTERED) !== 0) return null;
    return { id, kind, place, locked, tooYoung, priority, createdAtSeconds, changedAtSeconds, host };
  };
  compileLightly(scan);
  return scan;

  /** Addresses are compared without case, reasons with. */
  function anyHolds(among: number, by: QueueFilter['by'], lines: EnvelopeLines, line: number): boolean {
    if (among === 0) return false;
    const value = lines.text(line, LONGEST_LINE);
    const text = by === 'R' ? value.slice(value.indexOf(':') + 1) : value;
    const fold = (words: string): string => (by === 'Q' ? words : words.toLowerCase());
    return filters.some((filter) => filter.by === by && fold(text).includes(fold(filter.text)) !== filter.negated);
  }
}

const [P, T, K, N, q, R, S] = [0x50, 0x54, 0x4b, 0x4e, 0x71, 0x52, 0x53];

/** Of an R line; null: there is no @ in it. */
function hostBackwards(line: string): string | null {
  const at = line.lastIndexOf('@');
  return at < 0 ? null : [...line.slice(at + 1).toLowerCase()].reverse().join('');
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

compileLightly(byPriority);
