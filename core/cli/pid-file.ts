/**
 * `sm-client.pid` in the queue directory, as sendmail's FEATURE(msp) has it: process id and command
 * line, a line each, mode 0600, under flock(2) as long as its process lives. So whoever finds it
 * unlocked knows that the process is gone, whoever has its number by now; sendmail and we go by
 * the same lock. A second runner works beside the first, without a file.
 */
import fs from 'node:fs';
import path from 'node:path';
import { tryLock } from '../spool/lock.js';

export const PID_FILE = 'sm-client.pid';

export interface PidFile {
  /** Takes it away; may be called twice. */
  remove(): void;
}

/** null: another process has it. Throws where none can be written. */
export function claimPidFile(directory: string, commandLine: string): PidFile | null {
  const file = path.join(directory, PID_FILE);
  for (;;) {
    const { O_RDWR, O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
    const fd = fs.openSync(file, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
    if (!isFileOfOneName(fd)) {
      fs.closeSync(fd);
      throw new Error(`${file} is no file, or has another name, too`);
    }
    if (!tryLock(fd, 'exclusive')) {
      fs.closeSync(fd);
      return null;
    }
    // Whoever had it may have taken its name away between our opening and our lock.
    if (!isStill(file, fd)) {
      fs.closeSync(fd);
      continue;
    }
    fs.ftruncateSync(fd);
    fs.writeSync(fd, `${process.pid}\n${commandLine}\n`);
    let held = true;
    return {
      remove() {
        if (!held) return;
        held = false;
        if (isStill(file, fd)) fs.rmSync(file, { force: true });
        fs.closeSync(fd);
      },
    };
  }
}

/** In a queue that a group shares somebody may have given another file of ours this name, to have it written over. */
function isFileOfOneName(fd: number): boolean {
  const stat = fs.fstatSync(fd);
  return stat.isFile() && stat.nlink <= 1;
}

function isStill(file: string, fd: number): boolean {
  const named = fs.lstatSync(file, { throwIfNoEntry: false });
  const held = fs.fstatSync(fd);
  return named !== undefined && named.ino === held.ino && named.dev === held.dev;
}
