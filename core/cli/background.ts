/**
 * Our own program as a process behind the terminal: in a session of its own, with nothing of the
 * caller's open. What lasts tells its starter once whether it is up, through descriptor 3, which is
 * closed behind that; so nobody has to guess how long a start takes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { ExitStatus } from '../system/exit-status.js';
import { outtrayProgram } from '../system/program.js';

export interface Start {
  /** What `ps` shows in place of the program's name. */
  readonly title?: string;
  readonly cwd?: string;
}

/** `status` is 0 when it is up. */
export interface Told {
  readonly status: number;
  readonly words: string;
}

const TELLING_FD = 3;

/** Nobody waits for it; whether it could be started at all is the answer. */
export function startBehind(words: readonly string[]): number {
  const child = launch(words, {}, 'ignore');
  child.on('error', () => {});
  child.unref();
  return child.pid === undefined ? ExitStatus.OSERR : ExitStatus.OK;
}

/** Resolves when it is up, or has said why it is not. */
export function startAndHear(words: readonly string[], start: Start = {}): Promise<Told & { pid: number | null }> {
  return new Promise((resolve) => {
    const child = launch(words, start, 'pipe');
    const pid = child.pid ?? null;
    let text = '';
    let ended: string | null = null;
    const channel = child.stdio[TELLING_FD] as Readable;
    const finish = (): void => {
      child.unref();
      channel.destroy();
      const told = parseTold(text);
      const silence = `it ended without a word${ended === null ? '' : ` (${ended})`}`;
      resolve({ ...(told ?? { status: ExitStatus.SOFTWARE, words: silence }), pid });
    };
    child.once('error', (error) => {
      text = JSON.stringify({ status: ExitStatus.OSERR, words: error.message });
      finish();
    });
    child.once('exit', (code, signal) => {
      ended = String(signal ?? code);
    });
    channel.on('error', () => {});
    channel.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
    // Closed by whoever was told to say something, or by its end.
    channel.once('close', () => (parseTold(text) !== null || ended !== null ? finish() : child.once('exit', finish)));
  });
}

/** The other end, in the process that was started: once. */
export function tellStarter(status: number, words: string): void {
  try {
    fs.writeSync(TELLING_FD, `${JSON.stringify({ status, words })}\n`);
    fs.closeSync(TELLING_FD);
  } catch {
    // The starter has gone; that is no reason not to be there.
  }
}

/** An Outtray directory named relative to where the caller is stays what it is. */
function environment(): NodeJS.ProcessEnv {
  const home = process.env['OUTTRAY_HOME'];
  return home === undefined || home === '' ? process.env : { ...process.env, OUTTRAY_HOME: path.resolve(home) };
}

function launch(words: readonly string[], { title, cwd }: Start, telling: 'ignore' | 'pipe'): ChildProcess {
  return spawn(outtrayProgram(), words, {
    detached: true,
    env: environment(),
    stdio: ['ignore', 'ignore', 'ignore', telling],
    // The file may have any name: a copy called sendmail would take our word for a recipient.
    argv0: title ?? 'outtray',
    ...(cwd === undefined ? {} : { cwd }),
  });
}

function parseTold(text: string): Told | null {
  if (!text.endsWith('\n')) return null;
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || !('status' in value) || !('words' in value)) return null;
  return { status: Number(value.status), words: String(value.words) };
}
