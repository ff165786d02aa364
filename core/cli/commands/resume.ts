/** `outtray resume`: end a pause. Without an agent the next one starts unpaused. */
import { writePause } from '../../queue/pause.js';
import { ExitStatus } from '../../system/exit-status.js';
import { resolvePaths } from '../../system/paths.js';
import { askAgent } from '../agent/current-agent.js';
import { parseForm } from '../arguments.js';
import { print } from '../output.js';

export async function run(args: readonly string[]): Promise<ExitStatus> {
  parseForm('resume', '', args);
  const state = await askAgent('agent:resume');
  if (state === null) writePause(resolvePaths(process.env).stateDirectory, null);
  print(state === null ? 'Not paused. No agent is running; start it with: outtray agent start' : 'Sending again.');
  return ExitStatus.OK;
}
