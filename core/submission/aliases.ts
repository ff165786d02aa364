/**
 * What a local recipient stands for, by the aliases files in their order: `user+detail`, `user+*`, `user`
 * are looked for, names found are followed further, each once. The files are read when the first local
 * recipient is seen, so that mail to anybody else costs nothing. Programs, files and includes are
 * never run, written or read: this is said, and who is left without anybody to go to stands for
 * himself, as does a name that leads back to itself, so that no mail is lost.
 */
import { type AddressReading, readAddress } from '../mail/address.js';
import { readAddressList } from '../mail/address-list.js';
import type { MailLog } from '../system/log.js';
import { type AliasEntry, aliasKey } from './alias-file.js';

/** Files in order: the first that has a name has it. */
export type AliasTables = readonly { readonly table: ReadonlyMap<string, AliasEntry> }[];

export interface Expansion {
  readonly recipients: readonly AddressReading[];
  /** What did not work, `name... words`. */
  readonly remarks: readonly string[];
  /** `root... aliased to me@example.org` */
  readonly steps: readonly string[];
}

export interface Aliases {
  /** null: it stands for itself. */
  expand(reading: AddressReading): Expansion | null;
}

export const NO_ALIASES: Aliases = { expand: () => null };

/** `hostname` is our own; `load` is asked once, when somebody local is to be looked up. */
export function createAliases(load: () => AliasTables, hostname: string): Aliases {
  let tables: AliasTables | null = null;
  return {
    expand(reading) {
      if (localUser(reading) === null) return null;
      tables ??= load();
      return find(reading, tables) === null ? null : follow(reading, tables, hostname);
    },
  };
}

export const LOOP_WORDS = 'aliasing/forwarding loop broken';
export const NOT_DELIVERED_TO = 'programs, files and includes are not delivered to';
/** Longer chains are nobody's wish; sendmail stops at 10. */
const MAX_DEPTH = 100;

/** Mail goes on; whoever reads what the program prints, and the log, learn of it. */
export function tellOfAliases(
  expansion: Expansion | null,
  { complain, log }: { complain(text: string): void; readonly log: MailLog },
): void {
  for (const words of expansion?.remarks ?? []) {
    complain(`sendmail: aliases: ${words}\n`);
    log.write(null, `aliases: ${words}`);
  }
}

function follow(start: AddressReading, tables: AliasTables, hostname: string): Expansion {
  const recipients: AddressReading[] = [];
  const remarks: string[] = [];
  const steps: string[] = [];
  const seen = new Set<AliasEntry>();
  const visit = (reading: AddressReading, path: readonly AliasEntry[]): void => {
    const entry = find(reading, tables);
    if (entry === null) {
      recipients.push(path.length === 0 ? reading : unmarked(reading, hostname));
      return;
    }
    if (path.length > MAX_DEPTH || path.includes(entry)) {
      // `bob: bob, carol` is how a copy is made.
      if (path.at(-1) !== entry) remarks.push(`${loopOf(entry, path)}... ${LOOP_WORDS}`);
      recipients.push(reading);
      return;
    }
    const name = reading.text.trim();
    steps.push(`${name}... aliased to ${entry.value}`);
    if (seen.has(entry)) return;
    seen.add(entry);
    let good = 0;
    for (const target of readAddressList(entry.value, false, hostname)) {
      const words = wordsAgainst(target);
      if (words !== null) remarks.push(words);
      else {
        good += 1;
        visit(target, [...path, entry]);
      }
    }
    if (good === 0) recipients.push(reading);
  };
  visit(start, []);
  return { recipients, remarks, steps };
}

/** `bob: \bob, carol`: the mark was for us, and a relay would take it for a part of the name. */
function unmarked(reading: AddressReading, hostname: string): AddressReading {
  const { address } = reading;
  if (address === null || !address.local || !address.user.startsWith('\\')) return reading;
  const bare = readAddress(address.user.slice(1), null, hostname);
  return bare.address === null ? reading : bare;
}

/** `a -> b -> a` */
function loopOf(entry: AliasEntry, path: readonly AliasEntry[]): string {
  return [...path.slice(path.indexOf(entry)), entry].map(({ name }) => name).join(' -> ');
}

function find(reading: AddressReading, tables: AliasTables): AliasEntry | null {
  const user = localUser(reading);
  if (user === null) return null;
  const plus = user.indexOf('+', 1);
  const keys = plus < 0 ? [user] : [user, `${user.slice(0, plus)}+*`, user.slice(0, plus)];
  for (const { table } of tables) {
    for (const key of keys) {
      const entry = table.get(key);
      if (entry !== undefined) return entry;
    }
  }
  return null;
}

/** A backslash keeps a name from being looked up, as in sendmail. */
function localUser({ address }: AddressReading): string | null {
  if (address === null || !address.local || address.user.startsWith('\\')) return null;
  return aliasKey(address.user);
}

/** Why nothing can go there; null when it can. */
export function wordsAgainst({ text, address, refusal }: AddressReading): string | null {
  const bare = (address?.user ?? text).trim().replace(/^"/, '').toLowerCase();
  if ((address === null || address.host === '') && /^(?:[|/]|:include:)/.test(bare))
    return `${text.trim()}... ${NOT_DELIVERED_TO}`;
  if (refusal !== null) return refusal.words;
  return address === null ? `${text.trim()}... bad address` : null;
}

/** The names that a value leads to next. */
export function findAliases(value: string, hostname: string, tables: AliasTables): AliasEntry[] {
  return readAddressList(value, false, hostname).flatMap((target) => find(target, tables) ?? []);
}
