/**
 * Show the Outbox in the system's browser. The address holds a one-time token, and a program's
 * arguments are readable by every user of the machine; so the browser is given a page of ours in
 * the state directory, readable by its owner alone, that leads there.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { type Environment, resolvePaths } from '../system/paths.js';

/** false: there is no display, or no program to open a page with; the address has to do. */
export function showInBrowser(address: string, env: Environment): Promise<boolean> {
  const opener = openerFor(process.platform, env);
  if (opener === null) return Promise.resolve(false);
  const page = path.join(resolvePaths(env).stateDirectory, 'outbox.html');
  fs.rmSync(page, { force: true });
  fs.writeFileSync(page, leadingTo(address), { mode: 0o600, flag: 'wx' });
  const [program, ...args] = opener;
  const child = spawn(program, [...args, page], { stdio: 'ignore', detached: true });
  child.unref();
  return new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('spawn', () => resolve(true));
  });
}

function openerFor(platform: NodeJS.Platform, env: Environment): readonly [string, ...string[]] | null {
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['explorer.exe'];
  return (env['DISPLAY'] ?? '') !== '' || (env['WAYLAND_DISPLAY'] ?? '') !== '' ? ['xdg-open'] : null;
}

/** The address is ours: http, digits, and a token without characters that HTML knows. */
function leadingTo(address: string): string {
  return `<!doctype html><meta charset="utf-8"><title>Outtray</title>
<meta http-equiv="refresh" content="0; url=${address}">
<p><a href="${address}">Open the Outbox</a></p>
`;
}
