/**
 * Run by Bun, not by Node: the runtime that goes into the executable, deaf to variables of the
 * environment that are meant for Bun. A program that was started from a shell with `BUN_OPTIONS`
 * or `BUN_BE_BUN` set would otherwise print a version, run another file or wait for a debugger
 * instead of taking its mail, and end with status 0. Bun has no switch for that, so their
 * names are changed in a copy of it: a name that begins with `=` is one that nobody can set.
 */
import fs from 'node:fs';

/** Beginnings of names: what changes which code runs, opens sockets, or writes files. (A wrong `BUN_JSC_` ends it with 1.) */
const FOR_BUN = ['BUN_OPTIONS', 'BUN_BE_BUN', 'BUN_INSPECT', 'BUN_BYTECODE_'];

/** Writes it to `file`. */
export function writeDeafRuntime(file) {
  const bytes = fs.readFileSync(process.execPath);
  for (const name of FOR_BUN) {
    let found = 0;
    for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + 1)) {
      bytes[at] = '='.charCodeAt(0);
      found += 1;
    }
    if (found === 0) throw new Error(`Bun ${Bun.version} no longer knows ${name}: see which variables it reads now`);
  }
  fs.writeFileSync(file, bytes, { mode: 0o755 });
}
