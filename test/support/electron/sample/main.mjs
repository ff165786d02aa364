// A small Electron program with one of everything the stand-in offers, for the stand-in's own test.
import path from 'node:path';
import { app, BrowserWindow, ipcMain, Menu, Notification, nativeImage, protocol, session, shell, Tray } from 'electron';

const PAGE = `<!doctype html><title>Sample</title><p id="inline">clean</p>
<a id="out" href="https://example.org/" target="_blank">out</a> <a id="away" href="https://example.org/away">away</a>
<script>document.getElementById('inline').textContent = 'inline script ran';</script>
<script type="module" src="page.js"></script>`;
const SCRIPT = `window.violations = [];
document.addEventListener('securitypolicyviolation', (event) => window.violations.push(event.violatedDirective));
window.loaded = true;`;

if (!app.requestSingleInstanceLock()) {
  app.exit(3);
} else {
  protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges: { standard: true, secure: true } }]);
  app.on('window-all-closed', () => {});
  app.whenReady().then(start);
}

function start() {
  protocol.handle('app', (request) => {
    const script = new URL(request.url).pathname === '/page.js';
    const type = script ? 'text/javascript' : 'text/html';
    return new Response(script ? SCRIPT : PAGE, {
      headers: { 'Content-Type': type, 'Content-Security-Policy': "default-src 'none'; script-src 'self'" },
    });
  });
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.defaultSession.setPermissionCheckHandler(() => false);

  ipcMain.handle('add', (event, a, b) => {
    if (typeof a !== 'number' || typeof b !== 'number') throw new TypeError('add takes numbers');
    return { sum: a + b, from: event.senderFrame.url };
  });

  const tray = new Tray(
    nativeImage.createFromPath(path.join(import.meta.dirname, '../../../../build/icons/tray-empty.png')),
  );
  tray.setToolTip('sample');

  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-navigate', (event) => {
      event.preventDefault();
      tray.setToolTip(`stays, not to ${event.url}`);
    });
    contents.setWindowOpenHandler(({ url }) => {
      void shell.openExternal(url);
      return { action: 'deny' };
    });
  });

  tray.setContextMenu(
    Menu.buildFromTemplate([
      { label: 'Open', click: open },
      { label: 'More', submenu: [{ label: 'Quit', click: () => app.quit() }] },
      { label: 'Never', enabled: false },
    ]),
  );
  new Notification({ title: 'Hello', body: 'from the sample' }).show();
  app.on('second-instance', (_event, argv) => {
    tray.setToolTip(`called with ${argv.at(-1)}`);
    open();
  });
}

function open() {
  const window = new BrowserWindow({ webPreferences: { preload: path.join(import.meta.dirname, 'preload.cjs') } });
  window.loadURL('app://sample/index.html').catch(() => {});
  window.webContents.on('did-finish-load', () => window.webContents.send('greeting', { words: 'hello page' }));
}
