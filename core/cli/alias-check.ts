/**
 * What is wrong with aliases, for `newaliases` and `outtray doctor`: what sendmail's newaliases says, and what would
 * only show when mail comes: addresses that are none, programs, files and includes, names that lead back to
 * themselves. Pure but for reading the files.
 */
import { readAddressList } from '../mail/address-list.js';
import { type AliasEntry, type AliasFile, type AliasProblem, parseAliasFile } from '../submission/alias-file.js';
import { type AliasSettings, type AliasSource, readAliasSources } from '../submission/alias-sources.js';
import { type AliasTables, findAliases, LOOP_WORDS, wordsAgainst } from '../submission/aliases.js';

export interface CheckedSource extends AliasSource {
  /** null: not used. */
  readonly content: AliasFile | null;
  /** By line. */
  readonly problems: readonly AliasProblem[];
}

export function checkAliasSources(
  configured: readonly string[],
  settings: AliasSettings,
  hostname: string,
): CheckedSource[] {
  const sources = readAliasSources(configured, settings).map((source) => ({
    ...source,
    content: source.text === null ? null : parseAliasFile(source.text, hostname),
  }));
  const tables = sources.flatMap(({ content }) => (content === null ? [] : [content]));
  const loops = loopsIn(tables, hostname);
  return sources.map((source) => {
    const { content } = source;
    const targets = (content?.entries ?? []).flatMap(({ line, value }) =>
      readAddressList(value, false, hostname).flatMap((target): AliasProblem[] => {
        const words = wordsAgainst(target);
        if (words !== null) return [{ line, words }];
        return target.repairs.map((repair) => ({ line, words: repair, warning: true }));
      }),
    );
    const circles = (content?.entries ?? []).flatMap((entry) => loops.get(entry) ?? []);
    const problems = [...(content?.problems ?? []), ...targets, ...circles];
    return { ...source, problems: problems.sort((a, b) => a.line - b.line) };
  });
}

/** Each circle is told of once, at one of its names: first seen, first blamed. */
function loopsIn(tables: AliasTables, hostname: string): ReadonlyMap<AliasEntry, readonly AliasProblem[]> {
  const found = new Map<AliasEntry, AliasProblem[]>();
  const done = new Set<AliasEntry>();
  for (const { table } of tables) {
    for (const start of table.values()) {
      for (const circle of circlesFrom(start, done, (entry) => findAliases(entry.value, hostname, tables))) {
        const [first] = circle;
        if (first === undefined) continue;
        const names = [...circle, first].map(({ name }) => name).join(' -> ');
        const words = `${names}... ${circle.length === 1 ? 'stands for itself: its mail goes to the relay' : LOOP_WORDS}`;
        found.set(first, [
          ...(found.get(first) ?? []),
          { line: first.line, words, ...(circle.length === 1 ? { warning: true as const } : {}) },
        ]);
      }
    }
  }
  return found;
}

/** Depth first without recursion: a chain may be as long as the file. */
function circlesFrom(
  start: AliasEntry,
  done: Set<AliasEntry>,
  next: (entry: AliasEntry) => readonly AliasEntry[],
): AliasEntry[][] {
  const circles: AliasEntry[][] = [];
  if (done.has(start)) return circles;
  const path: AliasEntry[] = [];
  const onPath = new Set<AliasEntry>();
  const pending: { readonly entry: AliasEntry; readonly left: AliasEntry[] }[] = [];
  const enter = (entry: AliasEntry): void => {
    path.push(entry);
    onPath.add(entry);
    pending.push({ entry, left: [...next(entry)] });
  };
  enter(start);
  for (let top = pending.at(-1); top !== undefined; top = pending.at(-1)) {
    const entry = top.left.shift();
    if (entry === undefined) {
      done.add(top.entry);
      onPath.delete(top.entry);
      path.pop();
      pending.pop();
    } else if (onPath.has(entry)) circles.push(path.slice(path.indexOf(entry)));
    else if (!done.has(entry)) enter(entry);
  }
  return circles;
}
