/**
 * `BrowserWindow` and `webContents` over pages of a real Chromium. Constructing is immediate, the
 * page follows; what is sent before there is one is lost, as in Electron before a page listens.
 */
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import type * as E from 'electron';
import type { BrowserContext, Page, Route } from 'playwright-core';
import { app, Preventable } from './application.js';
import { openBrowser } from './browser.js';
import { tellChanged } from './control.js';
import { ipcMain, type PageMessage, refuseCollections } from './messages.js';
import { pageRuntime } from './page-runtime.js';
import { answerRequest, fromChromium, session, toChromium } from './schemes.js';

type OpenHandler = (details: { url: string }) => { action: 'deny' | 'allow' };

class NavigationEvent extends Preventable {
  readonly url: string;

  constructor(url: string) {
    super();
    this.url = url;
  }
}

class WebContents extends EventEmitter {
  readonly session = session.defaultSession;
  readonly id: number;
  page: Page | null = null;
  /** What loadURL asked for; any other navigation is the page's own wish. */
  expected: string | null = null;
  readonly into = `__${randomUUID()}`;
  #open: OpenHandler = () => ({ action: 'allow' });
  #destroyed = false;

  constructor(id: number) {
    super();
    this.id = id;
  }

  send(channel: string, ...args: unknown[]): void {
    const cloned = refuseCollections(structuredClone(args));
    this.page
      ?.evaluate(
        ([into, name, values]) => {
          const deliver: unknown = Reflect.get(window, into);
          if (typeof deliver === 'function') deliver(name, values);
        },
        [this.into, channel, cloned] as const,
      )
      // A page that navigates or closes meanwhile misses it.
      .catch(() => {});
  }

  setWindowOpenHandler(handler: OpenHandler): void {
    this.#open = handler;
  }

  getURL(): string {
    return this.page === null ? '' : fromChromium(this.page.url());
  }

  isDestroyed(): boolean {
    return this.#destroyed;
  }

  markDestroyed(): void {
    this.#destroyed = true;
    this.emit('destroyed');
  }

  async receive(frame: { url: string; parent: object | null }, message: PageMessage | { kind: 'open'; url: string }) {
    if (message.kind !== 'open') return ipcMain.receive({ sender: this, senderFrame: frame }, message);
    if (this.#open({ url: message.url }).action === 'allow') throw new Error('stand-in opens no windows for pages');
    return {};
  }
}

const windows: BrowserWindow[] = [];

export class BrowserWindow extends EventEmitter {
  readonly webContents: WebContents;
  readonly #options: E.BrowserWindowConstructorOptions;
  readonly #page: Promise<Page>;
  #visible: boolean;
  #minimized = false;
  #destroyed = false;

  constructor(options: E.BrowserWindowConstructorOptions = {}) {
    super();
    if (!app.isReady()) throw new Error('Cannot create BrowserWindow before app is ready');
    const preferences = options.webPreferences ?? {};
    if (
      preferences.nodeIntegration === true ||
      preferences.contextIsolation === false ||
      preferences.sandbox === false
    ) {
      throw new Error('stand-in has only sandboxed, isolated windows');
    }
    this.#options = options;
    this.#visible = options.show ?? true;
    this.webContents = new WebContents(windows.length + 1);
    windows.push(this);
    app.emit('web-contents-created', new Preventable(), this.webContents);
    this.#page = openBrowser(app.getPath('userData'), routeRequest).then((context) => this.#createPage(context));
    this.#page.catch(() => {});
  }

  static getAllWindows(): BrowserWindow[] {
    return windows.filter((window) => !window.isDestroyed());
  }

  async loadURL(url: string): Promise<void> {
    const page = await this.#page;
    this.webContents.expected = toChromium(url);
    try {
      await page.goto(this.webContents.expected, { waitUntil: 'load' });
    } catch (error) {
      throw new Error(`ERR_FAILED (-2) loading '${url}'`, { cause: error });
    }
    if (this.#destroyed) return;
    this.webContents.emit('did-finish-load');
    this.emit('ready-to-show');
    tellChanged();
  }

  show(): void {
    this.#visible = true;
    this.emit('show');
    tellChanged();
  }

  hide(): void {
    this.#visible = false;
    this.emit('hide');
    tellChanged();
  }

  focus(): void {
    this.emit('focus');
  }

  minimize(): void {
    this.#minimized = true;
  }

  restore(): void {
    this.#minimized = false;
  }

  isMinimized(): boolean {
    return this.#minimized;
  }

  isVisible(): boolean {
    return this.#visible && !this.#destroyed;
  }

  isDestroyed(): boolean {
    return this.#destroyed;
  }

  close(): void {
    const event = new Preventable();
    this.emit('close', event);
    if (!event.defaultPrevented) this.destroy();
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.webContents.markDestroyed();
    this.#page.then((page) => page.close()).catch(() => {});
    this.emit('closed');
    tellChanged();
    if (BrowserWindow.getAllWindows().length > 0 || app.isQuitting) return;
    if (!app.emit('window-all-closed')) app.quit();
  }

  async #createPage(context: BrowserContext): Promise<Page> {
    const page = await context.newPage();
    const contents = this.webContents;
    const out = `__${randomUUID()}`;
    const { width = 800, height = 600, webPreferences } = this.#options;
    await page.setViewportSize({ width, height });
    await page.exposeBinding(out, ({ frame }, message: PageMessage | { kind: 'open'; url: string }) =>
      contents.receive({ url: fromChromium(frame.url()), parent: frame.parentFrame() === null ? null : {} }, message),
    );
    const preload = webPreferences?.preload === undefined ? '' : fs.readFileSync(webPreferences.preload, 'utf8');
    const options = JSON.stringify({ out, into: contents.into });
    await page.addInitScript({
      content: `(${pageRuntime.toString()})(${options}, function (require, module, exports) {\n${preload}\n});`,
    });
    page.on('close', () => this.destroy());
    page.on('crash', () => contents.emit('render-process-gone', new Preventable(), { reason: 'crashed', exitCode: 0 }));
    page.on('pageerror', (error) => console.error(`page: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') console.error(`page: ${message.text()}`);
    });
    contents.page = page;
    if (this.#destroyed) await page.close();
    return page;
  }
}

/** A page may wish to navigate; the program may forbid it. */
async function routeRequest(route: Route): Promise<void> {
  const request = route.request();
  const contents = windows.find((window) => window.webContents.page === request.frame().page())?.webContents;
  if (contents !== undefined && request.isNavigationRequest() && request.url() !== contents.expected) {
    const event = new NavigationEvent(fromChromium(request.url()));
    contents.emit('will-navigate', event);
    if (event.defaultPrevented) {
      await route.abort('aborted');
      return;
    }
  }
  await answerRequest(route);
}

app.closeWindows = () => {
  for (const window of BrowserWindow.getAllWindows()) window.close();
  return BrowserWindow.getAllWindows().length === 0;
};
