/**
 * The stand-in for the `electron` module in the main process: enough of it to run the built
 * program as a process of its own, with real pages in a real Chromium and a recorded desktop. It
 * is for machines where Electron's binary cannot be had; the same tests run on the real one. What
 * is missing here shows as a TypeError when the program reaches for it.
 */
import { EventEmitter } from 'node:events';
import { app } from './application.js';
import { answerTest } from './control.js';
import { dialog, Notification, shell, standIn } from './desktop.js';
import { ipcMain } from './messages.js';
import { protocol, session } from './schemes.js';
import { Menu, nativeImage, Tray } from './tray.js';
import { BrowserWindow } from './windows.js';

const powerMonitor = new EventEmitter();
const nativeTheme = Object.assign(new EventEmitter(), { shouldUseDarkColors: false, themeSource: 'system' });

const electron = {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  nativeImage,
  nativeTheme,
  Notification,
  powerMonitor,
  protocol,
  session,
  shell,
  standIn,
  Tray,
};

answerTest(electron);

export default electron;
export {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  Notification,
  nativeImage,
  nativeTheme,
  powerMonitor,
  protocol,
  session,
  shell,
  standIn,
  Tray,
};
