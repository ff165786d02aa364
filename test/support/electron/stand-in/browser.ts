/**
 * The Chromium whose pages are the windows, started with the first window. Playwright holds it
 * by a pipe, so it ends with this process however that ends; a debugging port lets the test
 * attach to the same pages. Nothing but the program's own schemes is let through.
 */
import fs from 'node:fs';
import path from 'node:path';
import { type BrowserContext, chromium, type Route } from 'playwright-core';
import { CHROMIUM_ARGUMENTS, findChromium } from '../chromium.js';
import { tell } from './control.js';

let context: Promise<BrowserContext> | null = null;

export function openBrowser(profile: string, onRequest: (route: Route) => Promise<void>): Promise<BrowserContext> {
  context ??= startBrowser(profile, onRequest);
  return context;
}

export async function closeBrowser(): Promise<void> {
  await (await context)?.close();
}

async function startBrowser(profile: string, onRequest: (route: Route) => Promise<void>): Promise<BrowserContext> {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error('stand-in needs Chromium');
  const directory = path.join(profile, 'chromium');
  const opened = await chromium.launchPersistentContext(directory, {
    executablePath,
    args: [...CHROMIUM_ARGUMENTS, '--remote-debugging-port=0'],
    chromiumSandbox: process.getuid?.() !== 0,
    handleSIGHUP: false,
    handleSIGINT: false,
    handleSIGTERM: false,
    serviceWorkers: 'block',
  });
  await opened.route('**/*', onRequest);
  const [port] = fs.readFileSync(path.join(directory, 'DevToolsActivePort'), 'utf8').split('\n');
  tell({ kind: 'devtools', port: Number(port) });
  return opened;
}
