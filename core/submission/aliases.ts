/**
 * Aliases of local names, aliases(5) syntax: `root: me@example.org, carol`, continued by leading
 * blanks, `#` for comments. Read as text on each submission that has a local recipient; there is
 * no database. Values that name programs, files or includes are refused: this program delivers
 * nowhere but to a relay. An alias that leads back to itself stands for itself. Pure.
 */
import { type AddressReading, readAddress } from '../mail/address.js';
import { readAddressList } from '../mail/address-list.js';

export interface AliasProblem {
  readonly line: number;
  readonly words: string;
}

export interface Aliases {
  readonly names: number;
  readonly problems: readonly AliasProblem[];
  /** What a local recipient stands for; null when it stands for itself. */
  expand(reading: AddressReading): readonly AddressReading[] | null;
}

export const NO_ALIASES: Aliases = { names: 0, problems: [], expand: () => null };

/** `hostname` is our own. */
export function parseAliases(text: string, hostname: string): Aliases {
  const table = new Map<string, readonly AddressReading[]>();
  const problems: AliasProblem[] = [];
  for (const { line, content } of entriesOf(text)) {
    const name = readAddress(content, null, hostname);
    const colon = content.indexOf(':');
    const key = colon < 0 ? '' : keyOf(content.slice(0, colon));
    if (key === '') {
      problems.push({ line, words: `missing colon or name: ${name.text.trim()}` });
      continue;
    }
    const targets = readAddressList(content.slice(colon + 1), false, hostname);
    const bad = targets.flatMap((target) => wordsAgainst(target));
    problems.push(...bad.map((words) => ({ line, words })));
    if (targets.length === 0) problems.push({ line, words: `${key} stands for nobody` });
    else if (bad.length === 0) table.set(key, targets);
  }
  const expand = (reading: AddressReading, seen: ReadonlySet<string>): readonly AddressReading[] => {
    const key = localKey(reading);
    const targets = key === null || seen.has(key) ? undefined : table.get(key);
    if (key === null || targets === undefined) return [reading];
    return targets.flatMap((target) => expand(target, new Set([...seen, key])));
  };
  return {
    names: table.size,
    problems,
    expand(reading) {
      const key = localKey(reading);
      return key === null || !table.has(key) ? null : expand(reading, new Set());
    },
  };
}

function entriesOf(text: string): { line: number; content: string }[] {
  const entries: { line: number; content: string }[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const last = entries.at(-1);
    if (/^\s*(?:#|$)/.test(line)) continue;
    if (/^[ \t]/.test(line) && last !== undefined) last.content += `\n${line}`;
    else entries.push({ line: index + 1, content: line });
  }
  return entries;
}

function keyOf(text: string): string {
  return text
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .toLowerCase();
}

/** A backslash keeps a name from being looked up, as in sendmail. */
function localKey({ address }: AddressReading): string | null {
  if (address === null || !address.local || address.user.startsWith('\\')) return null;
  return keyOf(address.user);
}

function wordsAgainst({ text, address, refusal, repairs }: AddressReading): string[] {
  if (refusal !== null) return [refusal.words];
  const user = keyOf(address?.user ?? '');
  if (address?.host === '' && /^(?:[|/]|:include:)/.test(user))
    return [`${text.trim()}... programs, files and includes are not delivered to`];
  return [...repairs];
}
