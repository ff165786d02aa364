/** `outtray status [--json]`: what is queued and whether it can leave; shape in status-report.ts. */
import { ExitStatus } from '../../system/exit-status.js';
import { resolvePaths } from '../../system/paths.js';
import { askAgent, ownOuttray } from '../agent/current-agent.js';
import { parseForm } from '../arguments.js';
import { print, printJson } from '../output.js';
import { describeReport, reportOfAgent, reportWithoutAgent } from '../status-report.js';

export async function run(args: readonly string[]): Promise<ExitStatus> {
  const { options } = parseForm('status', '', args);
  const state = await askAgent('agent:state');
  const report =
    state === null ? reportWithoutAgent(ownOuttray()) : reportOfAgent(state, resolvePaths(process.env).spoolDirectory);
  if (options.json) printJson(report);
  else for (const line of describeReport(report)) print(line);
  return ExitStatus.OK;
}
