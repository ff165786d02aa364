/**
 * The desktop program: the agent with a tray, pop-ups and the Outbox window. Closing the window
 * is not quitting; quitting stops the agent and leaves mail queued. One instance for each
 * Outtray directory: a second start opens the window of the first.
 *
 *   --background   no window at the start (for starting at login)
 *   --practice     with the embedded practice relay
 */
import fs from 'node:fs';
import path from 'node:path';
import { app, Menu, powerMonitor } from 'electron';
import type { Agent } from '../core/agent.js';
import { resolvePaths } from '../core/system/paths.js';
import { failStartup, reportFault, watchFaults } from './faults.js';
import { pushEvents, serveCalls } from './ipc.js';
import { createNotices } from './notices.js';
import { declareScheme, servePages } from './pages.js';
import { createTray } from './tray.js';
import type { TrayAction } from './tray-view.js';
import { createWindows, lockDownPages } from './windows.js';

/**
 * Time to hear the relay's answer to a message under way: cut off after its final dot it would
 * go twice. Nobody waits for it, tray and window are gone at once.
 */
const STOP_TIMEOUT_MS = 30_000;

const here = import.meta.dirname;

/** Until the program is ready, a wish to see the Outbox is kept. */
let outboxWanted = !process.argv.includes('--background');
let openOutbox = (): void => {
  outboxWanted = true;
};

function main(): void {
  watchFaults();
  // Chromium's own files stay apart from the settings, and each Outtray directory has its own instance.
  const profile = path.join(resolvePaths(process.env).stateDirectory, 'window');
  fs.mkdirSync(profile, { recursive: true, mode: 0o700 });
  app.setPath('userData', profile);
  if (!app.requestSingleInstanceLock()) {
    console.error('outtray: already running; its window opens');
    app.exit(0);
    return;
  }
  app.enableSandbox();
  declareScheme();
  // Without this listener Electron quits with the last window.
  app.on('window-all-closed', () => {});
  app.on('second-instance', () => openOutbox());
  app.on('activate', () => openOutbox());
  app
    .whenReady()
    .then(start)
    .catch((error: unknown) => failStartup('Outtray did not start', error));
}

async function start(): Promise<void> {
  if (process.platform === 'darwin') app.dock?.hide();
  Menu.setApplicationMenu(
    process.platform === 'darwin'
      ? Menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'windowMenu' }])
      : null,
  );
  lockDownPages();
  await servePages(path.join(here, '..', 'renderer'));

  const [{ startAgent }, { createHandlers }, { serveAgent }] = await Promise.all([
    import('../core/agent.js'),
    import('../core/bridge/handlers.js'),
    import('../core/bridge/serve-agent.js'),
  ]);
  const agent = await startAgent({ env: process.env, practice: process.argv.includes('--practice') });
  const service = await serveAgent(agent, { kind: 'window', stop: () => app.quit() });
  serveCalls(createHandlers(agent));
  pushEvents(agent);

  const refresh = (): void => {
    tray.show(agent.state());
    notices.review();
  };
  const tray = createTray(path.join(here, 'images'), (action) => {
    perform(action, agent).catch((error: unknown) => reportFault(`the tray's ${action.do}`, error));
  });
  const notices = createNotices(agent, () => openOutbox(), refresh);
  agent.on('agent:changed', refresh);
  agent.on('queue:changed', refresh);
  refresh();

  powerMonitor.on('resume', () => {
    notices.woke();
    agent.hint('wake');
  });
  powerMonitor.on('unlock-screen', () => agent.hint('wake'));
  stopBeforeQuit(async () => {
    notices.stop();
    tray.remove();
    await service.close();
    await agent.stop();
  });
  openOutbox = createWindows(path.join(here, 'preload.cjs')).openOutbox;
  if (outboxWanted) openOutbox();
}

async function perform(action: TrayAction, agent: Agent): Promise<void> {
  switch (action.do) {
    case 'send':
      agent.send(null);
      return;
    case 'open':
      openOutbox();
      return;
    case 'pause':
      agent.pause(action.minutes);
      return;
    case 'resume':
      agent.resume();
      return;
    case 'practice':
      await agent.setPractice(action.on);
      return;
    case 'quit':
      app.quit();
      return;
    default:
      action satisfies never;
  }
}

/** Quitting waits for the agent, but not for long. */
function stopBeforeQuit(stop: () => Promise<void>): void {
  let stopping = false;
  app.on('will-quit', (event) => {
    event.preventDefault();
    if (stopping) return;
    stopping = true;
    // Started again meanwhile: this instance has nothing to show any more, the next one has.
    let relaunching = false;
    openOutbox = () => {
      if (!relaunching) app.relaunch({ args: process.argv.slice(1).filter((argument) => argument !== '--background') });
      relaunching = true;
    };
    const timeout = setTimeout(() => {
      reportFault('quitting', new Error('the agent did not stop in time; mail stays queued'));
      app.exit(0);
    }, STOP_TIMEOUT_MS);
    stop()
      .catch((error: unknown) => reportFault('stopping the agent', error))
      .finally(() => {
        clearTimeout(timeout);
        app.exit(0);
      });
  });
}

main();
