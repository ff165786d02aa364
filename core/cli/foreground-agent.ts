/**
 * The agent in a terminal: one line that stays up to date, or, where output is no terminal, a line
 * for each change. SIGINT, SIGTERM and SIGHUP stop it cleanly; mail stays queued, the spool is
 * whole at any moment, so what does not stop in time may be cut off.
 */
import { type Agent, startAgent } from '../agent.js';
import { type AgentService, serveAgent } from '../bridge/serve-agent.js';
import { ExitStatus } from '../system/exit-status.js';
import { printable } from '../system/log.js';
import { describeAgent } from './agent-line.js';
import { print } from './output.js';

/** As long as the desktop program waits for the answer to a message under way. */
const STOP_TIMEOUT_MS = 30_000;

/** Runs until a signal. `onReady` may ask for the Outbox's address. */
export async function runForeground(
  practice: boolean,
  onReady: (service: AgentService) => Promise<void>,
): Promise<ExitStatus> {
  const stopAsked = nextSignal();
  const agent = await startAgent({ env: process.env, practice });
  const service = await serveAgent(agent);
  introduce(agent, practice);
  const line = showLine(agent);
  await onReady(service);
  await stopAsked;
  line.end();
  const answer = agent.state().sending ? ' Waiting for the answer to a message under way; Ctrl-C again does not.' : '';
  print(`Stopping; what is queued stays queued.${answer}`);
  setTimeout(() => process.exit(ExitStatus.OK), STOP_TIMEOUT_MS).unref();
  await service.close();
  await agent.stop();
  return ExitStatus.OK;
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

/** Resolves at the first; a second one does not wait for a relay's answer: that message is then Maybe sent. */
function nextSignal(): Promise<void> {
  let asked = false;
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(ExitStatus.OK);
        asked = true;
        resolve();
      });
    }
  });
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
