/**
 * A file that grew too large becomes FILE.1, what was FILE.1 becomes FILE.2, and so on; those beyond `keep` are
 * removed. By rename only: who appends at this moment has the file open, or opens the next one, so no line is
 * lost or torn. Whether it is still too large is asked under the lock, so two that find it too large at once
 * rotate it once.
 */
import fs from 'node:fs';

/** Does it while nobody else of us does such a thing, or does not do it because somebody does. */
export type Exclusively = (act: () => void) => void;

export interface Rotation {
  /** 0: it may grow for ever. */
  readonly maxBytes: number;
  /** Old ones; 0: none. */
  readonly keep: number;
}

/** What is no plain file (a link to somewhere else, /dev/null) is left as it is. Throws when a name cannot be changed. */
export function rotate(file: string, { maxBytes, keep }: Rotation, exclusively: Exclusively): void {
  if (!isOver(file, maxBytes)) return;
  exclusively(() => {
    const stat = isOver(file, maxBytes);
    if (!stat) return;
    for (let number = keep + 1; remove(`${file}.${number}`); number += 1);
    for (let number = keep - 1; number > 0; number -= 1) move(`${file}.${number}`, `${file}.${number + 1}`);
    move(file, `${file}.1`);
    likeBefore(file, stat);
    if (keep === 0) remove(`${file}.1`);
  });
}

function isOver(file: string, maxBytes: number): fs.Stats | false {
  if (maxBytes === 0) return false;
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  return stat?.isFile() === true && stat.size > maxBytes && stat;
}

/** Who may read it stays as it was. */
function likeBefore(file: string, { mode, uid, gid }: fs.Stats): void {
  const fd = fs.openSync(file, 'a', 0o600);
  try {
    fs.fchmodSync(fd, mode & 0o7777);
    const made = fs.fstatSync(fd);
    if (made.uid !== uid || made.gid !== gid) fs.fchownSync(fd, uid, gid);
  } catch {
    // A group that is not ours to give: then only we read it.
  } finally {
    fs.closeSync(fd);
  }
}

function move(from: string, to: string): void {
  try {
    fs.renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function remove(file: string): boolean {
  try {
    fs.unlinkSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return false;
  }
}
