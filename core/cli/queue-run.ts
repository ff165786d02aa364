/**
 * `sendmail -Ac -q`: a queue run by hand. With -v or -qf it stays in the foreground, with a
 * transcript under -v; without, the caller gets its shell back at once and the run goes on
 * behind it. The schedule is ignored; held and lost messages are left alone, except that -qQ
 * sends the held ones it names. -Q sets aside or releases instead of sending.
 */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { assemble, type Outtray } from '../assemble.js';
import { limitArguments } from '../submission/queue-limits.js';
import type { QueueRunOptions } from '../submission/request.js';
import { sevenBits } from '../submission/smtp-replies.js';
import { ExitStatus } from '../system/exit-status.js';
import { printable } from '../system/log.js';
import { outtrayProgram } from '../system/program.js';
import { changeQuarantine } from './quarantine.js';
import { refuseRun } from './run-rights.js';
import { selectForRun } from './run-selection.js';
import { writeOut } from './standard-output.js';

export async function runQueueCommand(options: QueueRunOptions): Promise<number> {
  const refusal = options.ids === undefined ? refuseRun(process.env, options) : null;
  if (refusal !== null) {
    writeOut(`${refusal.words}\n`);
    return refusal.status;
  }
  const wait = options.foreground || options.verbose || options.quarantine !== null;
  if (!wait) return runBehind(options);
  const outtray = assemble({
    env: process.env,
    ...(options.settingsFile === null ? {} : { settingsFile: options.settingsFile }),
    ...(options.queueDirectory === null ? {} : { spoolDirectory: options.queueDirectory }),
  });
  for (const { line, key, message } of outtray.settingsProblems) {
    process.stderr.write(`sendmail: ${outtray.paths.settingsFile} line ${line}: ${key} ${message}\n`);
  }
  if (options.quarantine !== null) return changeQuarantine(outtray, options, options.quarantine.reason, print);
  const { intervalSeconds } = options;
  if (intervalSeconds === null) return runOnce(outtray, options);
  return runAgainAndAgain(outtray, options, intervalSeconds);
}

/** A run that the disk failed is said and not the last one. */
async function runAgainAndAgain(outtray: Outtray, options: QueueRunOptions, intervalSeconds: number): Promise<never> {
  for (;;) {
    await runOnce(outtray, options).catch((error: unknown) => {
      const words = error instanceof Error ? error.message : String(error);
      outtray.log.write(null, `SYSERR: queue run: ${words}`);
      process.stderr.write(`sendmail: ${words}\n`);
    });
    await sleep(intervalSeconds * 1000);
    outtray.reload();
  }
}

/** Returns what became of the last message, as sendmail's exit status. */
async function runOnce(outtray: Outtray, options: QueueRunOptions): Promise<number> {
  const named = options.ids === undefined ? null : new Set(options.ids);
  if (options.kind === 'Qf') return ExitStatus.OK;
  const { spool, clock } = outtray;
  const chosen = named ?? selectForRun(spool.directory, options, Math.floor(clock.now() / 1000));
  const { exitStatus } = await outtray.runQueue({
    flush: () => true,
    counting: named === null ? 'run' : 'submission',
    kind: options.kind,
    ...(chosen === null ? {} : { select: (job: { readonly id: string }) => chosen.has(job.id) }),
    ...(options.sort === null || chosen === null ? {} : { order: [...chosen] }),
    ...(options.verbose ? { transcript: print, remark: printRemark } : {}),
    ...(named === null ? { complaint: print } : {}),
  });
  return exitStatus;
}

/** The attempt that submission leaves behind under -odb. */
function attemptBehind({ ids = [], settingsFile, queueDirectory }: QueueRunOptions): number {
  return startBehind(['--attempt', settingsFile ?? '', queueDirectory ?? '', ...ids]);
}

/** Its other end: our own child. */
export function attemptSubmitted([settingsFile = '', queueDirectory = '', ...ids]: readonly string[]): Promise<number> {
  return runQueueCommand({
    ids,
    filters: [],
    kind: 'qf',
    sort: null,
    verbose: false,
    foreground: true,
    intervalSeconds: null,
    quarantine: null,
    settingsFile: settingsFile === '' ? null : settingsFile,
    queueDirectory: queueDirectory === '' ? null : queueDirectory,
  });
}

/** The same run as a process of its own. */
function runBehind(options: QueueRunOptions): number {
  if (options.ids !== undefined) return attemptBehind(options);
  return startBehind([
    'sendmail',
    '-Ac',
    ...(options.settingsFile === null ? [] : ['-C', options.settingsFile]),
    ...(options.queueDirectory === null ? [] : ['-O', `QueueDirectory=${options.queueDirectory}`]),
    ...(options.kind === 'hf' ? ['-qQ'] : []),
    ...(options.kind === 'Qf' ? ['-qL'] : []),
    ...options.filters.map((filter) => `-q${filter.negated ? '!' : ''}${filter.by}${filter.text}`),
    ...limitArguments(options.limits),
    ...(options.sort === null ? [] : [`-OQueueSortOrder=${options.sort}`]),
    ...(options.intervalSeconds === null ? [] : [`-q${options.intervalSeconds}s`]),
    '-qf',
  ]);
}

/** It outlives its caller and its terminal. */
function startBehind(words: readonly string[]): number {
  const child = spawn(outtrayProgram(), words, { detached: true, stdio: 'ignore' });
  child.on('error', () => {});
  child.unref();
  return child.pid === undefined ? ExitStatus.OSERR : ExitStatus.OK;
}

/** Beside sendmail's words, for whoever reads them. */
function printRemark(line: string): void {
  process.stderr.write(`${printable(line)}\n`);
}

/** What a relay says is shown, and not obeyed by the terminal. */
function print(line: string): void {
  process.stdout.write(`${printable(sevenBits(line))}\n`);
}
