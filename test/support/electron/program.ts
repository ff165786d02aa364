/** The built desktop program in a private Outtray directory, as the end-to-end tests start and use it. */
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { DIST, type OuttrayHome } from '../outtray-home.js';
import { startRelay, type TestRelay } from '../relay.js';
import type { AppUnderTest, BackEnd, Exit } from './launch.js';

const main = path.join(DIST, 'electron', 'main.mjs');

export function settings(port: number, more: object = {}): object {
  const home = { host: 'localhost', port, security: 'none', from: ['*@example.org'] };
  return { hostname: 'laptop.example.org', relays: { home }, defaultRelay: 'home', ...more };
}

/** A relay that cannot be reached until it listens again. */
export async function closedRelay(): Promise<TestRelay> {
  const relay = await startRelay();
  await relay.close();
  return relay;
}

export async function startProgram(backEnd: BackEnd, home: OuttrayHome, ...args: string[]): Promise<AppUnderTest> {
  const app = await backEnd.launch({ main, args, env: environment(home) });
  onTestFinished(() => app.close());
  return app;
}

export function startProgramAgain(backEnd: BackEnd, home: OuttrayHome): Promise<Exit> {
  return backEnd.startAgain({ main, env: environment(home) });
}

/** The home's, and where the screen is. */
function environment(home: OuttrayHome): Record<string, string> {
  const env: Record<string, string> = { ...home.env };
  for (const name of ['DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY', 'XDG_RUNTIME_DIR']) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

export async function submit(home: OuttrayHome, subject: string, to = 'ann@example.net'): Promise<void> {
  const message = `From: Me <me@example.org>\nTo: ${to}\nSubject: ${subject}\n\nSee you at noon.\n`;
  const { status, stderr } = await home.run('sendmail', ['-i', '-f', 'me@example.org', to], message);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
}

/** The line of a message in the Outbox. */
export function row(page: Page, subject: string): Locator {
  return page.getByRole('grid', { name: 'Outbox' }).getByRole('row').filter({ hasText: subject });
}
