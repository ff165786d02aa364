/** The stand-in: the built main module in a Node process of its own, pages reached over CDP. */
import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { AppUnderTest, Desktop, ElectronModule, Exit, LaunchOptions } from './launch.js';
import type { FromTest, ToTest } from './stand-in/control.js';

const WAIT_MS = 20_000;
const WINDOW_URL = /^https:\/\/[^/]+\.invalid\//;
const hooks = path.join(import.meta.dirname, 'stand-in', 'hooks.ts');

export async function launchStandIn(options: LaunchOptions): Promise<AppUnderTest> {
  const child = fork(options.main, [...(options.args ?? [])], {
    execArgv: [
      '--disable-warning=ExperimentalWarning',
      '--unhandled-rejections=warn-with-error-code',
      '--import',
      hooks,
    ],
    env: { ...options.env },
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let text = '';
  child.stdout?.on('data', (data) => {
    text += String(data);
  });
  child.stderr?.on('data', (data) => {
    text += String(data);
  });
  const exited = new Promise<Exit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  const line = createLine(child, exited);
  const evaluate: AppUnderTest['evaluate'] = (run, argument) => line.evaluate(run, argument);

  const ended = exited.then(({ code, signal }) => {
    throw new Error(`the program ended (${signal ?? code}):\n${text}`);
  });
  ended.catch(() => {});
  let attached: Promise<Browser> | null = null;

  // A second instance ends before it is ready; that is an end like any other.
  await Promise.race([line.ready, exited]);
  return {
    pid: child.pid ?? -1,
    evaluate,
    async window() {
      attached ??= line.devtools.then((port) => chromium.connectOverCDP(`http://127.0.0.1:${port}`));
      return await Promise.race([attached.then(findWindow), ended]);
    },
    desktop: createDesktop(evaluate, (read, wanted) => Promise.race([line.until(read, wanted), ended])),
    exited,
    output: () => text,
    async close() {
      // Only detaches; without a window there was nothing to attach to.
      const browser = attached === null ? null : await Promise.race([attached, exited.then(() => null)]);
      await browser?.close();
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await exited;
    },
  };
}

async function findWindow(browser: Browser): Promise<Page> {
  const [context] = browser.contexts();
  if (context === undefined) throw new Error('Chromium has no context');
  const there = context.pages().find((page) => WINDOW_URL.test(page.url()));
  const page =
    there ?? (await Promise.any([...context.pages().map(untilWindow), context.waitForEvent('page').then(untilWindow)]));
  await page.waitForLoadState();
  return page;
}

async function untilWindow(page: Page): Promise<Page> {
  await page.waitForURL(WINDOW_URL, { timeout: WAIT_MS });
  return page;
}

function createLine(child: ChildProcess, exited: Promise<Exit>) {
  const answers = new Map<number, (message: ToTest & { kind: 'answer' }) => void>();
  const watchers = new Set<() => void>();
  let count = 0;
  let onReady = (): void => {};
  let onDevtools = (_port: number): void => {};
  const ready = new Promise<void>((resolve) => {
    onReady = resolve;
  });
  const devtools = new Promise<number>((resolve) => {
    onDevtools = resolve;
  });
  child.on('message', (message: ToTest) => {
    if (message.kind === 'ready') onReady();
    else if (message.kind === 'devtools') onDevtools(message.port);
    else if (message.kind === 'answer') answers.get(message.id)?.(message);
    else for (const watcher of [...watchers]) watcher();
  });

  async function evaluate<R, A>(
    run: (electron: ElectronModule, argument: A) => R | Promise<R>,
    argument: A,
  ): Promise<R> {
    const id = ++count;
    const answered = new Promise<ToTest & { kind: 'answer' }>((resolve) => answers.set(id, resolve));
    const message: FromTest = { kind: 'evaluate', id, source: run.toString(), argument };
    child.send(message);
    const answer = await Promise.race([answered, exited.then(() => null)]);
    answers.delete(id);
    if (answer === null) throw new Error('the program ended before it answered');
    if (!answer.ok) throw new Error(String(answer.value));
    return answer.value as R;
  }

  /** Reads now and after each change until it is as wanted. */
  function until<T>(read: () => Promise<T>, wanted: (seen: T) => boolean): Promise<T> {
    return new Promise((resolve, reject) => {
      let last: T | undefined;
      const finish = (): void => {
        clearTimeout(timeout);
        watchers.delete(check);
      };
      const check = (): void => {
        read().then(
          (seen) => {
            last = seen;
            if (!wanted(seen)) return;
            finish();
            resolve(seen);
          },
          (error: unknown) => {
            finish();
            reject(error);
          },
        );
      };
      const timeout = setTimeout(() => {
        finish();
        reject(new Error(`not as wanted within ${WAIT_MS} ms; last seen: ${JSON.stringify(last, null, 1)}`));
      }, WAIT_MS);
      watchers.add(check);
      check();
    });
  }

  return { ready, devtools, evaluate, until };
}

type Until = <T>(read: () => Promise<T>, wanted: (seen: T) => boolean) => Promise<T>;

function createDesktop(evaluate: AppUnderTest['evaluate'], until: Until): Desktop {
  const readTray = () => evaluate(({ standIn }) => standIn?.trays()[0] ?? null, null);
  const readNotices = () => evaluate(({ standIn }) => standIn?.notices() ?? [], null);
  return {
    async tray(wanted = () => true) {
      const tray = await until(readTray, (seen) => seen !== null && wanted(seen));
      if (tray === null) throw new Error('there is no tray');
      return tray;
    },
    async choose(...labels) {
      await until(readTray, (tray) => tray !== null && tray.menu.length > 0);
      await evaluate(({ standIn }, path) => standIn?.chooseInTray(path), labels);
    },
    notices: (wanted = () => true) => until(readNotices, wanted),
    clickNotice: (title) => evaluate(({ standIn }, name) => standIn?.clickNotice(name), title),
    async relaunch() {
      await until(
        () => evaluate(({ standIn }) => standIn?.relaunches() ?? 0, null),
        (count) => count === 1,
      );
    },
    dialogs: () => evaluate(({ standIn }) => standIn?.dialogs() ?? [], null),
    openedAddresses: () => evaluate(({ standIn }) => standIn?.openedAddresses() ?? [], null),
    permits: (permission) => evaluate(({ standIn }, name) => standIn?.permits(name) ?? true, permission),
  };
}
