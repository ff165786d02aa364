/**
 * flock(2), the lock that sendmail takes on control files: it belongs to the open file, so it
 * survives renames and the kernel drops it when the process dies. Node has no such call; koffi
 * calls the C library. fcntl locks would not do: sendmail does not see them.
 *
 * On Windows, where no sendmail is, LockFileEx on one byte far behind the end of the file does
 * the same between our own processes (a lock there keeps nobody from reading).
 *
 * Nothing on the submission path imports this file.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import koffi from 'koffi';
import { compileLightly } from './light-code.js';

export type LockMode = 'shared' | 'exclusive';

type Lock = (fd: number, mode: LockMode) => boolean;

let lock: Lock | undefined;

/**
 * Takes the lock at once or answers false: somebody else holds it. Closing the file lets it go.
 * Throws when locks do not work here.
 */
export function tryLock(fd: number, mode: LockMode): boolean {
  if (lock === undefined) {
    lock = process.platform === 'win32' ? windowsLock() : posixLock();
    compileLightly(lock, tryLock);
  }
  return lock(fd, mode);
}

export interface FileLock {
  release(): void;
}

/**
 * A lock that says "I am the one" (one agent a spool) rather than protecting a file's bytes. The
 * file stays when it is released: removing it would let two processes lock two files of one name.
 * It holds the id of the process that has it, and nothing after a release; so an id in a file that
 * nobody has locked is that of a process that died.
 */
export function acquireFileLock(file: string): FileLock | null {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const fd = fs.openSync(file, 'a+', 0o600);
  if (!tryLock(fd, 'exclusive')) {
    fs.closeSync(fd);
    return null;
  }
  fs.ftruncateSync(fd);
  fs.writeSync(fd, `${process.pid}\n`);
  let held = true;
  return {
    release() {
      if (!held) return;
      held = false;
      fs.ftruncateSync(fd);
      fs.closeSync(fd);
    },
  };
}

export interface FileLockView {
  readonly held: boolean;
  /** Of whoever has it, or died with it. */
  readonly pid: number | null;
}

/** Who has it now. Taken for a moment itself, so not to be asked while somebody may be about to take it. */
export function lookAtFileLock(file: string): FileLockView {
  if (!fs.existsSync(file)) return { held: false, pid: null };
  const fd = fs.openSync(file, 'r');
  try {
    const pid = Number.parseInt(fs.readFileSync(fd, 'utf8'), 10);
    return { held: !tryLock(fd, 'shared'), pid: pid > 0 ? pid : null };
  } finally {
    fs.closeSync(fd);
  }
}

function posixLock(): Lock {
  const LOCK_SH = 1;
  const LOCK_EX = 2;
  const LOCK_NB = 4;
  const { EWOULDBLOCK, EINTR } = os.constants.errno;
  // null is the program itself, which has the C library in it whatever its file is called.
  const flock = koffi.load(null).func('int flock(int fd, int operation)');
  return (fd, mode) => {
    for (;;) {
      if (flock(fd, (mode === 'shared' ? LOCK_SH : LOCK_EX) | LOCK_NB) === 0) return true;
      const errno = koffi.errno();
      if (errno === EWOULDBLOCK) return false;
      if (errno !== EINTR) throw new Error(`cannot lock: flock(2) failed with error ${errno}`);
    }
  };
}

function windowsLock(): Lock {
  const LOCKFILE_FAIL_IMMEDIATELY = 1;
  const LOCKFILE_EXCLUSIVE_LOCK = 2;
  const ERROR_LOCK_VIOLATION = 33;
  const ERROR_IO_PENDING = 997;
  const kernel = koffi.load('kernel32.dll');
  // Descriptors are numbers of the runtime's own; it exports the way to the handle.
  const handleOf = koffi.load(process.execPath).func('intptr_t uv_get_osfhandle(int fd)');
  const lockFile = kernel.func(
    'bool __stdcall LockFileEx(intptr_t file, uint32_t flags, uint32_t reserved, uint32_t low, uint32_t high, uint8_t *overlapped)',
  );
  const lastError = kernel.func('uint32_t __stdcall GetLastError()');
  return (fd, mode) => {
    const flags = LOCKFILE_FAIL_IMMEDIATELY | (mode === 'exclusive' ? LOCKFILE_EXCLUSIVE_LOCK : 0);
    // OVERLAPPED of 64 bit Windows: two pointers, the offset as two halves, an event.
    const overlapped = Buffer.alloc(32);
    overlapped.writeUInt32LE(0x7fffffff, 20);
    if (lockFile(handleOf(fd), flags, 0, 1, 0, overlapped) === true) return true;
    const error: unknown = lastError();
    if (error === ERROR_LOCK_VIOLATION || error === ERROR_IO_PENDING) return false;
    throw new Error(`cannot lock: LockFileEx failed with error ${error}`);
  };
}
