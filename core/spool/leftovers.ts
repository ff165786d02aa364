/**
 * What lies in a spool and is no message, so that no listing shows it and no run sends it: bodies and
 * control files that a crash left, names sendmail passes over, things in the place of files. Nothing here
 * touches any of it; each is named with what it is and what a person can do.
 *
 * Names are read once, and only what looks wrong is looked at further: ten thousand good messages
 * cost one reading of the directory.
 */
import fs from 'node:fs';
import path from 'node:path';
import { tryLock } from './lock.js';
import { isQueueId, LONGEST_NAME } from './queue-id.js';
import { type SpoolFiles, spoolFiles } from './spool-files.js';

export interface Leftover {
  readonly file: string;
  readonly problem: string;
  readonly remedy: string;
  /** What a crash left of something that nobody misses; else mail may be in it. */
  readonly debris: boolean;
  /** In sendmail's words where it has some. */
  readonly logged: string;
}

/** Younger ones belong to somebody who is at work. */
const DEBRIS_AFTER_MS = 10 * 60 * 1000;

const CONTROL = new Set(['qf', 'hf', 'Qf']);

interface Named {
  readonly letters: string;
  readonly id: string;
  readonly file: string;
  readonly type: fs.Dirent;
}

export function findLeftovers(directory: string, now: number): Leftover[] {
  const files = spoolFiles(directory);
  const named = namesOf(files);
  const jobs = new Set(named.flatMap(({ letters, id }) => (CONTROL.has(letters) ? [id] : [])));
  return named.flatMap((one) => judge(one, jobs, files, now) ?? []);
}

function namesOf(files: SpoolFiles): Named[] {
  const places = [files.controlDirectory, path.dirname(files.data('x')), path.dirname(files.transcript('x'))];
  return [...new Set(places)].flatMap((place) =>
    fs.readdirSync(place, { withFileTypes: true }).flatMap((type) => {
      const letters = type.name.slice(0, 2);
      const ours = /^(?:[qhQdtTx]f)./.test(type.name);
      return ours ? [{ letters, id: type.name.slice(2), file: path.join(place, type.name), type }] : [];
    }),
  );
}

function judge(one: Named, jobs: ReadonlySet<string>, files: SpoolFiles, now: number): Leftover | null {
  const { letters, id, file, type } = one;
  if (CONTROL.has(letters)) return judgeName(one, files);
  const what = kindOf(type);
  if (letters === 'df' && jobs.has(id)) {
    if (what === null) return null;
    return leftover(one, `the body of message ${id} is ${what}`, 'Put the body back as a file, or delete the message.');
  }
  if (letters === 'xf' && jobs.has(id)) return null;
  if (!isOld(file, now) || (letters === 'tf' && isLocked(file))) return null;
  switch (letters) {
    case 'df':
      return leftover(one, 'a message body without its control file: its submission never ended', LOOK_AND_DELETE);
    case 'xf':
      return leftover(one, 'notes about a message that is gone', 'Delete it.');
    default:
      return jobs.has(id)
        ? leftover(one, `a change of message ${id} that was not finished; the message itself is whole`, 'Delete it.')
        : leftover(one, 'a control file that was not finished: its submission never ended', LOOK_AND_DELETE);
  }
}

const LOOK_AND_DELETE = 'The sender was told that it failed. Look whether it is worth keeping, then delete it.';

/** A control file by its name; what is in it is the affair of those who read it. */
function judgeName(one: Named, files: SpoolFiles): Leftover | null {
  const { letters, id, type } = one;
  const name = letters + id;
  const what = kindOf(type);
  if (what !== null) {
    const logged = `SYSERR: gatherq: ${files.directory}/${name} is not a regular file`;
    return leftover(one, `${what} in the place of a control file; it is not sent`, 'Move it away.', logged);
  }
  if (name.length > LONGEST_NAME) {
    const logged = `gatherq: ${name} too long, ${LONGEST_NAME + 1} max characters`;
    const remedy = `Rename it and its df to at most ${LONGEST_NAME} characters.`;
    return leftover(one, 'a message whose file name is too long: not listed, not sent', remedy, logged);
  }
  if (isQueueId(id)) return null;
  const remedy = 'Rename it and its df to letters and digits.';
  return leftover(one, 'a message whose file name has other than plain characters: not listed, not sent', remedy);
}

function leftover({ file, letters, type }: Named, problem: string, remedy: string, logged?: string): Leftover {
  const debris = !CONTROL.has(letters) && type.isFile();
  return { file, problem, remedy, debris, logged: logged ?? `${path.basename(file)}: ${problem}; left alone` };
}

/** null: a file. */
function kindOf(type: fs.Dirent): string | null {
  if (type.isFile()) return null;
  if (type.isDirectory()) return 'a directory';
  if (type.isSymbolicLink()) return 'a symbolic link';
  if (type.isFIFO()) return 'a FIFO';
  if (type.isSocket()) return 'a socket';
  return 'no regular file';
}

function isOld(file: string, now: number): boolean {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  return stat !== undefined && now - stat.ctimeMs >= DEBRIS_AFTER_MS;
}

/** Somebody writes it. */
function isLocked(file: string): boolean {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
  try {
    const fd = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      return !tryLock(fd, 'shared');
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    return false;
  }
}
