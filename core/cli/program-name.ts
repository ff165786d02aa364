/**
 * The name the program was called by decides what it is: sendmail, mailq, newaliases, hoststat,
 * purgestat, smtpd, or outtray. The self-contained executable sees that name in argv0; the Node
 * program sees it as the path of its launcher. Pure.
 */
import path from 'node:path';

export const SENDMAIL_NAMES: readonly string[] = ['sendmail', 'mailq', 'newaliases', 'hoststat', 'purgestat', 'smtpd'];

export interface Program {
  /** One of SENDMAIL_NAMES, or `outtray`. */
  readonly name: string;
  /** As typed, for getopt's messages. */
  readonly path: string;
  readonly words: readonly string[];
}

/** `outtray sendmail -q` is `sendmail -q`. */
export function identifyProgram(argv0: string, argv1: string | undefined, words: readonly string[]): Program {
  const interpreted = /^(?:node|bun)(?:\.exe)?$/.test(path.basename(argv0));
  const typed = interpreted ? (argv1 ?? argv0) : argv0;
  const name = nameOf(typed);
  if (SENDMAIL_NAMES.includes(name)) return { name, path: typed, words };
  const first = words[0];
  if (first !== undefined && SENDMAIL_NAMES.includes(first)) return { name: first, path: first, words: words.slice(1) };
  return { name: 'outtray', path: typed, words };
}

/** A login shell's leading dash and a file's ending are not part of the name. */
function nameOf(typed: string): string {
  return path
    .basename(typed)
    .replace(/^-/, '')
    .replace(/\.(?:exe|[cm]?[jt]s)$/, '');
}
