/**
 * The program `outtray` and its other names. Where npm brought Bun for this platform: one
 * executable and relative links to it. Elsewhere, or with OUTTRAY_BUILD=node: a Node program in lib/
 * and a launcher for each name. Both work from any directory and through links.
 */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const NAMES = ['outtray', 'sendmail', 'mailq', 'newaliases', 'hoststat', 'purgestat'];

/** Path of a Bun that runs here, or null. A package for the wrong libc is installed but does not start. */
function findBun() {
  if (process.env.OUTTRAY_BUILD === 'node') return null;
  const architecture = process.arch === 'arm64' ? 'aarch64' : process.arch;
  const program = process.platform === 'win32' ? 'bun.exe' : 'bun';
  const bun = path.join(root, 'node_modules', '@oven', `bun-${process.platform}-${architecture}`, 'bin', program);
  return fs.existsSync(bun) && spawnSync(bun, ['--version']).status === 0 ? bun : null;
}

/** bin/ and lib/ as they have to be, in `directory`. Returns the folders it made. */
export async function buildCommand(directory) {
  const bin = path.join(directory, 'bin');
  fs.mkdirSync(bin, { recursive: true });
  const bun = findBun();
  if (bun === null) {
    await buildLibrary(path.join(directory, 'lib'));
    fs.writeFileSync(path.join(bin, 'package.json'), '{ "type": "commonjs" }\n');
    for (const name of NAMES) fs.writeFileSync(path.join(bin, name), launcher(), { mode: 0o755 });
  } else {
    await run(bun, [path.join(root, 'build', 'executable.mjs'), path.join(bin, 'outtray')]);
    for (const name of NAMES.slice(1)) fs.symlinkSync('outtray', path.join(bin, name));
  }
  return ['bin', 'lib'];
}

async function buildLibrary(outDir) {
  const { build } = await import('vite');
  await build({ configFile: path.join(root, 'build', 'vite.cli.mjs'), build: { outDir } });
}

/** The program looks at the name it was called by itself (core/cli/program-name.ts). */
function launcher() {
  return `#!/usr/bin/env node
import('../lib/main.mjs');
`;
}

function run(program, args) {
  return new Promise((resolve, reject) => {
    // A .env of the checkout is not for the build.
    const child = spawn(program, args, { cwd: path.join(root, 'build'), stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${path.basename(program)} ended with ${signal ?? code}`));
    });
  });
}
