/**
 * Where our own executable is, for the few helpers that must be processes of their own (keychain,
 * background queue runs). It is always the same file, so that a system keychain that
 * remembers which program may read an entry remembers one.
 */
import fs from 'node:fs';
import path from 'node:path';

/** Path of `outtray`, which answers to every name as its first word too: `outtray sendmail -q`. */
export function outtrayProgram(): string {
  if (process.versions['bun'] !== undefined && import.meta.dirname.startsWith('/$bunfs')) return process.execPath;
  const name = process.platform === 'win32' ? 'outtray.exe' : 'outtray';
  for (
    let directory = import.meta.dirname;
    directory !== path.dirname(directory);
    directory = path.dirname(directory)
  ) {
    for (const place of ['bin', path.join('dist', 'bin')]) {
      const candidate = path.join(directory, place, name);
      if (fs.existsSync(candidate)) return candidate;
    }
  }
  throw new Error('the outtray executable is not beside this program; build it with: npm run build');
}

/** The built Outbox window: `renderer` beside the `bin` that holds the executable. */
export function rendererDirectory(): string {
  return besideProgram('renderer');
}

/** The manual pages: `man1/outtray.1`, ... */
export function manualDirectory(): string {
  return besideProgram('man');
}

function besideProgram(folder: string): string {
  return path.join(path.dirname(fs.realpathSync(outtrayProgram())), '..', folder);
}
