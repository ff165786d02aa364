/**
 * The text of an aliases file, aliases(5), as sendmail's readaliases takes it: `root: me@example.org, carol`,
 * comments from the beginning of a line, all continued by leading blanks, any line by a backslash at its end. A
 * name is an address of this computer in whatever spelling, upper and lower case alike; what is
 * given twice counts as it was given last. Only names are read here, values as they are needed. Pure.
 */
import { readAddress } from '../mail/address.js';

export interface AliasEntry {
  readonly line: number;
  /** As written. */
  readonly name: string;
  readonly key: string;
  /** Lines joined. */
  readonly value: string;
}

export interface AliasProblem {
  readonly line: number;
  readonly words: string;
  /** The alias works all the same. */
  readonly warning?: true;
}

export interface AliasFile {
  /** By key. */
  readonly table: ReadonlyMap<string, AliasEntry>;
  /** In order, what is given twice, too. */
  readonly entries: readonly AliasEntry[];
  readonly problems: readonly AliasProblem[];
}

/** `hostname` is our own. */
export function parseAliasFile(text: string, hostname: string): AliasFile {
  const table = new Map<string, AliasEntry>();
  const entries: AliasEntry[] = [];
  const problems: AliasProblem[] = [];
  for (const { line, text: content } of statementsOf(text, problems)) {
    const entry = readEntry(line, content, hostname);
    if ('words' in entry) {
      problems.push(entry);
      continue;
    }
    if (table.has(entry.key))
      problems.push({ line, words: `${entry.name}... Warning: duplicate alias name ${entry.key}`, warning: true });
    table.set(entry.key, entry);
    entries.push(entry);
  }
  return { table, entries, problems: problems.sort((a, b) => a.line - b.line) };
}

interface Statement {
  readonly line: number;
  text: string;
}

function statementsOf(text: string, problems: AliasProblem[]): Statement[] {
  const found: Statement[] = [];
  /** Where a line that begins with blanks belongs; null: nowhere. */
  let current: Statement | null = null;
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const line = index + 1;
    let content = withoutReturn(lines[index] ?? '');
    while (content.endsWith('\\') && index + 1 < lines.length) {
      index += 1;
      content = content.slice(0, -1) + withoutReturn(lines[index] ?? '');
    }
    if (content === '') current = null;
    else if (!/^[ \t]/.test(content)) {
      current = { line, text: content };
      // A comment goes on like anything else: commented out is the whole of an alias.
      if (!content.startsWith('#')) found.push(current);
    } else if (current !== null) current.text += content;
    else if (content.trim() !== '') problems.push({ line, words: 'Non-continuation line starts with space' });
  }
  return found;
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

function readEntry(line: number, text: string, hostname: string): AliasEntry | AliasProblem {
  const colon = /^(?:"(?:\\.|[^"\\])*"|[^":])*:/.exec(text)?.[0].length ?? text.indexOf(':') + 1;
  if (colon === 0) return { line, words: 'missing colon' };
  const name = text.slice(0, colon - 1).trim();
  const value = text.slice(colon).trim();
  const key = keyOfName(name, hostname);
  if (key === '') return { line, words: `${text.slice(0, 40)}... illegal alias name` };
  if (key === null) return { line, words: `${name}... cannot alias non-local names` };
  if (value === '') return { line, words: `${text.slice(0, 40)}... missing value for alias` };
  return { line, name, key, value };
}

/** null: of another computer. Empty: no name. */
function keyOfName(name: string, hostname: string): string | null {
  if (/^[A-Za-z0-9_-]+$/.test(name)) return name.toLowerCase();
  const { address } = readAddress(name, null, hostname);
  if (address === null) return '';
  return address.local ? aliasKey(address.user) : null;
}

/** Of the name of a user. */
export function aliasKey(user: string): string {
  return user.trim().toLowerCase();
}
