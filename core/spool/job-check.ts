/**
 * Whether a control file may be trusted, before a byte of it is read: sendmail's rules for queue
 * files. Whoever can write one can send mail in its owner's name. Pure; the answer is words fit
 * to show, or null when nothing is wrong.
 */
import type { BigIntStats } from 'node:fs';

/** What is known of a file or directory; a part of fs.Stats. */
export interface FileFacts {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
}

export interface Identity {
  /** undefined where files have no owners (Windows). */
  readonly uid: number | undefined;
  readonly groups: readonly number[];
}

const GROUP_WRITE = 0o020;
const WORLD_WRITE = 0o002;
const GROUP_SEARCH = 0o010;

/** `file` is regular; whether the owner is right depends on whose directory it lies in. */
export function findMistrust(file: FileFacts, directory: FileFacts, us: Identity): string | null {
  if (file.nlink > 1) return 'bogus queue file: it has a second name (hard link)';
  if (us.uid === undefined) return null;
  const shared = (directory.mode & GROUP_WRITE) !== 0;
  const ofTheGroup = shared && file.gid === directory.gid;
  const owners = us.uid === 0 ? [us.uid, directory.uid] : [us.uid];
  const bogus = (why: string): string =>
    `bogus queue file: ${why}, uid=${file.uid}, gid=${file.gid}, mode=${(file.mode & 0o7777).toString(8)}`;
  if (!owners.includes(file.uid) && !(ofTheGroup && (us.uid === 0 || us.groups.includes(file.gid))))
    return bogus('it belongs to somebody else');
  if ((file.mode & WORLD_WRITE) !== 0) return bogus('anybody can write to it');
  const groupGetsThere = (directory.mode & GROUP_SEARCH) !== 0;
  if ((file.mode & GROUP_WRITE) !== 0 && groupGetsThere && !ofTheGroup) return bogus('another group can write to it');
  return null;
}

/** After the lock: the open file must still be the one of that name, untouched. */
export function isSameFile(open: BigIntStats, named: BigIntStats): boolean {
  const same = (key: 'dev' | 'ino' | 'nlink' | 'uid' | 'gid' | 'size'): boolean => open[key] === named[key];
  return (['dev', 'ino', 'nlink', 'uid', 'gid', 'size'] as const).every(same);
}
