/**
 * The desktop program as built, with the real agent, the built shim and a real SMTP server: the
 * same tests on the stand-in and, where its binary is, on Electron itself. What stands on the
 * desktop around the window can only be seen on the stand-in. Pictures of the window are left in artefacts/.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Bridge } from '../../core/bridge/contract.js';
import { type AppUnderTest, BACK_ENDS, type BackEnd, type Exit } from '../support/electron/launch.js';
import { createHome, DIST, type OuttrayHome } from '../support/outtray-home.js';
import { startRelay, type TestRelay } from '../support/relay.js';

const main = path.join(DIST, 'electron', 'main.mjs');
const artefacts = path.resolve(DIST, '../artefacts');

function settings(port: number, more: object = {}): object {
  const home = { host: 'localhost', port, security: 'none', from: ['*@example.org'] };
  return { hostname: 'laptop.example.org', relays: { home }, defaultRelay: 'home', ...more };
}

/** A relay that cannot be reached until it listens again. */
async function closedRelay(): Promise<TestRelay> {
  const relay = await startRelay();
  await relay.close();
  return relay;
}

async function start(backEnd: BackEnd, home: OuttrayHome, ...args: string[]): Promise<AppUnderTest> {
  const app = await backEnd.launch({ main, args, env: environment(home) });
  onTestFinished(() => app.close());
  return app;
}

