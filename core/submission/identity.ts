/**
 * Who submits, and on which computer. The login name comes from the password database by uid, not
 * from the environment; the host name from the settings or the system, never from DNS: a name
 * without a dot is completed with `.localdomain`, a reserved ending that cannot be anybody's.
 */
import fs from 'node:fs';
import os from 'node:os';
import { fullNameOfGecos } from '../mail/full-name.js';

export interface Submitter {
  readonly login: string;
  readonly uid: number;
  /** Out of the password database; empty when it has none. */
  readonly fullName: string;
}

/** `configured` is the setting `hostname`. */
export function ownHostname(configured: string | null): string {
  const given = (configured ?? os.hostname()).trim();
  const name = given.endsWith('.') ? given.slice(0, -1) : given;
  if (!isHostName(name)) return 'localhost.localdomain';
  return name.includes('.') ? name : `${name}.localdomain`;
}

function isHostName(name: string): boolean {
  for (let at = 0; at < name.length; at += 1) {
    const character = name.charAt(at);
    const inside =
      (character >= '0' && character <= '9') ||
      (character >= 'a' && character <= 'z') ||
      (character >= 'A' && character <= 'Z');
    if (!inside && (at === 0 || !'._-'.includes(character))) return false;
  }
  return name !== '';
}

export function currentSubmitter(): Submitter {
  const uid = process.getuid?.() ?? 0;
  const entry = findUser((line) => line.uid === uid);
  if (entry !== undefined) return { login: entry.login, uid, fullName: fullNameOfGecos(entry.gecos, entry.login) };
  return { login: systemLogin(uid), uid, fullName: '' };
}

/** Full name of a user of this computer; null when there is no such user. */
export function lookUpFullName(login: string): string | null {
  const entry = findUser((line) => line.login === login);
  return entry === undefined ? null : fullNameOfGecos(entry.gecos, login);
}

/** Null when there is no such user. */
export function lookUpUserIds(login: string): { readonly uid: number; readonly gid: number } | null {
  return findUser((line) => line.login === login) ?? null;
}

interface PasswdLine {
  readonly login: string;
  readonly uid: number;
  readonly gid: number;
  readonly gecos: string;
}

/** passwd(5), as bytes. Users of a directory service are not in it; for them the system is asked below. */
function findUser(isMeant: (line: PasswdLine) => boolean): PasswdLine | undefined {
  for (const text of readPasswd().split('\n')) {
    const [login = '', , uid = '', gid = '', gecos = ''] = text.split(':');
    const line = { login, uid: Number(uid), gid: Number(gid), gecos };
    if (uid !== '' && isMeant(line)) return line;
  }
  return undefined;
}

function readPasswd(): string {
  try {
    return fs.readFileSync('/etc/passwd', 'latin1');
  } catch {
    return '';
  }
}

/**
 * Of a user of a directory service. The compiled program cannot ask the system for the name: there the runtime says what the
 * environment does, which counts only where it is nobody else's.
 */
function systemLogin(uid: number): string {
  try {
    const { username } = os.userInfo();
    const asked = process.versions['bun'] === undefined;
    const isFree = /^[A-Za-z0-9][\w.-]*$/.test(username) && findUser(({ login }) => login === username) === undefined;
    if (asked || (isFree && username !== 'unknown')) return Buffer.from(username, 'utf8').toString('latin1');
  } catch {
    // Nobody by that number, as far as the system knows.
  }
  return String(uid);
}
