/**
 * What core/spool/lock.ts and core/system/system-log.ts use of koffi, done by Bun itself. Bun has to unpack a native
 * module into the directory for temporary files before it can load it, and where that is full, read-only or mounted
 * noexec no queue could be listed or run. On Windows there is koffi all the same (LockFileEx).
 */
import { dlopen, read } from 'bun:ffi';

const [library, errnoPlace] =
  process.platform === 'darwin' ? ['libSystem.B.dylib', '__error'] : ['libc.so.6', '__errno_location'];
const { symbols } = dlopen(library, {
  flock: { args: ['i32', 'i32'], returns: 'i32' },
  [errnoPlace]: { args: [], returns: 'ptr' },
});

/** Made when asked for: a queue that is only listed says nothing to the system's log. */
const others = {
  'void openlog(const uint8_t *ident, int option, int facility)': { openlog: { args: ['ptr', 'i32', 'i32'] } },
  'void syslog(int priority, const uint8_t *format)': { syslog: { args: ['i32', 'ptr'] } },
};

function func(prototype) {
  if (prototype === 'int flock(int fd, int operation)') return symbols.flock;
  const wanted = others[prototype];
  if (wanted === undefined) throw new Error(`no ${prototype} here`);
  return Object.values(dlopen(library, wanted).symbols)[0];
}

export default { load: () => ({ func }), errno: () => read.i32(symbols[errnoPlace](), 0) };
