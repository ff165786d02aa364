/**
 * `sendmail -q30m`, `-qp`: a runner behind the terminal. As with sendmail it has a session of its own, the
 * queue directory as working directory, nothing of the caller's open, and sm-client.pid
 * (pid-file.ts). SIGTERM ends it after the message at hand, SIGHUP replaces it by a new one of the
 * same command line, new program and settings included; SIGINT, SIGQUIT and SIGUSR1 do nothing. The first
 * run is at once. A pause (`outtray pause`) holds here, too: nobody asks for each of these runs.
 */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outtray } from '../assemble.js';
import { readPause } from '../queue/pause.js';
import { parseCommandLine } from '../submission/options.js';
import type { QueueRunOptions } from '../submission/request.js';
import { ExitStatus } from '../system/exit-status.js';
import { VERSION } from '../system/version.js';
import { startAndHear, tellStarter } from './background.js';
import { claimPidFile, type PidFile } from './pid-file.js';
import { identifyProgram, type Program } from './program-name.js';
import { rawArguments } from './raw-arguments.js';
import { assembleFor, runOnce } from './run-once.js';
import { type StopWatch, watchForStop } from './run-signals.js';
import { asBytes, writeError } from './standard-output.js';
import { resolveCommandPaths } from './submission-environment.js';

/** The word that makes our own child one; not a command for people. */
const RUNNER_WORD = '--runner';

/** The caller's side. Exit status 0: it is there. */
export async function startRunner(options: QueueRunOptions, intervalSeconds: number): Promise<number> {
  const program = identifyProgram(process.argv0, process.argv[1], process.argv.slice(2));
  const { spoolDirectory } = resolveCommandPaths(process.env, options);
  const { status, words } = await launchRunner(programOf(program), program.words, {
    title: titleOf(options, intervalSeconds, spoolDirectory),
    cwd: process.cwd(),
  });
  if (words !== '') writeError(asBytes(`sendmail: ${words}\n`));
  return status;
}

/** Our own child; its arguments are what launchRunner gives it. */
export async function runRunner([program = '', ...words]: readonly string[]): Promise<number> {
  const { action } = parseCommandLine('sendmail', 'sendmail', rawArguments(words), { root: process.getuid?.() === 0 });
  if (action.mode !== 'run' || action.run.intervalSeconds === null) return ExitStatus.USAGE;
  const options = action.run;
  const interval = action.run.intervalSeconds;
  const cwd = process.cwd();
  // For a person, or a script, to start it again by: the second line of sendmail's file.
  const commandLine = [program, ...words].join(' ').replaceAll('\n', ' ');
  let outtray: Outtray;
  try {
    outtray = assembleFor(options);
    process.chdir(outtray.paths.spoolDirectory);
  } catch (error) {
    tellStarter(ExitStatus.CONFIG, wordsOf(error));
    return ExitStatus.CONFIG;
  }
  const title = titleOf(options, interval, outtray.paths.spoolDirectory);
  process.title = title;
  const { log } = outtray;
  let file = claim(outtray, commandLine);
  log.write(
    null,
    `starting daemon (${VERSION}): ${options.persistent === true ? 'persistent-' : ''}queueing@${clockOf(interval)}`,
  );
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGUSR1'] as const) process.on(signal, () => {});
  const watch = (): StopWatch =>
    watchForStop(['SIGTERM', 'SIGHUP'], (signal) => log.write(null, `${signal}: stopping after the message at hand`));
  let stop = watch();
  tellStarter(ExitStatus.OK, '');
  for (;;) {
    await runAgainAndAgain(outtray, options, interval, stop.signal);
    file?.remove();
    if (stop.asked !== 'SIGHUP') break;
    log.write(null, `restarting ${commandLine} due to signal`);
    const { status, words: reason, pid } = await launchRunner(program, words, { title, cwd });
    if (status === ExitStatus.OK) {
      // Whoever has ended us meanwhile meant both.
      if (isToEnd(stop) && pid !== null) process.kill(pid, 'SIGTERM');
      return ExitStatus.OK;
    }
    if (isToEnd(stop)) break;
    // Better an old one than none.
    log.write(null, `SYSERR: cannot restart: ${reason}`);
    stop.end();
    stop = watch();
    outtray.reload();
    file = claim(outtray, commandLine);
  }
  log.write(null, 'stopping daemon, reason=signal');
  return ExitStatus.OK;
}

function isToEnd({ asked }: StopWatch): boolean {
  return asked === 'SIGTERM';
}

function launchRunner(
  program: string,
  words: readonly string[],
  start: { readonly title: string; readonly cwd: string },
): ReturnType<typeof startAndHear> {
  return startAndHear([RUNNER_WORD, program, ...words], start);
}

function programOf({ path: typed }: Program): string {
  return typed.includes(path.sep) ? path.resolve(typed) : typed;
}

function titleOf({ persistent }: QueueRunOptions, intervalSeconds: number, directory: string): string {
  return persistent === true
    ? `sendmail: Queue control for ${directory}`
    : `sendmail: Queue runner@${clockOf(intervalSeconds)} for ${directory}`;
}

/** Without one it works as well. */
function claim({ paths, log }: Outtray, commandLine: string): PidFile | null {
  try {
    return claimPidFile(paths.spoolDirectory, commandLine);
  } catch (error) {
    log.write(null, `SYSERR: no process id file: ${wordsOf(error)}`);
    return null;
  }
}

/** A run that the disk failed is said and not the last one. */
export async function runAgainAndAgain(
  outtray: Outtray,
  options: QueueRunOptions,
  intervalSeconds: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const startedAt = now();
    const empty = await runUnlessPaused(outtray, options, signal);
    const from = options.persistent === true ? now() : startedAt;
    const pause = options.persistent === true && empty ? Math.max(intervalSeconds, EMPTY_SECONDS) : intervalSeconds;
    await sleepUntil(from, pause * 1000, signal);
    outtray.reload();
  }
}

/** A persistent runner that found nothing rests so long at least, as sendmail's. */
const EMPTY_SECONDS = 5;

async function runUnlessPaused(outtray: Outtray, options: QueueRunOptions, signal: AbortSignal): Promise<boolean> {
  try {
    if (readPause(outtray.paths.stateDirectory, outtray.clock.now()) !== null) return true;
    return (await runOnce(outtray, options, signal)).empty;
  } catch (error) {
    outtray.log.write(null, `SYSERR: queue run: ${wordsOf(error)}`);
    return true;
  }
}

/** By both clocks: one stands still while a laptop sleeps, the other may be set. */
interface Instant {
  readonly wall: number;
  readonly steady: number;
}

function now(): Instant {
  return { wall: Date.now(), steady: performance.now() };
}

/** The longest that a laptop which slept is late. Longer timers than 24 days do not work, either. */
const LOOK_MS = 60_000;

async function sleepUntil(from: Instant, milliseconds: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { wall, steady } = now();
    const left = milliseconds - Math.max(wall - from.wall, steady - from.steady);
    if (left <= 0) return;
    await sleep(Math.min(left, LOOK_MS), undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}

/** As sendmail writes intervals: 00:30:00. */
function clockOf(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const parts = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  const text = parts.map((part) => String(part).padStart(2, '0')).join(':');
  return days === 0 ? text : `${days}+${text}`;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
