/** The stand-in for Electron keeps to what the program relies on; shown on a small program of its own. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type AppUnderTest, BACK_ENDS } from '../support/electron/launch.js';

const [standIn] = BACK_ENDS;
const main = path.resolve(import.meta.dirname, '../support/electron/sample/main.mjs');

interface SampleWindow {
  readonly sample: {
    readonly fsError: string;
    add(a: unknown, b: unknown): Promise<{ sum: number; from: string }>;
    greetings(): readonly unknown[];
  };
  readonly loaded?: boolean;
}

function profile(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-stand-in-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
  return directory;
}

async function launch(directory = profile(), ...args: string[]): Promise<AppUnderTest> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: directory };
  const app = await standIn.launch({ main, args: [`--user-data-dir=${directory}`, ...args], env });
  onTestFinished(() => app.close());
  return app;
}

async function openPage(app: AppUnderTest) {
  await app.desktop?.choose('Open');
  const page = await app.window();
  await page.waitForFunction(() => (window as unknown as SampleWindow).loaded === true);
  return page;
}

/** Processes whose command line names the directory: the Chromium of that profile. */
function processesUsing(directory: string): string[] {
  const list = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return list.filter((line) => line.includes(`${directory}/chromium`));
}

const title = `the stand-in for Electron${standIn.missing === null ? '' : ` (${standIn.missing})`}`;

describe.skipIf(standIn.missing !== null)(title, () => {
  it('carries calls of the page to the main process and back', async () => {
    const page = await openPage(await launch());

    const answer = await page.evaluate(() => (window as unknown as SampleWindow).sample.add(1, 2));

    expect(answer).toEqual({ sum: 3, from: 'app://sample/index.html' });
  });

  it('words an error of the main process as Electron does', async () => {
    const page = await openPage(await launch());

    const refusal = page.evaluate(() => (window as unknown as SampleWindow).sample.add('1', 2));

    await expect(refusal).rejects.toThrow("Error invoking remote method 'add': TypeError: add takes numbers");
  });

  it('pushes events of the main process to the page', async () => {
    const page = await openPage(await launch());

    await page.waitForFunction(() => (window as unknown as SampleWindow).sample.greetings().length > 0);

    const greetings = await page.evaluate(() => (window as unknown as SampleWindow).sample.greetings());
    expect(greetings).toEqual([{ words: 'hello page' }]);
  });

  it('gives the preload script electron and nothing else, the page neither', async () => {
    const page = await openPage(await launch());

    const seen = await page.evaluate(() => ({
      fsError: (window as unknown as SampleWindow).sample.fsError,
      frozen: Object.isFrozen((window as unknown as SampleWindow).sample),
      globals: ['require', 'process', 'module', 'ipcRenderer'].filter((name) => name in window),
    }));

    expect(seen).toEqual({ fsError: 'module not found: node:fs', frozen: true, globals: [] });
  });

  it('lets Chromium enforce the content security policy', async () => {
    const page = await openPage(await launch());

    expect(await page.textContent('#inline')).toBe('clean');
  });

  it('asks the program before a page opens a window or goes elsewhere', async () => {
    const app = await launch();
    const page = await openPage(app);

    await page.click('#out');
    await page.click('#away', { noWaitAfter: true });

    await app.desktop?.tray((tray) => tray.tooltip === 'stays, not to https://example.org/away');
    expect(await app.desktop?.openedAddresses()).toEqual(['https://example.org/']);
    expect(page.url()).toBe('https://sample.app.invalid/index.html');
  });

  it('asks the program whether a page gets a permission', async () => {
    const app = await launch();

    const permitted = await app.desktop?.permits('notifications');

    expect(permitted).toBe(false);
  });

  it('shows tests what a person would see on the desktop', async () => {
    const app = await launch();

    const tray = await app.desktop?.tray();
    const notices = await app.desktop?.notices();

    expect(tray).toMatchObject({ image: 'tray-empty', tooltip: 'sample', title: '' });
    expect(tray?.menu.map(({ label, enabled }) => [label, enabled])).toEqual([
      ['Open', true],
      ['More', true],
      ['Never', false],
    ]);
    expect(notices).toEqual([{ title: 'Hello', body: 'from the sample', silent: false, state: 'shown' }]);
    await expect(app.desktop?.choose('Never')).rejects.toThrow('menu item Never is disabled');
  });

  it('lets one instance run and tells it of the second', async () => {
    const directory = profile();
    const first = await launch(directory);

    const second = await launch(directory, 'greetings');

    expect(await second.exited).toEqual({ code: 3, signal: null });
    await first.desktop?.tray((tray) => tray.tooltip === 'called with greetings');
    expect(await (await first.window()).title()).toBe('Sample');
  });

  it('takes over from an instance that was killed', async () => {
    const directory = profile();
    const first = await launch(directory);
    process.kill(first.pid, 'SIGKILL');
    await first.exited;

    const second = await launch(directory);

    expect(await second.desktop?.tray()).toMatchObject({ tooltip: 'sample' });
  });

  it('quits from the tray with status 0 and leaves no Chromium', async () => {
    const directory = profile();
    const app = await launch(directory);
    await openPage(app);
    expect(processesUsing(directory)).not.toEqual([]);

    await app.desktop?.choose('More', 'Quit');

    expect(await app.exited).toEqual({ code: 0, signal: null });
    await expect.poll(() => processesUsing(directory)).toEqual([]);
  });

  it('leaves no Chromium when it is killed', async () => {
    const directory = profile();
    const app = await launch(directory);
    await openPage(app);

    process.kill(app.pid, 'SIGKILL');

    await app.exited;
    await expect.poll(() => processesUsing(directory)).toEqual([]);
  });
});
