/**
 * How long each relay could be reached: what messages age by (a laptop in a bag makes nobody's
 * mail old). A ledger in the state directory, one line an event, appended:
 *
 *   C 1795216250 home     a session was opened
 *   F 1795216300 home     it could not be
 *   I 1795200000 1795216250 home     what a compaction made of many
 *
 * The time between two sessions counts where nothing failed in between and they are no further
 * apart than such looks are. A line that is torn or not understood is passed over; time
 * that is lost so makes mail younger, never older. Relay names are xtext.
 */
import fs from 'node:fs';
import path from 'node:path';
import { decodeXtext, encodeXtext } from '../mail/xtext.js';

export interface Interval {
  readonly from: number;
  readonly to: number;
}

export type Intervals = ReadonlyMap<string, readonly Interval[]>;

/**
 * Some of the agent's looks at a relay that mail waits for, or the longest rest that it gives one that asks for it
 * (an hour and a quarter, network/relay-state.ts), or of an hourly runner.
 */
const LONGEST_GAP_SECONDS = 5400;
/** Another session so soon after the last one tells nothing new. */
const SOON_SECONDS = 60;
const COMPACT_BYTES = 64 * 1024;
/** Nothing is given up later than this. */
const KEPT_SECONDS = 90 * 86_400;
/** Of each relay, however often it comes and goes. */
const KEPT_INTERVALS = 300;

interface Ledger {
  readonly intervals: Intervals;
  /** Relays that were reached last, and have not failed since. */
  readonly open: ReadonlySet<string>;
}

/** Pure: the text of a ledger as intervals by relay, in the order they were written. */
export function readIntervals(text: string): Intervals {
  return readLedger(text).intervals;
}

function readLedger(text: string): Ledger {
  const intervals = new Map<string, Interval[]>();
  const open = new Set<string>();
  for (const line of text.split('\n').slice(0, -1)) {
    const [, kind = '', first = '', second, name = ''] = /^([CFI]) (\d+)(?: (\d+))? (\S+)$/.exec(line) ?? [];
    if (kind === '') continue;
    const relay = decodeXtext(name);
    const known = intervals.get(relay) ?? [];
    intervals.set(relay, known);
    const at = Number(first);
    const last = known.at(-1);
    if (kind === 'F') open.delete(relay);
    else if (kind === 'I') known.push({ from: at, to: Number(second ?? first) });
    else if (last !== undefined && open.has(relay) && at >= last.to && at - last.to <= LONGEST_GAP_SECONDS)
      known[known.length - 1] = { from: last.from, to: at };
    else known.push({ from: at, to: at });
    if (kind !== 'F') open.add(relay);
  }
  return { intervals, open };
}

/** Pure. Intervals that overlap, as after a clock that went back, count once. */
export function reachableSeconds(intervals: Intervals, relay: string, from: number, to: number): number {
  const sorted = [...(intervals.get(relay) ?? [])].sort((a, b) => a.from - b.from);
  let counted = from;
  let seconds = 0;
  for (const interval of sorted) {
    const start = Math.max(interval.from, counted);
    const end = Math.min(interval.to, to);
    if (end <= start) continue;
    seconds += end - start;
    counted = end;
  }
  return seconds;
}

export interface ReachableTime {
  /** A relay was reached, or was not, at this second. */
  note(relay: string, reached: boolean, atSeconds: number): void;
  seconds(relay: string, from: number, to: number): number;
}

/** What cannot be written or read is not worth a run: messages stay young. */
export function openReachableTime(stateDirectory: string): ReachableTime {
  const file = path.join(stateDirectory, 'reachable-time');
  const noted = new Map<string, { readonly reached: boolean; readonly at: number }>();
  // Thousands of old messages ask in one run.
  let known: { readonly version: string; readonly intervals: Intervals } = { version: '', intervals: new Map() };
  const current = (): Intervals => {
    const version = versionOf(file);
    if (version !== known.version) known = { version, intervals: readIntervals(readText(file)) };
    return known.intervals;
  };
  return {
    note(relay, reached, at) {
      const last = noted.get(relay);
      const soon = last !== undefined && at >= last.at && at - last.at < SOON_SECONDS;
      if (last?.reached === reached && (soon || !reached)) return;
      noted.set(relay, { reached, at });
      try {
        fs.appendFileSync(file, `${reached ? 'C' : 'F'} ${at} ${encodeXtext(relay)}\n`, { mode: 0o600 });
        if (fs.statSync(file).size > COMPACT_BYTES) compact(file, at);
      } catch {
        // A full disk, or a directory that is gone.
      }
    },
    seconds: (relay, from, to) => reachableSeconds(current(), relay, from, to),
  };
}

function versionOf(file: string): string {
  try {
    const { ino, size, mtimeMs } = fs.statSync(file);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return '';
  }
}

/** The end of it, should it have grown beyond what we ever write. */
function readText(file: string): string {
  let fd: number | undefined;
  try {
    fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
    const stat = fs.fstatSync(fd);
    if (!stat.isFile()) return '';
    const bytes = Buffer.alloc(Math.min(stat.size, 2 * COMPACT_BYTES));
    const text = bytes.toString('latin1', 0, fs.readSync(fd, bytes, 0, bytes.length, stat.size - bytes.length));
    return stat.size > bytes.length ? text.slice(text.indexOf('\n') + 1) : text;
  } catch {
    return '';
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/** Events that another run appends meanwhile may be lost. */
function compact(file: string, at: number): void {
  const { intervals, open } = readLedger(readText(file));
  const lines = [...intervals].flatMap(([relay, known]) => [
    ...known
      .filter(({ from, to }) => to > at - KEPT_SECONDS && to > from)
      .slice(-KEPT_INTERVALS)
      .map(({ from, to }) => `I ${from} ${to} ${encodeXtext(relay)}\n`),
    ...(open.has(relay) ? [] : [`F ${at} ${encodeXtext(relay)}\n`]),
  ]);
  const temporary = `${file}.${process.pid}`;
  fs.writeFileSync(temporary, lines.join(''), { mode: 0o600 });
  fs.renameSync(temporary, file);
}
