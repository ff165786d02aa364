/**
 * `outtray pause [MINUTES]`: nothing is sent by itself until then; what a person sends on purpose
 * still goes. The wish is kept in the state directory, so it needs no running agent.
 */
import { writePause } from '../../queue/pause.js';
import { ExitStatus } from '../../system/exit-status.js';
import { resolvePaths } from '../../system/paths.js';
import { askAgent } from '../agent/current-agent.js';
import { parseForm, usageError } from '../arguments.js';
import { formatTime, print } from '../output.js';

const LONGEST_MINUTES = 31 * 24 * 60;

export async function run(args: readonly string[]): Promise<ExitStatus> {
  const { words } = parseForm('pause', '', args);
  const minutes = words[0] === undefined ? null : parseMinutes(words[0]);
  const state = await askAgent('agent:pause', minutes);
  const until = state === null ? (minutes === null ? null : Date.now() + minutes * 60_000) : state.paused?.until;
  if (state === null) writePause(resolvePaths(process.env).stateDirectory, { until: until ?? null });
  const end = typeof until === 'number' ? `until ${formatTime(until)}, or until` : 'until';
  print(`Sending is paused ${end} you say: outtray resume`);
  return ExitStatus.OK;
}

function parseMinutes(text: string): number {
  const minutes = /^\d+$/.test(text) ? Number.parseInt(text, 10) : 0;
  if (minutes >= 1 && minutes <= LONGEST_MINUTES) return minutes;
  throw usageError(`"${text}" is not a number of minutes between 1 and ${LONGEST_MINUTES} (31 days)`, 'pause', '');
}
