/**
 * What may stand behind -q: an interval, `f` (wait), `p` (persistent), a filter (`Ralice`,
 * `!Sbob`), `Q` or `L` (quarantined, lost jobs), a queue group. Pure.
 */
import { parseQueueFilter, type QueueFilter } from '../spool/selection.js';

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