function startAgain(backEnd: BackEnd, home: OuttrayHome): Promise<Exit> {
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

async function submit(home: OuttrayHome, subject: string, to = 'ann@example.net'): Promise<void> {
  const message = `From: Me <me@example.org>\nTo: ${to}\nSubject: ${subject}\n\nSee you at noon.\n`;
  const { status, stderr } = await home.run('sendmail', ['-i', '-f', 'me@example.org', to], message);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
}

const outbox = (page: Page) => page.getByRole('grid', { name: 'Outbox' });
const row = (page: Page, subject: string) => outbox(page).getByRole('row').filter({ hasText: subject });

async function picture(page: Page, backEnd: BackEnd, name: string): Promise<void> {
  fs.mkdirSync(artefacts, { recursive: true });
  const machine = backEnd.name.replaceAll(' ', '-').toLowerCase();
  await page.screenshot({ path: path.join(artefacts, `app-${name}-${machine}.png`) });
}

for (const backEnd of BACK_ENDS) {
  const title = `the desktop program on ${backEnd.name}`;
  const missing = backEnd.missing;

  describe.skipIf(missing !== null)(missing === null ? title : `${title} (${missing})`, () => {
    it('queues mail while the relay is away, shows it, and sends it when told to', async () => {
      const relay = await closedRelay();
      const home = createHome(settings(relay.port));
      const app = await start(backEnd, home);
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
      const first = await start(backEnd, home, '--background');

      const second = await startAgain(backEnd, home);

      expect(second).toEqual({ code: 0, signal: null });
      expect(await (await first.window()).title()).toContain('Outbox');
    });

    it('keeps running when the window is closed, and opens it again', async () => {
      const home = createHome(settings((await closedRelay()).port));
      const app = await start(backEnd, home);
      await app.window();

      await app.evaluate(({ BrowserWindow }) => {
        for (const window of BrowserWindow.getAllWindows()) window.close();
      }, null);

      await startAgain(backEnd, home);
      expect(await (await app.window()).title()).toContain('Outbox');
    });

    it('survives a window whose page crashed, and opens a new one', async () => {
      const home = createHome(settings((await closedRelay()).port));
      const app = await start(backEnd, home);
      const page = await app.window();
      const crashed = page.waitForEvent('crash');

      const session = await page.context().newCDPSession(page);
      session.send('Page.crash').catch(() => {});

      await crashed;
      await startAgain(backEnd, home);
      expect(await (await app.window()).title()).toContain('Outbox');
    });

    it('runs no inline script in the window', async () => {
      const app = await start(backEnd, createHome(settings((await closedRelay()).port)));
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
      const app = await start(backEnd, home);
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
      const app = await start(backEnd, createHome(settings((await closedRelay()).port)));
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
      const app = await start(backEnd, home);
      await app.window();
      await submit(home, 'Stays');

      app.evaluate(({ app: program }) => program.quit(), null).catch(() => {});

      expect(await app.exited).toEqual({ code: 0, signal: null });
      expect(home.files().filter((name) => name.startsWith('qf'))).toHaveLength(1);
    });
  });

  if (backEnd.name !== 'the stand-in') continue;

  describe.skipIf(missing !== null)(`tray, pop-ups and dialogs of ${title}`, () => {
    it('tells in the tray what the mail does', async () => {
      const relay = await closedRelay();
      const home = createHome(settings(relay.port));
      const { desktop } = await start(backEnd, home, '--background');
      if (desktop === null) throw new Error('no desktop');
      await desktop.tray(({ image, tooltip }) => image === 'tray-empty' && tooltip === 'Outtray: No mail is waiting');

      await submit(home, 'Lunch');

      await desktop.tray(({ image, tooltip }) => image === 'tray-offline' && tooltip.includes('1 message waiting'));
      await relay.listenAgain();
      await desktop.choose('Send Now');
      await desktop.tray(({ image }) => image === 'tray-empty');
      expect(await desktop.notices()).toEqual([]);
    });

    it('opens the Outbox from the tray with the mail that is there', async () => {
      const home = createHome(settings((await closedRelay()).port));
      const app = await start(backEnd, home, '--background');
      await submit(home, 'Lunch');
      await app.desktop?.tray(({ tooltip }) => tooltip.includes('1 message waiting'));

      await app.desktop?.choose('Open Outbox…');

      await row(await app.window(), 'Lunch').waitFor();
    });

    it('pauses and resumes from the tray', async () => {
      const { desktop } = await start(backEnd, createHome(settings((await closedRelay()).port)), '--background');

      await desktop?.choose('Pause Sending', 'Until I Resume');

      await desktop?.tray(({ image, tooltip }) => image === 'tray-paused' && tooltip.includes('until you resume it'));
      await desktop?.choose('Resume Sending');
      await desktop?.tray(({ image }) => image === 'tray-empty');
    });

    it('sends to the practice relay and nowhere else while practising', async () => {
      const relay = await startRelay();
      const home = createHome(settings(relay.port));
      const { desktop } = await start(backEnd, home, '--background', '--practice');
      await desktop?.tray(({ tooltip }) => tooltip.includes('until the practice relay is on'));

      await submit(home, 'Rehearsal');
      await desktop?.tray(({ tooltip }) => tooltip.includes('1 message waiting'));
      await desktop?.choose('Practice Relay On');

      const received = 'Practice relay: 1 message received';
      await desktop?.tray(({ menu }) => menu.some(({ label }) => label === received));
      await desktop?.tray(({ image }) => image === 'tray-empty');
      expect(relay.connections()).toBe(0);
    });

    it('tells once of a message refused for good, and takes it back when the message is deleted', async () => {
      const relay = await startRelay({ replyTo: { 'gone@example.net': 550 } });
      const home = createHome(settings(relay.port));
      const app = await start(backEnd, home, '--background');

      await submit(home, 'Old friend', 'gone@example.net');

      const shown = await app.desktop?.notices((notices) => notices.length > 0);
      expect(shown).toMatchObject([{ title: 'A message could not be sent', state: 'shown' }]);
      expect(shown?.[0]?.body).toMatch(/^“Old friend” to gone@example\.net: 550 /);
      expect(await app.desktop?.tray()).toMatchObject({ image: 'tray-attention' });
      await app.desktop?.choose('Open Outbox…');
      const page = await app.window();
      await page.evaluate(async () => {
        const { outtray } = window as unknown as { outtray: Bridge };
        const entries = await outtray.call('queue:list');
        await outtray.call(
          'queue:remove',
          entries.map(({ id }) => id),
        );
      });
      const after = await app.desktop?.notices((notices) => notices.every(({ state }) => state === 'closed'));
      expect(after).toHaveLength(1);
    });

    it('opens the Outbox when a pop-up is clicked', async () => {
      const relay = await startRelay({ replyTo: { 'gone@example.net': 550 } });
      const home = createHome(settings(relay.port));
      const app = await start(backEnd, home, '--background');
      await submit(home, 'Old friend', 'gone@example.net');
      await app.desktop?.notices((notices) => notices.length > 0);

      await app.desktop?.clickNotice('A message could not be sent');

      await row(await app.window(), 'Old friend').waitFor();
    });

    it('tells of mail that is stuck though the relay answers', async () => {
      const relay = await startRelay({ replyTo: { 'busy@example.net': 450 } });
      const home = createHome(settings(relay.port, { notifications: { stuckAfter: '0s' } }));
      const { desktop } = await start(backEnd, home, '--background');

      await submit(home, 'Later', 'busy@example.net');

      const shown = await desktop?.notices((notices) => notices.some(({ title }) => title === 'Mail is stuck'));
      expect(shown).toHaveLength(1);
    });

    it('stays quiet for two minutes after wake', async () => {
      const relay = await startRelay({ replyTo: { 'gone@example.net': 550 } });
      const home = createHome(settings(relay.port));
      const app = await start(backEnd, home, '--background');
      await app.desktop?.tray(({ tooltip }) => tooltip !== '');
      await app.evaluate(
        ({ powerMonitor }) => Reflect.apply(Reflect.get(powerMonitor, 'emit'), powerMonitor, ['resume']),
        null,
      );

      await submit(home, 'Old friend', 'gone@example.net');

      await app.desktop?.tray(({ image }) => image === 'tray-attention');
      expect(await app.desktop?.notices()).toEqual([]);
    });

    it('says what is wrong when it cannot start, and ends with status 70', async () => {
      const home = createHome(settings((await closedRelay()).port));
      fs.writeFileSync(home.spool, 'a file where the spool should be');

      const app = await start(backEnd, home);

      expect(await app.exited).toEqual({ code: 70, signal: null });
      const dialog = 'Outtray cannot run: Outtray did not start: ';
      expect(app.output()).toContain(dialog);
      expect(app.output()).toMatch(/outtray: Outtray did not start: .*clientmqueue/);
    });

    it('quits from the tray and leaves no Chromium', async () => {
      const home = createHome(settings((await closedRelay()).port));
      const app = await start(backEnd, home);
      await app.window();

      await app.desktop?.choose('Quit Outtray');

      expect(await app.exited).toEqual({ code: 0, signal: null });
      const processes = execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' }).split('\n');
      expect(processes.filter((line) => line.includes(home.directory))).toEqual([]);
    });
  });
}
