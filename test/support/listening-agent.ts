/** The built agent with its listener switched on, on a port of its own. */
import { once } from 'node:events';
import net from 'node:net';
import { expect, vi } from 'vitest';
import type { ListenerState } from '../../core/listener/state.js';
import { createHome, type OuttrayHome, type Running } from './outtray-home.js';

export interface ListeningHouse {
  readonly home: OuttrayHome;
  readonly port: number;
  readonly agent: Running;
}

/** Listening. */
export async function startListening(
  settings: object = {},
  listener: object = {},
  env: NodeJS.ProcessEnv = {},
): Promise<ListeningHouse> {
  const port = await freePort();
  const home = createHome({ ...settings, listener: { enabled: true, port, ...listener } });
  const agent = home.start('outtray', ['agent'], busOf(env));
  await agent.line(/queue empty/);
  await listenerIs(home, (state) => state?.addresses.length === 2);
  return { home, port, agent };
}

export async function freePort(): Promise<number> {
  const server = net.createServer();
  server.listen(0, '::1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export async function listenerIs(home: OuttrayHome, isSo: (state: ListenerState | null) => boolean): Promise<void> {
  await vi.waitFor(
    async () => {
      const { stdout } = await home.run('outtray', ['listener', 'status', '--json']);
      expect(isSo(JSON.parse(stdout).state)).toBe(true);
    },
    { timeout: 20_000, interval: 50 },
  );
}

/** Of the keyring's surroundings, what leads to it. */
export function busOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const names = ['DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR', 'HOME'];
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
