/**
 * `app`: life cycle, paths and the single instance. Ready on the next turn of the loop, kept
 * alive until it exits, as Electron's process is.
 */
import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { closeBrowser } from './browser.js';
import { tell, tellChanged } from './control.js';
import { claimInstance } from './single-instance.js';

/** An event that a listener may forbid. */
export class Preventable {
  defaultPrevented = false;

  preventDefault(): void {
    this.defaultPrevented = true;
  }
}

class Application extends EventEmitter {
  readonly name = 'outtray';
  readonly isPackaged = false;
  readonly dock = undefined;
  readonly commandLine = { appendSwitch: () => {}, hasSwitch: () => false };
  readonly #paths = new Map<string, string>();
  readonly #ready: Promise<void>;
  readonly #keepAlive = setInterval(() => {}, 0x7fffffff);
  #isReady = false;
  #quitting = false;

  constructor() {
    super();
    this.#ready = new Promise((resolve) => {
      setImmediate(() => {
        this.#isReady = true;
        this.emit('ready', new Preventable());
        resolve();
        tell({ kind: 'ready' });
      });
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.quit());
  }

  whenReady(): Promise<void> {
    return this.#ready;
  }

  isReady(): boolean {
    return this.#isReady;
  }

  getName(): string {
    return this.name;
  }

  getVersion(): string {
    return '0.0.0-stand-in';
  }

  getAppPath(): string {
    return path.dirname(process.argv[1] ?? process.cwd());
  }

  getPath(name: string): string {
    const known = this.#paths.get(name);
    if (known !== undefined) return known;
    const given = process.argv.find((argument) => argument.startsWith('--user-data-dir='));
    if (name === 'userData' && given !== undefined) return given.slice('--user-data-dir='.length);
    if (name === 'userData') {
      return path.join(process.env['XDG_CONFIG_HOME'] ?? path.join(os.homedir(), '.config'), this.name);
    }
    if (name === 'home') return os.homedir();
    if (name === 'temp') return os.tmpdir();
    throw new Error(`stand-in knows no path ${name}`);
  }

  setPath(name: string, value: string): void {
    if (!fs.existsSync(value)) throw new Error(`Failed to set path: no directory ${value}`);
    this.#paths.set(name, value);
  }

  enableSandbox(): void {
    if (this.#isReady) throw new Error('app.enableSandbox() can only be called before app is ready');
  }

  requestSingleInstanceLock(additionalData?: unknown): boolean {
    return claimInstance(this.getPath('userData'), additionalData, (argv, directory, data) =>
      this.emit('second-instance', new Preventable(), argv, directory, data),
    );
  }

  /** Set by the windows, which `quit` must close first. */
  closeWindows: () => boolean = () => true;

  get isQuitting(): boolean {
    return this.#quitting;
  }

  quit(): void {
    this.#quitting = true;
    const forbidden = (name: string): boolean => {
      const event = new Preventable();
      this.emit(name, event);
      return event.defaultPrevented;
    };
    if (forbidden('before-quit') || !this.closeWindows() || forbidden('will-quit')) {
      this.#quitting = false;
      return;
    }
    this.emit('quit', new Preventable(), 0);
    this.exit(0);
  }

  /** Recorded only: a program that outlives its test would be in the way. */
  relaunches = 0;

  relaunch(): void {
    this.relaunches += 1;
    tellChanged();
  }

  exit(code = 0): void {
    clearInterval(this.#keepAlive);
    closeBrowser().then(
      () => process.exit(code),
      () => process.exit(code),
    );
  }
}

export const app = new Application();
