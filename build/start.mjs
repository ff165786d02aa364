/**
 * `npm start [-- --practice]`: builds when needed, then runs the tray agent, or, without an
 * Electron or a display, the same agent in this terminal. Arguments go to whichever runs, its
 * exit status is ours.
 *
 *   OUTTRAY_NO_ELECTRON=1            straight to the terminal
 *   ELECTRON_SKIP_BINARY_DOWNLOAD=1  use an Electron that is here, fetch none
 */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fetchElectron, findElectron } from './electron-binary.mjs';

const root = path.resolve(import.meta.dirname, '..');
const args = process.argv.slice(2);

if (buildIsOld()) {
  const build = spawnSync(process.execPath, [path.join(root, 'build', 'build.mjs')], { stdio: 'inherit' });
  if (build.status !== 0) process.exit(1);
}

const reason = await whyNoTray();
if (reason === null) {
  // Chromium's sandbox refuses to run as root.
  const flags = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  run(findElectron(), [...flags, root, ...args]);
} else {
  console.error(`outtray: no tray: ${reason}; the agent runs in this terminal`);
  run(path.join(root, 'dist', 'bin', 'outtray'), ['agent', ...args]);
}

/** null: a tray it is. A fetch is tried only where its result could be shown. */
async function whyNoTray() {
  if (isSet('OUTTRAY_NO_ELECTRON')) return 'OUTTRAY_NO_ELECTRON is set';
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  if (process.platform === 'linux' && !DISPLAY && !WAYLAND_DISPLAY) return 'no display';
  if (findElectron() !== null) return null;
  if (isSet('ELECTRON_SKIP_BINARY_DOWNLOAD')) return 'no Electron here, and ELECTRON_SKIP_BINARY_DOWNLOAD is set';
  const failure = await fetchElectron();
  if (failure === null && findElectron() !== null) return null;
  return `Electron could not be fetched (${failure ?? 'the installer left no program'})`;
}

function isSet(name) {
  return !['', '0', 'false', undefined].includes(process.env[name]);
}

function buildIsOld() {
  const outputs = ['bin/outtray', 'electron/main.mjs', 'renderer/index.html'];
  const builtAt = Math.min(...outputs.map((file) => changedAt(path.join(root, 'dist', file))));
  const sources = ['core', 'electron', 'renderer', 'build'].flatMap((folder) =>
    fs.readdirSync(path.join(root, folder), { recursive: true }).map((name) => path.join(root, folder, name)),
  );
  return [path.join(root, 'package-lock.json'), path.join(root, 'package.json'), ...sources].some(
    (file) => changedAt(file) > builtAt,
  );
}

/** 0 when there is no such file. */
function changedAt(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function run(program, programArgs) {
  const child = spawn(program, programArgs, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    console.error(`outtray: ${program} did not start: ${error.message}`);
    process.exit(71);
  });
  child.once('exit', (code, signal) => process.exit(code ?? 128 + os.constants.signals[signal]));
}
