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
import { errorCode } from './spool-error.js';
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
  /** One character a byte. */
  readonly id: string;
  /** As the system has it: not every name is text. */
  readonly file: string | Buffer;
  /** For people; what could command their terminal is octal. */
  readonly shown: string;
  /** null: a file. */
  readonly what: string | null;
}

export function findLeftovers(directory: string, now: number): Leftover[] {
  const files = spoolFiles(directory);
  const named = namesOf(files);
  const jobs = new Set(named.flatMap(({ letters, id }) => (CONTROL.has(letters) ? [id] : [])));
  return named.flatMap((one) => judge(one, jobs, files, now) ?? []).sort((a, b) => (a.file < b.file ? -1 : 1));
}

const OURS = /^[qhQdtTx]f[\s\S]/;
const NO_TEXT = '\ufffd';

function namesOf(files: SpoolFiles): Named[] {
  const places = [files.controlDirectory, path.dirname(files.data('x')), path.dirname(files.transcript('x'))];
  return [...new Set(places)].flatMap((place) => {
    const entries = fs.readdirSync(place, { withFileTypes: true }).filter(({ name }) => OURS.test(name));
    const plain = entries.filter(({ name }) => !name.includes(NO_TEXT));
    const named = plain.map((entry) => nameIt(place, Buffer.from(entry.name), whatIs(entry)));
    if (plain.length === entries.length) return named;
    const odd = fs
      .readdirSync(place, 'buffer')
      .filter((name) => OURS.test(String(name)) && String(name).includes(NO_TEXT));
    return [
      ...named,
      ...odd.flatMap((name) => {
        const stat = fs.lstatSync(inside(place, name), { throwIfNoEntry: false });
        return stat === undefined ? [] : [nameIt(place, name, whatIs(stat))];
      }),
    ];
  });
}

function nameIt(place: string, name: Buffer, what: string | null): Named {
  const bytes = name.toString('latin1');
  const plain = /^[ -[\]-~]+$/.test(bytes);
  return {
    letters: bytes.slice(0, 2),
    id: bytes.slice(2),
    file: plain ? path.join(place, bytes) : inside(place, name),
    shown: plain ? bytes : bytes.replace(/[^ -[\]-~]/g, octal),
    what,
  };
}

function inside(place: string, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(place + path.sep), name]);
}

function octal(byte: string): string {
  return `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`;
}

const PLACE: Readonly<Record<string, string>> = {
  df: 'a message body',
  tf: 'a control file that is being written',
  Tf: 'a control file that was not finished',
};

function judge(one: Named, jobs: ReadonlySet<string>, files: SpoolFiles, now: number): Leftover | null {
  const { letters, id, file, what } = one;
  if (CONTROL.has(letters)) return judgeName(one, files);
  if (what !== null) {
    if (!jobs.has(id) || letters === 'tf' || letters === 'Tf')
      return leftover(one, files, `${what} in the place of ${PLACE[letters] ?? 'notes'}`, 'Move it away.');
    if (letters === 'df')
      return leftover(
        one,
        files,
        `the body of message ${id} is ${what}`,
        'Put the body back as a file, or delete the message.',
      );
    return leftover(
      one,
      files,
      `${what} where notes about message ${id} belong; the message cannot be sent`,
      'Move it away.',
    );
  }
  if ((letters === 'df' || letters === 'xf') && jobs.has(id)) return null;
  if (!isOld(file, now) || (letters === 'tf' && isLocked(file)) || (!jobs.has(id) && isAtWork(id))) return null;
  switch (letters) {
    case 'df':
      return leftover(
        one,
        files,
        'a message body without its control file: its submission, or its removal, was cut off',
        LOOK_AND_DELETE,
      );
    case 'xf':
      return leftover(one, files, 'notes about a message that is gone', 'Delete it.');
    default:
      return jobs.has(id)
        ? leftover(
            one,
            files,
            `a change of message ${id} that was not finished; the message itself is whole`,
            'Delete it.',
          )
        : leftover(one, files, 'a control file that was not finished: its submission was cut off', LOOK_AND_DELETE);
  }
}

const LOOK_AND_DELETE =
  'Its sender was told that it failed, or it was sent or removed. Look whether it is worth keeping, then delete it.';

/** A control file by its name; what is in it is the affair of those who read it. */
function judgeName(one: Named, files: SpoolFiles): Leftover | null {
  const { letters, id, shown, what } = one;
  if (what !== null) {
    const logged = `SYSERR: gatherq: ${files.directory}/${shown} is not a regular file`;
    return leftover(one, files, `${what} in the place of a control file; it is not sent`, 'Move it away.', logged);
  }
  if (letters.length + id.length > LONGEST_NAME) {
    const logged = `gatherq: ${shown} too long, ${LONGEST_NAME + 1} max characters`;
    const remedy = `Rename it and its df to at most ${LONGEST_NAME} characters.`;
    return leftover(one, files, 'a message whose file name is too long: not listed, not sent', remedy, logged);
  }
  if (isQueueId(id)) return null;
  const remedy = 'Rename it and its df to letters and digits.';
  return leftover(
    one,
    files,
    'a message whose file name has other than plain characters: not listed, not sent',
    remedy,
  );
}

function leftover(
  { letters, shown, what }: Named,
  files: SpoolFiles,
  problem: string,
  remedy: string,
  logged?: string,
): Leftover {
  const place = path.dirname(
    letters === 'df' ? files.data('') : letters === 'xf' ? files.transcript('') : files.control('qf', ''),
  );
  return {
    file: place + path.sep + shown,
    problem,
    remedy,
    debris: !CONTROL.has(letters) && what === null,
    logged: logged ?? `${shown}: ${problem}; left alone`,
  };
}

/** null: a file. */
function whatIs(type: fs.Dirent | fs.Stats): string | null {
  if (type.isFile()) return null;
  if (type.isDirectory()) return 'a directory';
  if (type.isSymbolicLink()) return 'a symbolic link';
  if (type.isFIFO()) return 'a FIFO';
  if (type.isSocket()) return 'a socket';
  return 'no regular file';
}

function isOld(file: Named['file'], now: number): boolean {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  return stat !== undefined && Math.abs(now - stat.ctimeMs) >= DEBRIS_AFTER_MS;
}

/** Somebody writes it. */
function isLocked(file: Named['file']): boolean {
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

/** A submission may wait for its input for hours; the process is in the id. */
function isAtWork(id: string): boolean {
  const pid = Number(/^[0-9A-Za-z]{8}(\d{6,9})$/.exec(id)?.[1] ?? 0);
  if (pid === 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}
