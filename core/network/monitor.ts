/**
 * One long-lived child that prints a line whenever the network changes: `ip monitor` on Linux,
 * `route -n monitor` on macOS. It sleeps in the kernel between changes. Its text is not parsed;
 * that there is some is the news.
 *
 * The child ends with stop(), with our exit and, where setpriv can ask the kernel for it, with a
 * SIGKILL of ours; elsewhere its pipe is broken then, and it ends at the next change of the
 * network. When it dies by itself it is started again, later each time; where the program does
 * not exist that is final and said through onDown.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import type { Readable } from 'node:stream';
import { type Clock, systemClock } from '../system/clock.js';

export interface MonitorOptions {
  readonly command: readonly string[];
  /** Something was printed. */
  onLine(): void;
  /** The child runs; it may be some milliseconds before it listens. */
  onUp(): void;
  /** No child runs; called once for each onUp, and once when the first start fails. */
  onDown(): void;
  /** First pause before a restart, in milliseconds; doubles up to five minutes. */
  readonly restartMs: number;
  readonly clock?: Clock;
}

const LONGEST_PAUSE_MS = 300_000;
/** A child that lived this long was not at fault; the next pause is the first again. */
const GOOD_LIFE_MS = 60_000;
/** As shells and setpriv say that there is no such program. */
const EXIT_MISSING = 127;
/** Of util-linux; it becomes the program it is given. */
const SETPRIV = '/usr/bin/setpriv';

export function monitorCommand(platform: NodeJS.Platform = process.platform): readonly string[] | null {
  if (platform === 'linux') {
    const monitor = ['ip', 'monitor', 'link', 'address', 'route'];
    return fs.existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'TERM', ...monitor] : monitor;
  }
  if (platform === 'darwin') return ['/sbin/route', '-n', 'monitor'];
  return null;
}

export function startMonitor(options: MonitorOptions): { stop(): void } {
  const { clock = systemClock } = options;
  const [program = '', ...args] = options.command;
  // Desktop sessions and cron often leave out the directories where ip lives.
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? '/usr/bin:/bin'}:/usr/sbin:/sbin` };
  let stopped = false;
  let pauseMs = options.restartMs;
  let timer: NodeJS.Timeout | undefined;
  let kill = (): void => {};
  const onExit = (): void => kill();

  const start = (): void => {
    const startedAt = clock.steady();
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'ignore'], windowsHide: true });
    let ended = false;
    kill = () => {
      child.kill('SIGTERM');
    };
    const down = (missing: boolean): void => {
      if (ended) return;
      ended = true;
      kill = () => {};
      if (stopped) return;
      options.onDown();
      if (missing) return;
      if (clock.steady() - startedAt >= GOOD_LIFE_MS) pauseMs = options.restartMs;
      timer = setTimeout(start, pauseMs);
      timer.unref();
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    };
    child.on('spawn', () => {
      if (!stopped) options.onUp();
    });
    child.on('error', (error: NodeJS.ErrnoException) => down(error.code === 'ENOENT' || error.code === 'EACCES'));
    child.on('exit', (code) => down(code === EXIT_MISSING));
    child.stdout.on('data', () => {
      if (!stopped) options.onLine();
    });
    // Watching the network is no reason to stay alive.
    child.unref();
    unreference(child.stdout);
  };

  process.on('exit', onExit);
  start();
  return {
    stop() {
      if (stopped) return;
      stopped = true;
      clearTimeout(timer);
      process.off('exit', onExit);
      kill();
    },
  };
}

/** The pipe is a socket that can be let go of; its type does not say so. */
function unreference(stream: Readable): void {
  if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
}
