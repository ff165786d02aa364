/**
 * What may stand behind -q: an interval, `f` (wait), `p` (persistent), a filter (`Ralice`,
 * `!Sbob`), `Q` or `L` (quarantined, lost jobs), a queue group. Pure.
 */
import { parseQueueFilter, type QueueFilter } from '../spool/selection.js';

/** What the one queue here is called by -qG. */
export const QUEUE_GROUP = 'mqueue';

export type QueueFlag =
  | { readonly kind: 'once' }
  | { readonly kind: 'foreground' }
  /** `persistent`: so long between the end of a run and the next; else from start to start. */
  | { readonly kind: 'interval'; readonly seconds: number; readonly persistent: boolean }
  | { readonly kind: 'jobs'; readonly of: 'hf' | 'Qf' }
  | { readonly kind: 'filter'; readonly filter: QueueFilter }
  | { readonly kind: 'group'; readonly name: string }
  | { readonly kind: 'bad'; readonly words: readonly string[] };

export function parseQueueFlag(text: string): QueueFlag {
  const negated = text.startsWith('!');
  const flag = negated ? text.slice(1) : text;
  switch (flag.charAt(0)) {
    case 'G':
      return negated ? { kind: 'bad', words: ['Can not use -q!G'] } : { kind: 'group', name: flag.slice(1) };
    case 'f':
      return { kind: 'foreground' };
    case 'L':
      return { kind: 'jobs', of: 'Qf' };
    case 'p':
      return flag.length === 1 ? { kind: 'interval', seconds: 1, persistent: true } : interval(flag.slice(1), true);
    default: {
      const filter = parseQueueFilter(text);
      if (filter !== null) return { kind: 'filter', filter };
      if (flag.startsWith('Q')) return { kind: 'jobs', of: 'hf' };
      return /^[IRS]/.test(flag) ? { kind: 'once' } : interval(flag);
    }
  }
}

function interval(text: string, persistent = false): QueueFlag {
  const { seconds, problems } = parseInterval(text, 'm');
  const words = seconds < 0 ? [...problems, 'Invalid -q value'] : problems;
  if (words.length > 0) return { kind: 'bad', words };
  return seconds === 0 ? { kind: 'once' } : { kind: 'interval', seconds, persistent };
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** `30m`, `1h30m`; `unit` where none is given. What is no unit is named, each time, and stands for it. */
export function parseInterval(text: string, unit: string): { seconds: number; problems: string[] } {
  const problems: string[] = [];
  if (/^now$/i.test(text)) return { seconds: -1, problems };
  let seconds = 0;
  for (const [, number = '', letter = ''] of text.replace(/^-/, '').matchAll(/(\d*)([^\d]|$)/g)) {
    const known = letter === '' || SECONDS[letter] !== undefined;
    if (!known) problems.push(`Invalid time unit \`${letter}'`);
    seconds += Number(number) * (SECONDS[letter === '' || !known ? unit : letter] ?? 0);
  }
  return { seconds: text.startsWith('-') ? -seconds : seconds, problems };
}
