/**
 * The contract carried over Electron's IPC: one channel a call, events pushed to the windows that
 * are there. A window is not trusted: only the top frame of our own pages is answered, and the
 * handlers parse what it sends. Values are plain JSON.
 */
import { BrowserWindow, ipcMain, type WebFrameMain } from 'electron';
import type { Agent } from '../core/agent.js';
import { CALLS, EVENTS, type Events, type Handlers } from '../core/bridge/contract.js';
import { describeFault } from './faults.js';
import { isOurPage } from './pages.js';

/** How a call ends, as it crosses; thrown errors would arrive wrapped in Electron's words. */
export type Answer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

export function serveCalls(handlers: Handlers): void {
  for (const name of Object.keys(CALLS) as (keyof Handlers)[]) {
    ipcMain.handle(name, async (event, ...args: unknown[]): Promise<Answer> => {
      if (!isTrusted(event.senderFrame)) return { ok: false, message: 'Only the Outbox may ask this.' };
      try {
        return { ok: true, value: await handlers[name](...args) };
      } catch (error) {
        return { ok: false, message: describeFault(error) };
      }
    });
  }
}

export function pushEvents(agent: Pick<Agent, 'on'>): void {
  for (const name of Object.keys(EVENTS) as (keyof Events)[]) {
    agent.on(name, (value) => {
      for (const window of BrowserWindow.getAllWindows()) {
        if (!window.isDestroyed()) window.webContents.send(name, value);
      }
    });
  }
}

/** null when the frame navigated or went away before its call was read. */
function isTrusted(frame: WebFrameMain | null): boolean {
  return frame !== null && frame.parent === null && isOurPage(frame.url);
}
