/**
 * `outtray practice [on|off|status] [--json]`: the practice relay of a running agent. Switched
 * off it is a relay that cannot be reached, so mail waits; switched on, mail leaves to a Maildir.
 */
import type { AgentState } from '../../bridge/contract.js';
import { CommandError, ExitStatus } from '../../system/exit-status.js';
import { askAgent } from '../agent/current-agent.js';
import { chooseForm, parseForm } from '../arguments.js';
import { count, print, printJson } from '../output.js';

const START = 'start one that does with: outtray agent start --practice';

export async function run(args: readonly string[]): Promise<ExitStatus> {
  const { form: word, args: rest } = chooseForm('practice', args);
  const { options } = parseForm('practice', word, rest);
  const before = await askAgent('agent:state');
  if (word !== 'status' && before?.practice == null) {
    const who = before === null ? 'no agent is running' : 'the running agent does not practise';
    throw new CommandError(ExitStatus.UNAVAILABLE, `${who}; ${START}`);
  }
  const state = word === 'status' ? before : await askAgent('practice:set', word === 'on');
  if (options.json) printJson(state?.practice == null ? { running: false } : { running: true, ...state.practice });
  else print(describe(state));
  return ExitStatus.OK;
}

function describe(state: AgentState | null): string {
  const practice = state?.practice ?? null;
  if (practice === null) return `Nobody practises; ${START}`;
  return practice.on
    ? `The practice relay is on at 127.0.0.1:${practice.port}; ${count(practice.received, 'message')} received in ${practice.maildir}`
    : 'The practice relay is off; mail waits until: outtray practice on';
}
