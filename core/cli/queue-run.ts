/**
 * `sendmail -Ac -q`: a queue run by hand. With -v or -qf it stays in the foreground, with a
 * transcript under -v; without, the caller gets its shell back at once and the run goes on
 * behind it. An interval makes it a runner (queue-runner.ts), as with sendmail whatever else is asked.
 * The schedule is ignored; held and lost messages are left alone, except that -qQ sends the held
 * ones it names. -Q sets aside or releases instead of sending.
 */
import type { QueueRunOptions } from '../submission/request.js';
import { startBehind } from './background.js';
import { identifyProgram } from './program-name.js';
import { changeQuarantine } from './quarantine.js';
import { assembleFor, print, runOnce } from './run-once.js';
import { refuseRun } from './run-rights.js';
import { watchForStop } from './run-signals.js';
import { writeError, writeOut } from './standard-output.js';

export async function runQueueCommand(options: QueueRunOptions): Promise<number> {
  const refusal = options.ids === undefined ? refuseRun(process.env, options) : null;
  if (refusal !== null) {
    writeOut(`${refusal.words}\n`);
    return refusal.status;
  }
  if (options.quarantine !== null)
    return changeQuarantine(assembleFor(options), options, options.quarantine.reason, print);
  if (options.intervalSeconds !== null) {
    const { startRunner } = await import('./queue-runner.js');
    return startRunner(options, options.intervalSeconds);
  }
  if (!options.foreground && !options.verbose) return runBehind(options);
  return runHere(options);
}

/** Stopped early, it has done nothing wrong: what is left stays queued. */
async function runHere(options: QueueRunOptions): Promise<number> {
  const outtray = assembleFor(options);
  const stop = watchForStop(['SIGINT', 'SIGTERM', 'SIGHUP'], () =>
    writeError('sendmail: stopping after the message at hand; asked again, at once\n'),
  );
  try {
    return (await runOnce(outtray, options, stop.signal)).exitStatus;
  } finally {
    stop.end();
  }
}

/** The same run as a process of its own. */
function runBehind({ ids, settingsFile, queueDirectory, logTag }: QueueRunOptions): number {
  // The attempt that a submission leaves behind under -odb.
  if (ids !== undefined)
    return startBehind(['--attempt', settingsFile ?? '', queueDirectory ?? '', logTag ?? '', ...ids]);
  const { words } = identifyProgram(process.argv0, process.argv[1], process.argv.slice(2));
  return startBehind(['sendmail', '-qf', ...words]);
}

/** Its other end: our own child. */
export function attemptSubmitted([
  settingsFile = '',
  queueDirectory = '',
  logTag = '',
  ...ids
]: readonly string[]): Promise<number> {
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
    logTag: logTag === '' ? null : logTag,
  });
}
