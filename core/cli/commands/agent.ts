/** `outtray agent [--practice]`: the agent without a window, until it is stopped. */
import type { ExitStatus } from '../../system/exit-status.js';
import { parseCommandLine } from '../arguments.js';
import { runForeground } from '../foreground-agent.js';

export async function run(args: readonly string[]): Promise<ExitStatus> {
  const { options } = parseCommandLine(args, {
    usage: 'outtray agent [--practice]',
    options: { practice: { type: 'boolean' } },
    words: [0, 0],
  });
  return await runForeground(options.practice === true, async () => {});
}
