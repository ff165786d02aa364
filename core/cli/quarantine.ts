/**
 * `sendmail -Qreason` with filters: quarantine what they select, or with an empty reason release it
 * from quarantine, in sendmail's words.
 */
import type { Outtray } from '../assemble.js';
import { selectJobs } from '../spool/selection.js';
import type { QueueRunOptions } from '../submission/request.js';
import { ExitStatus } from '../system/exit-status.js';

export function changeQuarantine(
  outtray: Outtray,
  options: QueueRunOptions,
  reason: string | null,
  print: (line: string) => void,
): number {
  const say = options.verbose ? print : () => {};
  const jobs = outtray.spool.list().flatMap((reference) => outtray.spool.read(reference) ?? []);
  const selected = selectJobs(jobs, options.kind, options.filters);
  if (selected.length === 0) {
    say(`${outtray.spool.directory}: no matches`);
    return ExitStatus.OK;
  }
  say(`Processing ${outtray.spool.directory}:`);
  let changes = 0;
  for (const { id, control } of selected) {
    const before = control?.quarantineReason ?? null;
    if (reason === before) {
      if (reason !== null) say(`${id}: Already quarantined with "${reason}"`);
      continue;
    }
    const result = reason === null ? outtray.release(id) : outtray.hold(id, reason);
    if (result !== 'done') {
      say(`${id}: ${result === 'busy' ? 'locked' : 'gone'}`);
      continue;
    }
    changes += 1;
    outtray.log.write(id, reason === null ? 'unquarantine' : `quarantine=${reason}`);
    say(`${id}: ${describe(before, reason)}`);
  }
  say(changes === 0 ? 'No changes' : `${changes} change${changes === 1 ? '' : 's'}`);
  return ExitStatus.OK;
}

function describe(before: string | null, reason: string | null): string {
  if (reason === null) return `Removed quarantine of "${before ?? ''}"`;
  return before === null ? `Quarantined with "${reason}"` : `Quarantine changed from "${before}" to "${reason}"`;
}
