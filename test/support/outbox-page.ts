/**
 * The built Outbox window in a real Chromium, over a bridge whose other side is a list in this
 * test: for looking at the window and for what is only seen in a browser. Files come with the same
 * policy as in Electron; anything the policy blocks or the page throws is in `faults`.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { CONTENT_SECURITY_POLICY } from '../../core/bridge/content-security-policy.js';
import type { AgentState, Calls, CancelResult, Events, MessageDetail, QueueEntry } from '../../core/bridge/contract.js';
import { readDoorFiles } from '../../core/bridge/door-files.js';
import { CHROMIUM_ARGUMENTS, findChromium } from './electron/chromium.js';

export const RENDERER_DIRECTORY = path.resolve(import.meta.dirname, '../../dist/renderer');

export interface OutboxPage {
  readonly page: Page;
  /** Every call the window made, in order, but for reading. */
  readonly asked: readonly { readonly call: keyof Calls; readonly args: readonly unknown[] }[];
  readonly faults: readonly string[];
  emit<E extends keyof Events>(event: E, value: Events[E]): Promise<void>;
  close(): Promise<void>;
}

export interface OutboxPageOptions extends BrowserContextOptions {
  readonly entries: readonly QueueEntry[];
  readonly agent: AgentState;
  readonly detail?: (entry: QueueEntry) => MessageDetail;
  /** Answer of hold, release and remove for each message. */
  readonly result?: 'done' | 'busy';
  readonly cancelled?: CancelResult;
}

export function launchChromium(): Promise<Browser> {
  const root = process.getuid?.() === 0;
  return chromium.launch({
    executablePath: findChromium() ?? '',
    args: [...CHROMIUM_ARGUMENTS, ...(root ? ['--no-sandbox'] : [])],
  });
}

export async function openOutboxPage(browser: Browser, options: OutboxPageOptions): Promise<OutboxPage> {
  const { entries, agent, detail = plainDetail, result = 'done', cancelled = 'gone', ...contextOptions } = options;
  const server = await serveRenderer(entries);
  const context = await browser.newContext({ viewport: { width: 880, height: 560 }, ...contextOptions });
  const page = await context.newPage();
  const asked: { call: keyof Calls; args: readonly unknown[] }[] = [];
  const faults: string[] = [];
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  page.on('pageerror', (error) => faults.push(error.message));
  await page.exposeFunction('answerCall', (call: keyof Calls, args: unknown[]): unknown => {
    if (call === 'queue:message') {
      const entry = entries.find(({ id }) => id === args[0]);
      return entry === undefined ? null : detail(entry);
    }
    if (call !== 'agent:state') asked.push({ call, args });
    if (call === 'queue:send') return 'started';
    if (call === 'queue:cancel') return cancelled;
    return call.startsWith('queue:') ? (args[0] as unknown[]).map(() => result) : agent;
  });
  await page.addInitScript(installBridge);
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return {
    page,
    asked,
    faults,
    emit: (event, value) =>
      page
        .evaluate(([name, data]) => window.dispatchEvent(new CustomEvent(name, { detail: data })), [
          event,
          value,
        ] as const)
        .then(() => {}),
    async close() {
      await context.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Runs in the page: `window.outtray` as the preload would put it there. */
function installBridge(): void {
  const answer = (window as unknown as { answerCall: (call: string, args: unknown[]) => Promise<unknown> }).answerCall;
  Object.defineProperty(window, 'outtray', {
    value: {
      carrier: 'electron',
      // 50,000 entries take the debugging protocol half a minute and HTTP a moment.
      call: (name: string, ...args: unknown[]) =>
        name === 'queue:list' ? fetch('./entries.json').then((response) => response.json()) : answer(name, args),
      on: (name: string, listener: (value: unknown) => void) => {
        const forward = (event: Event) => listener((event as CustomEvent).detail);
        window.addEventListener(name, forward);
        return () => window.removeEventListener(name, forward);
      },
    },
  });
}

async function serveRenderer(entries: readonly QueueEntry[]): Promise<http.Server> {
  const files = await readDoorFiles(RENDERER_DIRECTORY);
  const server = http.createServer((request, response) => {
    const file = files.get(request.url ?? '');
    if (request.url === '/entries.json') response.end(JSON.stringify(entries));
    else if (file === undefined) response.writeHead(404).end();
    else
      response
        .writeHead(200, { 'Content-Type': file.type, 'Content-Security-Policy': CONTENT_SECURITY_POLICY })
        .end(file.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

export function plainDetail(entry: QueueEntry): MessageDetail {
  const headers = [
    { name: 'Date', value: 'Fri, 20 Nov 2026 15:05:00 +0100' },
    { name: 'From', value: entry.from },
    { name: 'To', value: entry.to },
    { name: 'Subject', value: entry.subject },
    { name: 'Message-Id', value: `<${entry.id}@laptop.example.net>` },
  ];
  const top = headers.map(({ name, value }) => `${name}: ${value}`).join('\r\n');
  return { entry, headers, raw: `${top}\r\n\r\nHello,\r\n\r\nhere it is.\r\n`, rawTruncated: false, attempts: [] };
}
