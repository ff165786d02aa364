/** The Outbox in the system's browser: the address of `outtray open`, in a real Chromium, with everything else real. */
import fs from 'node:fs';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CHROMIUM_ARGUMENTS, findChromium } from '../support/electron/chromium.js';
import { createHome, DIST, type OuttrayHome } from '../support/outtray-home.js';
import { startRelay } from '../support/relay.js';

const executablePath = findChromium();
const artefacts = path.resolve(DIST, '../artefacts');

async function openBrowser(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: executablePath ?? '', args: [...CHROMIUM_ARGUMENTS] });
  onTestFinished(() => browser.close());
  return browser;
}

async function addressOf(home: OuttrayHome): Promise<string> {
  const opened = await home.run('outtray', ['open', '--no-browser']);
  expect(opened.status, opened.stderr).toBe(0);
  return opened.stdout.trim();
}

const row = (page: Page, subject: string) =>
  page.getByRole('grid', { name: 'Outbox' }).getByRole('row').filter({ hasText: subject });

describe.skipIf(executablePath === null)(
  `outtray open${executablePath === null ? ' (skipped: no Chromium)' : ''}`,
  () => {
    it('shows mail of the real shim without a reload, Send Now delivers it, the list empties', async () => {
      const relay = await startRelay();
      await relay.close();
      const home = createHome({
        hostname: 'laptop.example.org',
        relays: { home: { host: 'localhost', port: relay.port, security: 'none' } },
        defaultRelay: 'home',
      });
      const agent = home.start('outtray', ['agent']);
      await agent.line(/queue empty/);
      const page = await (await openBrowser()).newPage({ viewport: { width: 1000, height: 640 } });
      await page.goto(await addressOf(home));
      await page.getByRole('status').first().waitFor();

      const submitted = await home.run(
        'sendmail',
        ['-i', '-t'],
        'To: ann@example.net\nSubject: Lunch on Friday\n\nAt noon?\n',
      );
      await row(page, 'Lunch on Friday').waitFor();
      await row(page, 'Lunch on Friday').click();
      await page.getByRole('region', { name: 'Message' }).getByText('ann@example.net').first().waitFor();
      fs.mkdirSync(artefacts, { recursive: true });
      await page.screenshot({ path: path.join(artefacts, 'browser-waiting.png') });
      await relay.listenAgain();
      await page.getByRole('button', { name: 'Send Now' }).first().click();
      await row(page, 'Lunch on Friday').waitFor({ state: 'detached' });
      await page.screenshot({ path: path.join(artefacts, 'browser-empty.png') });

      expect(submitted.status).toBe(0);
      expect(relay.received.map((mail) => mail.rcptTo)).toEqual([['ann@example.net']]);
      expect(home.files()).toEqual([]);
      expect(await agent.stop()).toBe(0);
    });

    it('says that the agent has stopped, and what starts it and opens the Outbox anew', async () => {
      const home = createHome({});
      expect((await home.run('outtray', ['agent', 'start'])).status).toBe(0);
      onTestFinished(async () => {
        await home.run('outtray', ['agent', 'stop']);
      });
      const page = await (await openBrowser()).newPage({ viewport: { width: 1000, height: 640 } });
      await page.goto(await addressOf(home));
      await page.getByText('Nothing waiting').first().waitFor();
      const remedy = page.getByText('outtray agent start && outtray open');

      const stopped = await home.run('outtray', ['agent', 'stop']);
      await remedy.waitFor();
      await page.screenshot({ path: path.join(artefacts, 'browser-stopped.png') });
      const started = await home.run('outtray', ['agent', 'start']);
      await page.goto(await addressOf(home));
      await page.getByText('Nothing waiting').first().waitFor();

      expect([stopped.status, started.status]).toEqual([0, 0]);
      expect(await remedy.count()).toBe(0);
    });

    it('opens once: the same address in another browser gets nothing', async () => {
      const home = createHome({});
      const agent = home.start('outtray', ['agent']);
      await agent.line(/outtray open/);
      const address = await addressOf(home);
      const browser = await openBrowser();
      const first = await (await browser.newContext()).newPage();
      await first.goto(address);
      await first.getByRole('grid', { name: 'Outbox' }).or(first.getByText('Nothing waiting')).first().waitFor();

      const second = await (await browser.newContext()).newPage();
      const refused = second.waitForResponse((response) => response.url().endsWith('/session'));
      await second.goto(address);

      expect((await refused).status()).toBe(403);
      expect(await second.getByText('Nothing waiting').count()).toBe(0);
    });
  },
);
