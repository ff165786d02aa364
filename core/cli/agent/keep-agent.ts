/**
 * An agent as a process: started, made reachable, kept until somebody asks it to stop, by a signal or
 * `outtray agent stop`. It then waits for the relay's answer to a message under way, for as long as
 * is reasonable; mail stays queued, the spool is whole at any moment, so what does not stop in time
 * may be cut off. Asked by a signal again, it does not wait: that message is then Maybe sent.
 */
import { type Agent, startAgent } from '../../agent.js';
import { type AgentService, serveAgent } from '../../bridge/serve-agent.js';
import { ExitStatus } from '../../system/exit-status.js';

/** As long as the desktop program waits for the answer to a message under way. */
const STOP_TIMEOUT_MS = 30_000;

export interface AgentProcess {
  readonly practice: boolean;
  readonly kind: 'terminal' | 'background';
  /** What SIGHUP means: the terminal has gone, or the settings are to be read again. */
  readonly onHangUp: 'stop' | 'reload';
  /** Up and reachable. Returns what to do when it is asked to stop. */
  begin(agent: Agent, service: AgentService): Promise<() => void>;
}

/** Throws where the agent cannot be started. */
export async function keepAgent({ practice, kind, onHangUp, begin }: AgentProcess): Promise<ExitStatus> {
  let stop = (): void => {};
  const stopAsked = new Promise<void>((resolve) => {
    stop = resolve;
  });
  let hangUp = stop;
  stopOnSignals(stop, () => hangUp());
  const agent = await startAgent({ env: process.env, practice });
  if (onHangUp === 'reload') hangUp = () => void agent.reload();
  const service = await serveAgent(agent, { kind, stop });
  try {
    const end = await begin(agent, service);
    await stopAsked;
    end();
  } finally {
    setTimeout(() => process.exit(), STOP_TIMEOUT_MS).unref();
    await service.close();
    await agent.stop();
  }
  return ExitStatus.OK;
}

function stopOnSignals(stop: () => void, hangUp: () => void): void {
  let asked = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (asked) process.exit(ExitStatus.OK);
      asked = true;
      stop();
    });
  }
  process.on('SIGHUP', hangUp);
}
