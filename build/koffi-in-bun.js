/**
 * What core/spool/lock.ts uses of koffi, done by Bun itself. Bun has to unpack a native module into the directory
 * for temporary files before it can load it, and where that is full, read-only or mounted noexec no
 * queue could be listed or run. On Windows there is koffi all the same (LockFileEx).
 */
import { dlopen, read } from 'bun:ffi';

const [library, errnoPlace] =
  process.platform === 'darwin' ? ['libSystem.B.dylib', '__error'] : ['libc.so.6', '__errno_location'];
const { symbols } = dlopen(library, {
  flock: { args: ['i32', 'i32'], returns: 'i32' },
  [errnoPlace]: { args: [], returns: 'ptr' },
});

function func(prototype) {
  if (prototype !== 'int flock(int fd, int operation)') throw new Error(`no ${prototype} here`);
  return symbols.flock;
}

export default { load: () => ({ func }), errno: () => read.i32(symbols[errnoPlace](), 0) };
