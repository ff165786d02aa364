/**
 * The desktop program as built, with the real agent, the built shim and a real SMTP server: the
 * same tests on the stand-in and, where its binary is, on Electron itself. Pictures of the window
 * are left in artefacts/.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Bridge } from '../../core/bridge/contract.js';
import { BACK_ENDS, type BackEnd } from '../support/electron/launch.js';
import { closedRelay, row, settings, startProgram, startProgramAgain, submit } from '../support/electron/program.js';
import { createHome, DIST } from '../support/outtray-home.js';

const artefacts = path.resolve(DIST, '../artefacts');

async function picture(page: Page, backEnd: BackEnd, name: string): Promise<void> {
  fs.mkdirSync(artefacts, { recursive: true });
  const machine = backEnd.name.replaceAll(' ', '-').toLowerCase();
  await page.screenshot({ animations: 'disabled', path: path.join(artefacts, `app-${name}-${machine}.png`) });
}

for (const backEnd of BACK_ENDS) {
  const title = `the desktop program on ${backEnd.name}`;
  const missing = backEnd.missing;

  describe.skipIf(missing !== null)(missing === null ? title : `${title} (${missing})`, () => {
    it('queues mail while the relay is away, shows it, and sends it when told to', async () => {
      const relay = await closedRelay();
      const home = createHome(settings(relay.port));
      const app = await startProgram(backEnd, home);
      const page = await app.window();
      await page.getByRole('status').first().waitFor();

      await submit(home, 'Lunch on Friday');

      await row(page, 'Lunch on Friday').waitFor();
      await picture(page, backEnd, 'waiting');
      await row(page, 'Lunch on Friday').click();
      const message = page.getByRole('region', { name: 'Message' });
      await message.getByText('me@example.org').first().waitFor();
      await picture(page, backEnd, 'message');
      await page.emulateMedia({ colorScheme: 'dark' });
      await picture(page, backEnd, 'message-dark');
      await page.emulateMedia({ colorScheme: null });
      await relay.listenAgain();
      await page.getByRole('button', { name: 'Send Now' }).first().click();
      await row(page, 'Lunch on Friday').waitFor({ state: 'detached' });
      await picture(page, backEnd, 'empty');
      expect(relay.received.map((mail) => mail.rcptTo)).toEqual([['ann@example.net']]);
      expect(home.files().filter((name) => /^(qf|df|hf|Qf)/.test(name))).toEqual([]);
    });

    it('opens the window of the first when started a second time', async () => {
      const home = createHome(settings((await closedRelay()).port));
      const first = await startProgram(backEnd, home, '--background');

      const second = await startProgramAgain(backEnd, home);

      expect(second).toEqual({ code: 0, signal: null });
      expect(await (await first.window()).title()).toContain('Outbox');
    });

    it('keeps running when the window is closed, and opens it again', async () => {
      const home = createHome(settings((await closedRelay()).port));
      const app = await startProgram(backEnd, home);
      await app.window();

      await app.evaluate(({ BrowserWindow }) => {
        for (const window of BrowserWindow.getAllWindows()) window.close();
      }, null);

      await startProgramAgain(backEnd, home);
      expect(await (await app.window()).title()).toContain('Outbox');
    });

    it('survives a window whose page crashed, and opens a new one', async () => {
      const home = createHome(settings((await closedRelay()).port));
      const app = await startProgram(backEnd, home);
      const page = await app.window();
      const crashed = page.waitForEvent('crash');

      const session = await page.context().newCDPSession(page);
      session.send('Page.crash').catch(() => {});

      await crashed;
      await startProgramAgain(backEnd, home);
      expect(await (await app.window()).title()).toContain('Outbox');
    });

    it('runs no inline script in the window', async () => {
      const app = await startProgram(backEnd, createHome(settings((await closedRelay()).port)));
      const page = await app.window();

      const violated = await page.evaluate(
        () =>
          new Promise<string>((resolve) => {
            document.addEventListener('securitypolicyviolation', (event) => resolve(event.violatedDirective));
            const script = document.createElement('script');
            script.textContent = 'window.inlineScriptRan = true;';
            document.body.append(script);
          }),
      );

      expect(violated).toMatch(/^script-src/);
      expect(await page.evaluate(() => 'inlineScriptRan' in window)).toBe(false);
    });

    it('opens the window without a complaint of Chromium', async () => {
      const relay = await closedRelay();
      const home = createHome(settings(relay.port));
      await submit(home, 'Lunch');
      const app = await startProgram(backEnd, home);
      const page = await app.window();
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));

      await page.reload();

      await row(page, 'Lunch').click();
      await page.getByRole('region', { name: 'Message' }).getByText('Lunch').first().waitFor();
      expect(complaints).toEqual([]);
    });

    it('gives the window the contract and nothing else', async () => {
      const app = await startProgram(backEnd, createHome(settings((await closedRelay()).port)));
      const page = await app.window();

      const seen = await page.evaluate(async () => {
        const { outtray } = window as unknown as { outtray: Bridge };
        const refused = async (name: string, ...args: unknown[]): Promise<string> => {
          const call = outtray.call as (name: string, ...args: unknown[]) => Promise<unknown>;
          return await call(name, ...args).then(
            () => 'answered',
            (error: Error) => error.message,
          );
        };
        return {
          keys: Object.keys(outtray).sort(),
          carrier: outtray.carrier,
          unknown: await refused('queue:everything'),
          inherited: await refused('constructor'),
          wrong: await refused('queue:message', { not: 'an id' }),
          globals: ['require', 'process', 'module', 'ipcRenderer'].filter((name) => name in window),
        };
      });

      expect(seen).toEqual({
        keys: ['call', 'carrier', 'on'],
        carrier: 'electron',
        unknown: 'Outtray knows no such call.',
        inherited: 'Outtray knows no such call.',
        wrong: expect.not.stringMatching(/answered|Error invoking|ipc/),
        globals: [],
      });
    });

    it('quits with status 0 and keeps the mail', async () => {
      const home = createHome(settings((await closedRelay()).port));
      const app = await startProgram(backEnd, home);
      await app.window();
      await submit(home, 'Stays');

      app.evaluate(({ app: program }) => program.quit(), null).catch(() => {});

      expect(await app.exited).toEqual({ code: 0, signal: null });
      expect(home.files().filter((name) => name.startsWith('qf'))).toHaveLength(1);
    });
  });
}
