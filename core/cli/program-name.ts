/**
 * The name the program was called by decides what it is: sendmail, mailq, newaliases, hoststat,
 * purgestat, smtpd, or outtray. The self-contained executable sees that name in argv0; the Node
 * program sees it as the path of its launcher. A link of another name (`mta`) is what it leads to,
 * and sendmail where that says nothing: programs that look for a mailer call it by many names.
 */
import fs from 'node:fs';
import path from 'node:path';

const SENDMAIL_NAMES: readonly string[] = ['sendmail', 'mailq', 'newaliases', 'hoststat', 'purgestat', 'smtpd'];

const INTERPRETERS = ['node', 'bun', 'node.exe', 'bun.exe'];

export interface Program {
  /** One of SENDMAIL_NAMES, or `outtray`. */
  readonly name: string;
  /** As typed, for getopt's messages. */
  readonly path: string;
  readonly words: readonly string[];
}

/** `outtray sendmail -q` is `sendmail -q`. */
export function identifyProgram(argv0: string, argv1: string | undefined, words: readonly string[]): Program {
  const interpreted = INTERPRETERS.includes(path.basename(argv0));
  const typed = interpreted ? (argv1 ?? argv0) : argv0;
  // A title that we give a child of ours, for `ps`.
  if (typed.startsWith('sendmail: ')) return { name: 'outtray', path: typed, words };
  const name = nameOf(typed);
  if (SENDMAIL_NAMES.includes(name)) return { name, path: typed, words };
  // `main` is the Node program without a launcher. By any other name the first word may be a recipient.
  if (!/^(?:outtray|main$)/i.test(name)) return { name: nameBehind(typed), path: typed, words };
  const first = words[0];
  if (first !== undefined && SENDMAIL_NAMES.includes(first)) return { name: first, path: first, words: words.slice(1) };
  return { name: 'outtray', path: typed, words };
}

/** A login shell's leading dash and a file's ending are not part of the name. */
function nameOf(typed: string): string {
  const base = path.basename(typed);
  const name = base.startsWith('-') ? base.slice(1) : base;
  return name.includes('.') ? name.replace(/\.(?:exe|[cm]?[jt]s)$/, '') : name;
}

const MAX_LINKS = 40;

function nameBehind(typed: string): string {
  let file = typed.includes(path.sep) ? typed : findInPath(typed);
  for (let links = 0; file !== null && links < MAX_LINKS; links += 1) {
    const name = nameOf(file);
    if (SENDMAIL_NAMES.includes(name)) return name;
    const target = readLink(file);
    file = target === null ? null : path.resolve(path.dirname(file), target);
  }
  return 'sendmail';
}

function findInPath(name: string): string | null {
  const places = (process.env['PATH'] ?? '').split(path.delimiter).map((directory) => path.join(directory, name));
  return places.find((place) => fs.existsSync(place)) ?? null;
}

function readLink(file: string): string | null {
  try {
    return fs.readlinkSync(file);
  } catch {
    return null;
  }
}
