/**
 * Where the files of a job are and how one is made. `<letter>f<id>` in the queue directory, or
 * in its subdirectories `qf`, `df`, `xf` where those exist, each independently (sendmail's own
 * rule).
 *
 * A spool of one's own is 0700 with files 0600. In a directory that its group may write, files
 * are 0660 of that group, whatever the umask and whoever submits: sendmail's runner needs
 * group read and write and passes other files over.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { JobKind } from './spool.js';
import { syncDirectory } from './sync-directory.js';

export interface SpoolFiles {
  readonly directory: string;
  /** tf is a control file being written, Tf one that a crash left behind. */
  control(kind: JobKind | 'tf' | 'Tf', id: string): string;
  data(id: string): string;
  transcript(id: string): string;
  /** Directory that holds the control files. */
  readonly controlDirectory: string;
  /** Its group may write to the directory. */
  readonly shared: boolean;
  /** Make renames, creations and removals so far survive a power cut. */
  sync(): void;
  /** Create; EEXIST when it is there already. Follows no link. */
  create(file: string): number;
}

export function spoolFiles(directory: string, mode?: number): SpoolFiles {
  const { mode: directoryMode, uid, gid } = fs.statSync(directory);
  const shared = process.getuid !== undefined && (directoryMode & 0o020) !== 0;
  const place = (name: string): string => {
    const inside = path.join(directory, name);
    return leadsToDirectory(inside, uid) ? inside : directory;
  };
  const control = place('qf');
  const data = place('df');
  const transcript = place('xf');
  const fileMode = mode ?? (shared ? 0o660 : 0o600);
  return {
    directory,
    controlDirectory: control,
    shared,
    // Ten thousand times in a listing; path.join would look at each part again.
    control: (kind, id) => control + path.sep + kind + id,
    data: (id) => `${data}${path.sep}df${id}`,
    transcript: (id) => `${transcript}${path.sep}xf${id}`,
    sync() {
      for (const one of new Set([data, transcript, control])) syncDirectory(one);
    },
    create(file) {
      // Read again where one change of a control file follows another under the same lock.
      const fd = fs.openSync(file, 'wx+', fileMode);
      try {
        if (shared) giveToDirectory(fd, uid, gid, fileMode);
        return fd;
      } catch (error) {
        fs.closeSync(fd);
        unlinkIfThere(file);
        throw error;
      }
    },
  };
}

/** To the group of the directory; what root makes, to its owner as well: sendmail of root runs as that user. */
function giveToDirectory(fd: number, ownerUid: number, gid: number, mode: number): void {
  const { uid: ourUid, gid: given } = fs.fstatSync(fd);
  const uid = ourUid === 0 ? ownerUid : ourUid;
  try {
    if (given !== gid || uid !== ourUid) fs.fchownSync(fd, uid, gid);
    fs.fchmodSync(fd, mode);
  } catch (error) {
    // The owner of the directory is not in its group: nobody else's group may write to the file.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
    fs.fchmodSync(fd, mode & 0o700);
  }
}

/** A link counts when it is ours or the owner's: who only shares the spool does not send our files elsewhere. */
function leadsToDirectory(inside: string, owner: number): boolean {
  const stat = fs.lstatSync(inside, { throwIfNoEntry: false });
  if (stat?.isSymbolicLink() !== true) return stat?.isDirectory() === true;
  if (![0, owner, process.geteuid?.() ?? stat.uid].includes(stat.uid)) return false;
  return fs.statSync(inside, { throwIfNoEntry: false })?.isDirectory() === true;
}

export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length; ) offset += fs.writeSync(fd, bytes, offset);
}

export function unlinkIfThere(file: string): boolean {
  try {
    fs.unlinkSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** False when another program was first. */
export function renameIfThere(from: string, to: string): boolean {
  try {
    fs.renameSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Anything at all under that name, a dangling link included. */
export function exists(file: string): boolean {
  return fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}
