/**
 * The Outbox window: one, reused, closed without ending the program. Sandboxed and isolated; it
 * cannot leave our pages, open others or ask for permissions. An https link is handed to the
 * system's browser.
 */
import path from 'node:path';
import { app, BrowserWindow, nativeTheme, session, shell, type WebContents } from 'electron';
import { reportFault } from './faults.js';
import { isOurPage, OUTBOX_URL } from './pages.js';

/** Before any page: what no page of ours ever needs is refused everywhere. */
export function lockDownPages(): void {
  const pages = session.defaultSession;
  pages.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  pages.setPermissionCheckHandler(() => false);
  app.on('web-contents-created', (_event, contents) => lockDown(contents));
}

export interface Windows {
  /** Open the Outbox, or bring it to the front. */
  openOutbox(): void;
}

export function createWindows(preload: string): Windows {
  let outbox: BrowserWindow | null = null;
  return {
    openOutbox() {
      if (outbox !== null && !outbox.isDestroyed()) {
        if (outbox.isMinimized()) outbox.restore();
        outbox.show();
        outbox.focus();
        return;
      }
      const window = createOutbox(preload);
      outbox = window;
      window.on('closed', () => {
        outbox = null;
      });
    },
  };
}

function createOutbox(preload: string): BrowserWindow {
  const window = new BrowserWindow({
    title: 'Outtray',
    width: 880,
    height: 560,
    minWidth: 480,
    minHeight: 320,
    show: false,
    autoHideMenuBar: true,
    icon: path.join(import.meta.dirname, 'images', 'outtray.png'),
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#1c1d1f' : '#ffffff',
    webPreferences: { preload, contextIsolation: true, sandbox: true, nodeIntegration: false, spellcheck: false },
  });
  window.once('ready-to-show', () => window.show());
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    reportFault('the Outbox closed', new Error(`its page ended: ${reason}`));
    window.destroy();
  });
  window.loadURL(OUTBOX_URL).catch((error: unknown) => {
    // Closed before it was loaded: what the person wanted.
    if (window.isDestroyed()) return;
    reportFault('the Outbox did not load', error);
    window.show();
  });
  return window;
}

function lockDown(contents: WebContents): void {
  contents.on('will-navigate', (event) => {
    if (!isOurPage(event.url)) event.preventDefault();
  });
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    if (url.startsWith('https://')) {
      shell.openExternal(url).catch((error: unknown) => reportFault('the browser did not open', error));
    }
    return { action: 'deny' };
  });
}
