/**
 * Is there an Electron to run, and can one be had? Found by files only, because importing the
 * package starts a download of its own. Fetching runs the package's installer as a child, in a
 * scratch directory whose growth is the progress shown; a download that stands still is ended.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const STALLED_AFTER_MS = 20_000;
const home = path.resolve(import.meta.dirname, '..', 'node_modules', 'electron');

/** Path of the program, or null. */
export function findElectron(env = process.env) {
  const name = process.platform === 'darwin' ? 'Electron.app/Contents/MacOS/Electron' : 'electron';
  const file = process.platform === 'win32' ? 'electron.exe' : name;
  const override = env.ELECTRON_OVERRIDE_DIST_PATH;
  if (override) return existing(path.join(override, file));
  // The installer writes path.txt last: without it the folder is half a download.
  const finished = existing(path.join(home, 'path.txt'));
  return finished && existing(path.join(home, 'dist', fs.readFileSync(finished, 'utf8').trim()));
}

/** Resolves with null when the binary is there now, else with why not, in a few words. */
export async function fetchElectron(env = process.env) {
  const installer = path.join(home, 'install.js');
  if (!fs.existsSync(installer)) return 'the electron package is not installed';
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-electron-'));
  const child = spawn(process.execPath, [installer], {
    env: { ...env, TMPDIR: scratch, TEMP: scratch, TMP: scratch },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    complaint = (complaint + text).slice(-4000);
  });

  let bytes = 0;
  let grewAt = performance.now();
  let stalled = false;
  const look = setInterval(() => {
    const now = sizeOf(scratch) + sizeOf(path.join(home, 'dist'));
    if (now !== bytes) grewAt = performance.now();
    bytes = now;
    showProgress(`fetching Electron ${(bytes / 1e6).toFixed(0)} MB`);
    stalled = performance.now() - grewAt > STALLED_AFTER_MS;
    if (stalled) child.kill('SIGKILL');
  }, 250);
  const onInterrupt = () => {
    child.kill('SIGKILL');
    fs.rmSync(scratch, { recursive: true, force: true });
    process.exit(130);
  };
  process.once('SIGINT', onInterrupt);
  process.once('SIGTERM', onInterrupt);
  try {
    const status = await new Promise((resolve) => {
      child.once('error', () => resolve(1));
      child.once('close', resolve);
    });
    if (status === 0) return null;
    if (stalled) return `no byte arrived for ${STALLED_AFTER_MS / 1000} s`;
    // A stack; its first line says what failed, and undici's says it without the reason.
    const words = /^(?:\w*Error: )?(.+)$/m.exec(complaint.trim())?.[1] ?? 'the installer gave no reason';
    return words === 'fetch failed' ? 'its server cannot be reached' : words;
  } finally {
    clearInterval(look);
    showProgress('');
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onInterrupt);
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

function showProgress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function existing(file) {
  return fs.existsSync(file) ? file : null;
}

function sizeOf(directory) {
  let total = 0;
  try {
    for (const entry of fs.readdirSync(directory, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) total += fs.statSync(path.join(entry.parentPath, entry.name)).size;
    }
  } catch {
    // Not there yet, or moved while we looked.
  }
  return total;
}
