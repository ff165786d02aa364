/** `outtray man [PAGE]`: a manual page of ours, shown by man(1) on a terminal, else printed as roff. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { CommandError, ExitStatus } from '../../system/exit-status.js';
import { manualDirectory } from '../../system/program.js';
import { parseForm, usageError } from '../arguments.js';
import { MAN_PAGES } from '../command-table.js';

export async function run(args: readonly string[]): Promise<number> {
  const { words } = parseForm('man', '', args);
  const name = words[0] ?? 'outtray';
  if (!MAN_PAGES.some((page) => page === name)) {
    throw usageError(`no page "${name}"; there are ${MAN_PAGES.join(', ')}`, 'man', '');
  }
  const file = findPage(name);
  if (process.stdout.isTTY && (await showPage(file))) return ExitStatus.OK;
  process.stdout.write(fs.readFileSync(file));
  return ExitStatus.OK;
}

function findPage(name: string): string {
  const directory = manualDirectory();
  const places = [1, 5, 8].map((section) => path.join(directory, `man${section}`, `${name}.${section}`));
  const file = places.find((place) => fs.existsSync(place));
  if (file !== undefined) return file;
  throw new CommandError(
    ExitStatus.OSFILE,
    `the manual is not in ${directory}; make it with: npm run build. What there is to say of commands: outtray help`,
  );
}

/** False where there is no man(1). */
function showPage(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('man', [file], { stdio: 'inherit' });
    child.once('error', () => resolve(false));
    child.once('exit', (status) => resolve(status === 0));
  });
}
