/** One pass over the queue for `sendmail -q`: what is chosen, what is printed, and its exit status. */
import { assemble, type Outtray } from '../assemble.js';
import { lockedSecrets } from '../credentials/secrets.js';
import type { QueueRunOptions } from '../submission/request.js';
import { sevenBits } from '../submission/smtp-replies.js';
import { ExitStatus } from '../system/exit-status.js';
import { printable } from '../system/log.js';
import { resolvePaths } from '../system/paths.js';
import { selectForRun } from './run-selection.js';
import { resolveCommandPaths } from './submission-environment.js';

/** With what is wrong with the settings on standard error. */
export function assembleFor(options: Pick<QueueRunOptions, 'settingsFile' | 'queueDirectory' | 'logTag'>): Outtray {
  const { logTag = null } = options;
  const { settingsFile, spoolDirectory } = resolveCommandPaths(process.env, options);
  const isOwn = settingsFile === resolvePaths(process.env).settingsFile;
  const outtray = assemble({
    env: process.env,
    settingsFile,
    spoolDirectory,
    ...(logTag === null ? {} : { logTag: Buffer.from(logTag, 'latin1').toString('utf8') }),
    ...(isOwn ? {} : { secrets: lockedSecrets(settingsFile) }),
  });
  for (const { line, key, message } of outtray.settingsProblems) {
    process.stderr.write(
      `sendmail: ${outtray.paths.settingsFile} line ${line}: ${key === '' ? '' : `${key} `}${message}\n`,
    );
  }
  return outtray;
}

export interface RunResult {
  /** What became of the last message, as sendmail's exit status. */
  readonly exitStatus: number;
  /** Nothing was tried. */
  readonly empty: boolean;
}

export async function runOnce(outtray: Outtray, options: QueueRunOptions, signal: AbortSignal): Promise<RunResult> {
  const named = options.ids === undefined ? null : new Set(options.ids);
  if (options.kind === 'Qf') return { exitStatus: ExitStatus.OK, empty: true };
  const { spool, clock } = outtray;
  const chosen = named ?? selectForRun(spool.directory, options, Math.floor(clock.now() / 1000));
  const { exitStatus, sent, deferred, failed, uncertain, unrouted } = await outtray.runQueue({
    flush: () => true,
    counting: named === null ? 'run' : 'submission',
    kind: options.kind,
    signal,
    recurring: options.intervalSeconds !== null,
    ...(chosen === null ? {} : { select: (job: { readonly id: string }) => chosen.has(job.id) }),
    ...(options.sort === null || chosen === null ? {} : { order: [...chosen] }),
    ...(options.verbose ? { transcript: options.inSession === true ? printReply : print, remark: printRemark } : {}),
    ...(named === null ? { complaint: print } : {}),
  });
  return { exitStatus, empty: sent + deferred + failed + uncertain + unrouted === 0 };
}

/** Of -bs, as sendmail: one more line of SMTP. */
function printReply(line: string): void {
  process.stdout.write(`050 ${printable(sevenBits(line))}\r\n`);
}

/** Beside sendmail's words, for whoever reads them. */
function printRemark(line: string): void {
  process.stderr.write(`${printable(line)}\n`);
}

/** What a relay says is shown, and not obeyed by the terminal. */
export function print(line: string): void {
  process.stdout.write(`${printable(sevenBits(line))}\n`);
}
