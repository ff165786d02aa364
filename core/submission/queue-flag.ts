/**
 * What may stand behind -q: an interval, `f` (wait), `p` (persistent), a filter (`Ralice`,
 * `!Sbob`), `Q` or `L` (quarantined, lost jobs), a queue group. Pure.
 */
import os from 'node:os';
import type { ScanOptions } from '../spool/queue-scan.js';
import { parseQueueFilter, type QueueFilter } from '../spool/selection.js';
import type { QueueLimits } from './request.js';

export type QueueFlag =
  | { readonly kind: 'once' }
  | { readonly kind: 'foreground' }
  | { readonly kind: 'interval'; readonly seconds: number }
  | { readonly kind: 'jobs'; readonly of: 'hf' | 'Qf' }
  | { readonly kind: 'filter'; readonly filter: QueueFilter }
  /** Queue groups are sendmail's; there is one queue here. */
  | { readonly kind: 'unknown-group'; readonly name: string }
  | { readonly kind: 'bad'; readonly words: string };

const UNITS = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 604_800],
]);

export function parseQueueFlag(text: string): QueueFlag {
  if (text === '' || text === '0') return { kind: 'once' };
  if (text === 'f') return { kind: 'foreground' };
  if (text === 'Q') return { kind: 'jobs', of: 'hf' };
  if (text === 'L') return { kind: 'jobs', of: 'Qf' };
  const filter = parseQueueFilter(text);
  if (filter !== null) return { kind: 'filter', filter };
  if (text.startsWith('!')) return { kind: 'bad', words: `Invalid queue selection -q${text}` };
  if (text.startsWith('G')) return { kind: 'unknown-group', name: text.slice(1) };
  return parseInterval(text.startsWith('p') ? text.slice(1) : text);
}

/** `30m`, `1h30m`; minutes when no unit is given. A persistent runner without an interval looks every second. */
function parseInterval(text: string): QueueFlag {
  if (text === '') return { kind: 'interval', seconds: 1 };
  let seconds = 0;
  for (const part of text.matchAll(/(\d*)(\D?)/g)) {
    const [whole, number = '', unit = ''] = part;
    if (whole === '') continue;
    const factor = UNITS.get(unit === '' ? 'm' : unit);
    if (factor === undefined || number === '') return { kind: 'bad', words: `Invalid time unit \`${unit}'` };
    seconds += Number(number) * factor;
  }
  return seconds === 0 ? { kind: 'once' } : { kind: 'interval', seconds };
}

export const NO_LIMITS: QueueLimits = { jobs: null, minAgeSeconds: 0, maxAgeSeconds: 0, load: null };

/** -O options that say which jobs a run or a listing takes. */
export function readQueueLimit(limits: QueueLimits, name: string, value: string): Partial<QueueLimits> {
  const number = Number.parseInt(value, 10) || 0;
  const interval = parseInterval(value);
  const seconds = interval.kind === 'interval' ? interval.seconds : 0;
  // sendmail's own: eight times as many as there are processors, which is never reached by mail alone.
  const load = limits.load ?? { queueLoad: 8 * os.availableParallelism(), queueFactor: 600_000 };
  switch (name) {
    case 'MaxQueueRunSize':
      return { jobs: number > 0 ? number : null };
    case 'MinQueueAge':
      return { minAgeSeconds: seconds };
    case 'MaxQueueAge':
      return { maxAgeSeconds: seconds };
    case 'QueueLA':
      return { load: { ...load, queueLoad: number } };
    default:
      return { load: { ...load, queueFactor: number } };
  }
}

/** As a scan of the spool wants them. */
export function scanLimits(
  limits: QueueLimits = NO_LIMITS,
): Pick<ScanOptions, 'limit' | 'minQueueAgeSeconds' | 'maxQueueAgeSeconds'> {
  const { jobs, minAgeSeconds, maxAgeSeconds } = limits;
  return {
    ...(jobs === null ? {} : { limit: jobs }),
    minQueueAgeSeconds: minAgeSeconds,
    maxQueueAgeSeconds: maxAgeSeconds,
  };
}
