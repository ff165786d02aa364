/**
 * `outtray agent [--practice]`: the agent without a window, until it is stopped; and `start`, `stop`,
 * `restart`, `try-restart`, `reload`, `force-reload`, `status` as of an init script. Which agent is meant, and
 * whether it runs, is asked of the agent itself and of its lock, never of a process id alone; `status` answers with
 * the exit statuses of the Linux Standard Base.
 */
import { runForeground } from '../agent/foreground-agent.js';
import { chooseForm, parseForm } from '../arguments.js';

export async function run(args: readonly string[]): Promise<number> {
  const { form, args: rest } = chooseForm('agent', args);
  if (form === 'run') {
    const { options } = parseForm('agent', 'run', rest);
    return await runForeground(options.practice === true, async () => {});
  }
  const { options } = parseForm('agent', form, rest);
  const { controlAgent } = await import('../agent/agent-control.js');
  const practice = 'practice' in options && options.practice === true;
  return await controlAgent(form, { practice, json: options.json === true });
}
