/**
 * `sendmail -Qreason` with filters: put what they select into quarantine, or with no reason take it out,
 * in sendmail's words and in the order of the directory. Each job under its lock; one that somebody
 * works on is passed over.
 */
import type { Outtray } from '../assemble.js';
import { scanQueue } from '../spool/queue-scan.js';
import { scanLimits } from '../submission/queue-limits.js';
import type { QueueRunOptions } from '../submission/request.js';
import { ExitStatus } from '../system/exit-status.js';

export function changeQuarantine(
  { spool, log, clock }: Pick<Outtray, 'spool' | 'log' | 'clock'>,
  { kind, filters, sort, limits, verbose }: QueueRunOptions,
  reason: string | null,
  print: (line: string) => void,
): number {
  const say = verbose ? print : () => {};
  const nowSeconds = Math.floor(clock.now() / 1000);
  const wanted = { kind, filters, sort: sort ?? 'priority', unordered: true, nowSeconds, ...scanLimits(limits) };
  const { jobs, total, remarks } = scanQueue(spool.directory, wanted);
  for (const { text, verboseOnly } of remarks) if (verbose || !verboseOnly) print(text);
  say(total === 0 ? `${spool.directory}: no matches` : `Processing ${spool.directory}:`);
  let changes = 0;
  for (const { id } of jobs) {
    const job = spool.claim({ id, kind });
    if (typeof job === 'string') {
      if (job === 'busy') say(`${id}: locked`);
      if (job !== 'gone') print(`Skipping ./${id}${job === 'damaged' ? `: Incomplete file: ./${kind}${id}` : ''}`);
      continue;
    }
    try {
      const before = job.quarantine(reason);
      for (const words of describe(before, reason)) say(`${id}: ${words}`);
      if (before.every((one) => one === reason) && (before.length > 0 || reason === null)) continue;
      changes += 1;
      log.write(id, reason === null ? 'unquarantine' : `quarantine=${reason}`);
    } finally {
      job.release();
    }
  }
  say(changes === 0 ? 'No changes' : `${changes} change${changes === 1 ? '' : 's'}`);
  return ExitStatus.OK;
}

function describe(before: readonly string[], reason: string | null): string[] {
  if (reason === null) return before.map((one) => `Removed quarantine of "${one}"`);
  if (before.length === 0) return [`Quarantined with "${reason}"`];
  return before.map((one) =>
    one === reason ? `Already quarantined with "${reason}"` : `Quarantine changed from "${one}" to "${reason}"`,
  );
}
