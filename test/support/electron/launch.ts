/**
 * Starts the built desktop program for a test, on the stand-in or on a real Electron, behind one
 * interface. The real binary is looked for by its files only: importing `electron` outside its
 * own process would start a download.
 */
import fs from 'node:fs';
import path from 'node:path';
import type * as Electron from 'electron';
import type { Page } from 'playwright-core';
import { findChromium } from './chromium.js';
import { launchElectron, startElectronAgain } from './launch-electron.js';
import { launchStandIn } from './launch-stand-in.js';
import type { NoticeRecord, standIn } from './stand-in/desktop.js';
import type { TrayRecord } from './stand-in/tray.js';

export type ElectronModule = typeof Electron & { readonly standIn?: typeof standIn };

export interface LaunchOptions {
  /** Main module, built. */
  readonly main: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface AppUnderTest {
  readonly pid: number;
  /** Runs the function, which must use nothing from outside, in the main process. */
  evaluate<R, A>(run: (electron: ElectronModule, argument: A) => R | Promise<R>, argument: A): Promise<R>;
  /** The window there is, or the next one. */
  window(): Promise<Page>;
  /** Tray and pop-ups; null on a real Electron, which tells nobody what it shows there. */
  readonly desktop: Desktop | null;
  readonly exited: Promise<Exit>;
  /** Standard output and error so far. */
  output(): string;
  /** Quits if it still runs. */
  close(): Promise<void>;
}

export interface Desktop {
  /** Resolves with the tray as soon as it is as wanted. */
  tray(wanted?: (tray: TrayRecord) => boolean): Promise<TrayRecord>;
  /** Chooses by the labels on the way down the tray's menu. */
  choose(...labels: string[]): Promise<void>;
  /** Resolves with the notices so far as soon as they are as wanted. */
  notices(wanted?: (notices: readonly NoticeRecord[]) => boolean): Promise<readonly NoticeRecord[]>;
  clickNotice(title: string): Promise<void>;
  dialogs(): Promise<readonly string[]>;
  /** Resolves when the program asked to be started again after it ends. */
  relaunch(): Promise<void>;
  openedAddresses(): Promise<readonly string[]>;
  /** What a page that asks for this permission would be answered. */
  permits(permission: string): Promise<boolean>;
}

export interface BackEnd {
  readonly name: string;
  /** Why it cannot be used here; null when it can. */
  readonly missing: string | null;
  launch(options: LaunchOptions): Promise<AppUnderTest>;
  /** Starts it where it runs already, which ends by itself. */
  startAgain(options: LaunchOptions): Promise<Exit>;
}

export const BACK_ENDS: readonly [standIn: BackEnd, electron: BackEnd] = [
  {
    name: 'the stand-in',
    missing: whyNoStandIn(),
    launch: launchStandIn,
    startAgain: async (options) => (await launchStandIn(options)).exited,
  },
  {
    name: 'Electron',
    missing: findElectron() === null ? 'no Electron binary here' : null,
    launch: (options) => launchElectron(needElectron(), options),
    startAgain: (options) => startElectronAgain(needElectron(), options),
  },
];

function needElectron(): string {
  const binary = findElectron();
  if (binary === null) throw new Error('no Electron binary here');
  return binary;
}

function whyNoStandIn(): string | null {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 22 || (major === 22 && minor < 18)) return `Node ${process.versions.node} runs no TypeScript`;
  return findChromium() === null ? 'no Chromium here' : null;
}

function findElectron(): string | null {
  const override = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  const module = path.resolve(import.meta.dirname, '../../../node_modules/electron');
  const pathFile = path.join(module, 'path.txt');
  const name = fs.existsSync(pathFile) ? fs.readFileSync(pathFile, 'utf8').trim() : 'electron';
  const binary = path.join(override ?? path.join(module, 'dist'), name);
  return fs.existsSync(binary) ? binary : null;
}
