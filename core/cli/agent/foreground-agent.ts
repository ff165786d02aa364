/**
 * The agent in a terminal: one line that stays up to date, or, where output is no terminal, a line
 * for each change. SIGINT and SIGTERM stop it; so does SIGHUP where the terminal has gone, while one that
 * a service manager keeps reads its settings again.
 */
import type { Agent } from '../../agent.js';
import type { AgentService } from '../../bridge/serve-agent.js';
import type { ExitStatus } from '../../system/exit-status.js';
import { printable } from '../../system/log.js';
import { print } from '../output.js';
import { describeAgent } from './agent-line.js';
import { keepAgent } from './keep-agent.js';

/** Runs until it is stopped. `onReady` may ask for the Outbox's address. */
export async function runForeground(
  practice: boolean,
  onReady: (service: AgentService) => Promise<void>,
): Promise<ExitStatus> {
  const attached = process.stdout.isTTY || process.stdin.isTTY;
  return keepAgent({
    practice,
    kind: 'terminal',
    onHangUp: attached ? 'stop' : 'reload',
    async begin(agent, service) {
      introduce(agent, practice);
      const line = showLine(agent);
      await onReady(service);
      return () => {
        line.end();
        const answer = agent.state().sending
          ? ' Waiting for the answer to a message under way; Ctrl-C again does not.'
          : '';
        print(`Stopping; what is queued stays queued.${answer}`);
      };
    },
  });
}

function introduce(agent: Agent, practice: boolean): void {
  const state = agent.state();
  print(`outtray ${state.version}: agent for ${agent.outtray.paths.spoolDirectory}`);
  if (state.showingOnly) {
    print('Another agent already works on this spool; this one only shows what happens.');
  } else {
    print('The Outbox opens in a browser with: outtray open');
  }
  if (practice && state.practice !== null) {
    print(`Practising: mail goes to ${state.practice.maildir} and nowhere else,`);
    print('once you switch the practice relay on with: outtray practice on');
  }
}

function showLine(agent: Agent): { end(): void } {
  const terminal = process.stdout.isTTY;
  let shown = '';
  const show = (): void => {
    const text = printable(describeAgent(agent.state()));
    if (text === shown) return;
    shown = text;
    if (terminal) process.stdout.write(`\r\u001b[K${text.slice(0, (process.stdout.columns || 80) - 1)}`);
    else print(text);
  };
  const stop = agent.on('agent:changed', show);
  show();
  return {
    end() {
      stop();
      if (terminal) print();
    },
  };
}
