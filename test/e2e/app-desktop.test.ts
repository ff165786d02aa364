/**
 * What the desktop program shows around its window: tray, pop-ups, dialogs. Electron tells nobody
 * what it shows there, so this is seen on the stand-in only.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Bridge } from '../../core/bridge/contract.js';
import { BACK_ENDS } from '../support/electron/launch.js';
import { closedRelay, row, settings, startProgram, startProgramAgain, submit } from '../support/electron/program.js';
import { createHome } from '../support/outtray-home.js';
import { startRelay } from '../support/relay.js';

const [backEnd] = BACK_ENDS;

describe.skipIf(backEnd.missing !== null)(
  `the desktop around the program${backEnd.missing === null ? '' : ` (${backEnd.missing})`}`,
  () => {
    it('tells in the tray what the mail does', async () => {
      const relay = await closedRelay();
      const home = createHome(settings(relay.port));
      const { desktop } = await startProgram(backEnd, home, '--background');
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
      const app = await startProgram(backEnd, home, '--background');
      await submit(home, 'Lunch');
      await app.desktop?.tray(({ tooltip }) => tooltip.includes('1 message waiting'));

      await app.desktop?.choose('Open Outbox…');

      await row(await app.window(), 'Lunch').waitFor();
    });

    it('pauses and resumes from the tray', async () => {
      const { desktop } = await startProgram(backEnd, createHome(settings((await closedRelay()).port)), '--background');

      await desktop?.choose('Pause Sending', 'Until I Resume');

      await desktop?.tray(({ image, tooltip }) => image === 'tray-paused' && tooltip.includes('until you resume it'));
      await desktop?.choose('Resume Sending');
      await desktop?.tray(({ image }) => image === 'tray-empty');
    });

    it('sends to the practice relay and nowhere else while practising', async () => {
      const relay = await startRelay();
      const home = createHome(settings(relay.port));
      const { desktop } = await startProgram(backEnd, home, '--background', '--practice');
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
      const app = await startProgram(backEnd, home, '--background');

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
      const app = await startProgram(backEnd, home, '--background');
      await submit(home, 'Old friend', 'gone@example.net');
      await app.desktop?.notices((notices) => notices.length > 0);

      await app.desktop?.clickNotice('A message could not be sent');

      await row(await app.window(), 'Old friend').waitFor();
    });

    it('tells of mail that is stuck though the relay answers', async () => {
      const relay = await startRelay({ replyTo: { 'busy@example.net': 450 } });
      const home = createHome(settings(relay.port, { notifications: { stuckAfter: '0s' } }));
      const { desktop } = await startProgram(backEnd, home, '--background');

      await submit(home, 'Later', 'busy@example.net');

      const shown = await desktop?.notices((notices) => notices.some(({ title }) => title === 'Mail is stuck'));
      expect(shown).toHaveLength(1);
    });

    it('stays quiet for two minutes after wake', async () => {
      const relay = await startRelay({ replyTo: { 'gone@example.net': 550 } });
      const home = createHome(settings(relay.port));
      const app = await startProgram(backEnd, home, '--background');
      await app.desktop?.tray(({ tooltip }) => tooltip !== '');
      await app.evaluate(
        ({ powerMonitor }) => Reflect.apply(Reflect.get(powerMonitor, 'emit'), powerMonitor, ['resume']),
        null,
      );

      await submit(home, 'Old friend', 'gone@example.net');

      await app.desktop?.tray(({ image }) => image === 'tray-attention');
      expect(await app.desktop?.notices()).toEqual([]);
    });

    it('finishes the message under way before it ends, and comes back when started again meanwhile', async () => {
      let answer = (): void => {};
      const answered = new Promise<void>((resolve) => {
        answer = resolve;
      });
      const relay = await startRelay({ onMessage: () => answered });
      const home = createHome(settings(relay.port));
      const app = await startProgram(backEnd, home, '--background');
      await submit(home, 'Under way');
      await app.desktop?.tray(({ tooltip }) => tooltip.includes('1 message being sent'));

      await app.desktop?.choose('Quit Outtray');
      await startProgramAgain(backEnd, home);

      await app.desktop?.relaunch();
      answer();
      expect(await app.exited).toEqual({ code: 0, signal: null });
      expect(relay.received).toHaveLength(1);
      expect(home.files().filter((name) => /^[a-z]f/i.test(name))).toEqual([]);
    });

    it('says what is wrong when it cannot start, and ends with status 70', async () => {
      const home = createHome(settings((await closedRelay()).port));
      fs.writeFileSync(home.spool, 'a file where the spool should be');

      const app = await startProgram(backEnd, home);

      expect(await app.exited).toEqual({ code: 70, signal: null });
      const dialog = 'Outtray cannot run: Outtray did not start: ';
      expect(app.output()).toContain(dialog);
      expect(app.output()).toMatch(/outtray: Outtray did not start: .*clientmqueue/);
    });

    it('ends when a command stops the agent, and what is queued stays', async () => {
      const home = createHome(settings((await closedRelay()).port));
      const app = await startProgram(backEnd, home);
      await app.window();
      await submit(home, 'Lunch');

      const { status, stdout } = await home.run('outtray', ['agent', 'stop']);

      expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('stays queued') });
      expect(await app.exited).toEqual({ code: 0, signal: null });
      expect(home.files().map((name) => name.slice(0, 2))).toEqual(['df', 'qf']);
    });

    it('quits from the tray and leaves no Chromium', async () => {
      const home = createHome(settings((await closedRelay()).port));
      const app = await startProgram(backEnd, home);
      await app.window();

      await app.desktop?.choose('Quit Outtray');

      expect(await app.exited).toEqual({ code: 0, signal: null });
      const processes = execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' }).split('\n');
      expect(processes.filter((line) => line.includes(home.directory))).toEqual([]);
    });
  },
);
