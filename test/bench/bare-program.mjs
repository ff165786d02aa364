/**
 * A small program made the way ours is, to compare with: compiled by the same Bun, or run by this Node
 * where ours is a Node program.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..', '..');
const FLAGS = ['--compile', '--minify', '--bytecode', '--no-compile-autoload-dotenv', '--no-compile-autoload-bunfig'];

/** `{program, args}`; null when it cannot be built. */
export function buildBareProgram(directory, name, source) {
  const file = path.join(directory, `${name}.mjs`);
  fs.writeFileSync(file, source);
  const head = fs.readFileSync(path.join(root, 'dist', 'bin', 'outtray')).subarray(0, 2);
  if (head.toString() === '#!') return { program: process.execPath, args: [file] };
  const bun = path.join(root, 'node_modules', '@oven', `bun-${process.platform}-${process.arch}`, 'bin', 'bun');
  const program = path.join(directory, name);
  const built = fs.existsSync(bun)
    ? spawnSync(bun, ['build', ...FLAGS, file, '--outfile', program], { cwd: directory })
    : null;
  return built?.status === 0 ? { program, args: [] } : null;
}
