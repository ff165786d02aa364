/**
 * Make a running agent reachable for this user's commands: the control socket now, the Outbox in
 * a browser when somebody asks for it. Nothing is served for an agent that only shows.
 */
import type { Agent } from '../agent.js';
import { rendererDirectory } from '../system/program.js';
import { EVENTS, type Events, type Handlers } from './contract.js';
import { type AgentIdentity, type ControlHandlers, type ControlSocket, serveControl } from './control-socket.js';
import { createHandlers } from './handlers.js';
import { openWebDoor, type WebDoor } from './web-door.js';

export interface AgentService {
  /** A one-time address of the Outbox for the system's browser. */
  openDoor(): Promise<string>;
  close(): Promise<void>;
}

export interface Host {
  readonly kind: AgentIdentity['kind'];
  /** Somebody asks for the end of this process; to be begun, not awaited. */
  stop(): void;
}

export async function serveAgent(agent: Agent, host: Host): Promise<AgentService> {
  const handlers: Handlers = createHandlers(agent);
  let door: Promise<WebDoor> | null = null;
  const openDoor = async (): Promise<string> => {
    door ??= openWebDoor({
      rendererDirectory: rendererDirectory(),
      handlers,
      subscribe: (send) => subscribe(agent, send),
    }).catch((error: unknown) => {
      // The next one who asks may have more luck.
      door = null;
      throw error;
    });
    return (await door).address();
  };
  const identity: AgentIdentity = { pid: process.pid, kind: host.kind };
  const own: ControlHandlers = {
    'door:open': openDoor,
    'agent:identify': async () => identity,
    'agent:reload': async () => agent.reload(),
    'agent:stop': async () => {
      setImmediate(host.stop);
      return identity;
    },
  };
  let control: Promise<ControlSocket> | null = null;
  const serve = (): void => {
    if (agent.state().showingOnly || control !== null) return;
    control = serveControl(agent.outtray.paths, handlers, own);
    // At the start whoever awaits it below hears of it; later, sending goes on without commands.
    control.catch(() => {});
  };
  serve();
  await control;
  // One that only showed serves from when it owns the spool.
  const stop = agent.on('agent:changed', serve);
  return {
    openDoor,
    async close() {
      stop();
      await control?.then((socket) => socket.close());
      await door?.then((opened) => opened.close());
    },
  };
}

function subscribe(agent: Agent, send: <E extends keyof Events>(event: E, value: Events[E]) => void): () => void {
  const stops = (Object.keys(EVENTS) as (keyof Events)[]).map((name) => agent.on(name, (value) => send(name, value)));
  return () => {
    for (const stop of stops) stop();
  };
}
