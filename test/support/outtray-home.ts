/**
 * A private Outtray directory for one test, and the built commands run in it as processes: what
 * a user's shell would do. Everything started here is ended by its own handle when the test ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

export const DIST = path.resolve(import.meta.dirname, '../../dist');
export const BIN = path.join(DIST, 'bin');

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  /** Resolves with the first line of stdout, past or to come, that matches. Rejects when the program ends first. */
  line(pattern: RegExp): Promise<string>;
  /** SIGTERM, then the exit status. */
  stop(): Promise<number | null>;
  readonly ended: Promise<number | null>;
}

export interface OuttrayHome {
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly spool: string;
  writeSettings(settings: unknown): void;
  run(
    command: 'sendmail' | 'mailq' | 'outtray',
    args: readonly string[],
    input?: string | Buffer,
    env?: Record<string, string>,
  ): Promise<Finished>;
  start(command: 'sendmail' | 'outtray', args: readonly string[], env?: Record<string, string>): Running;
  /** Names in the spool, sorted. */
  files(): string[];
  log(): string;
}

export function createHome(settings?: unknown): OuttrayHome {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 }));
  const spool = path.join(directory, 'clientmqueue');
  const env = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: directory,
    TZ: 'UTC',
    OUTTRAY_HOME: directory,
  };
  const home: OuttrayHome = {
    directory,
    env,
    spool,
    writeSettings: (value) =>
      fs.writeFileSync(
        path.join(directory, 'settings.json'),
        typeof value === 'string' ? value : JSON.stringify(value, null, 2),
      ),
    run: (command, args, input = '', extra = {}) =>
      runProgram(path.join(BIN, command), args, input, { ...env, ...extra }, directory),
    start: (command, args, extra = {}) => startProgram(path.join(BIN, command), args, { ...env, ...extra }, directory),
    files: () => (fs.existsSync(spool) ? fs.readdirSync(spool).sort() : []),
    log: () => {
      const file = path.join(directory, 'log', 'maillog');
      return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
    },
  };
  if (settings !== undefined) home.writeSettings(settings);
  return home;
}

export function runProgram(
  file: string,
  args: readonly string[],
  input: string | Buffer,
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...args], { env, cwd, stdio: 'pipe' });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      output.stdout += chunk.toString('latin1');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output.stderr += chunk.toString('latin1');
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, ...output }));
    // A program that ends before it reads its input is no failure of the test.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

function startProgram(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): Running {
  const child = spawn(file, [...args], { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const waiters = new Set<{ pattern: RegExp; resolve: (line: string) => void; reject: (error: Error) => void }>();
  const hear = (line: string): void => {
    lines.push(line);
    for (const waiter of waiters) {
      if (!waiter.pattern.test(line)) continue;
      waiters.delete(waiter);
      waiter.resolve(line);
    }
  };
  createInterface({ input: child.stdout }).on('line', hear);
  createInterface({ input: child.stderr }).on('line', hear);
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', (status) => {
      const error = new Error(`${path.basename(file)} ${args.join(' ')} ended with ${status}:\n${lines.join('\n')}`);
      for (const waiter of waiters) waiter.reject(error);
      waiters.clear();
      resolve(status);
    });
  });
  const alive = (): boolean => child.exitCode === null && child.signalCode === null;
  onTestFinished(async () => {
    if (alive()) child.kill('SIGKILL');
    await ended;
  });
  return {
    process: child,
    ended,
    line(pattern) {
      const known = lines.find((line) => pattern.test(line));
      if (known !== undefined) return Promise.resolve(known);
      if (!alive()) return Promise.reject(new Error(`ended before it said ${pattern}:\n${lines.join('\n')}`));
      return new Promise((resolve, reject) => waiters.add({ pattern, resolve, reject }));
    },
    stop() {
      if (alive()) child.kill('SIGTERM');
      return ended;
    },
  };
}

/** Look until it is so: whenever something happens in the directory, and not oftener than the system tells. */
export async function untilFiles(directory: string, isSo: () => boolean): Promise<void> {
  if (isSo()) return;
  const stop = new AbortController();
  const events = fs.promises.watch(directory, { signal: stop.signal });
  const look = (async () => {
    for await (const _ of events) {
      if (isSo()) return;
    }
  })();
  // Between the first look and the watch something may have happened.
  if (isSo()) {
    stop.abort();
    await look.catch(() => {});
    return;
  }
  await look;
}
