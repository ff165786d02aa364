/**
 * The listener: SMTP on loopback for the user's own programs that speak nothing else. It never
 * binds anything but loopback, IPv4 and IPv6 alike, and loads the SMTP library only when it is
 * switched on. A port that is taken stops nothing: it is said, and tried again.
 */
import type { AddressInfo, Socket } from 'node:net';
import type { Keychain } from '../credentials/keychain.js';
import type { Clock } from '../system/clock.js';
import { listeningAddresses } from '../system/loopback.js';
import { admissionRule, whyNotAdmitted } from './admission.js';
import { bindProblem } from './bind-problem.js';
import { type Endpoint, findPeerOwner, type PeerOwner } from './peer.js';
import { createRefusals } from './refusals.js';
import { type Limits, type ListenerPolicy, ListenerServer } from './server.js';
import { listen } from './sessions.js';
import { createSignInDesk } from './sign-in.js';
import type { ListenerState } from './state.js';

export interface ListenerConfig {
  readonly host: string;
  readonly port: number;
  readonly auth: 'auto' | 'required';
}

export interface ListenerPorts {
  readonly software: string;
  readonly session: ListenerPolicy['session'];
  readonly keychain: Pick<Keychain, 'getPassword'>;
  readonly clock: Clock;
  log(words: string): void;
  onChange(): void;
  /** From here on for tests: another system, another way to tell owners, no waiting. */
  readonly platform?: NodeJS.Platform;
  readonly findOwner?: (socket: Socket) => Promise<PeerOwner>;
  readonly answerWrong?: () => Promise<void>;
  readonly retryMs?: number;
  readonly limits?: Limits;
}

export interface Listener {
  readonly state: ListenerState;
  stop(): Promise<void>;
}

const RETRY_MS = 30_000;

export async function startListener(config: ListenerConfig, ports: ListenerPorts): Promise<Listener> {
  const { clock, log, onChange, platform = process.platform, findOwner = ownerOf } = ports;
  const rule = admissionRule(config.auth, platform, process.getuid?.() ?? null);
  const servers = new Map<string, ListenerServer>();
  const places: string[] = [];
  const problems = new Map<string, NonNullable<ListenerState['problem']>>();
  const refusals = createRefusals(clock, log, onChange);

  const policy: ListenerPolicy = {
    software: ports.software,
    passwordNeeded: rule.passwordNeeded,
    async whyNot(socket) {
      const owner: PeerOwner = platform === 'linux' ? await findOwner(socket) : { kind: 'unknown' };
      const why = whyNotAdmitted(owner, rule);
      if (why !== null) refusals.add(owner.kind === 'uid' ? `uid=${owner.uid}: ${why}` : why);
      return why;
    },
    session: ports.session,
    desk: createSignInDesk({
      keychain: ports.keychain,
      now: () => clock.steady(),
      ...(ports.answerWrong === undefined ? {} : { answerWrong: ports.answerWrong }),
    }),
    onRefused: refusals.add,
    complain: (error) => log(`SYSERR: listener: ${error instanceof Error ? error.message : String(error)}`),
  };

  const open = async (address: string): Promise<void> => {
    const server = new ListenerServer(policy, ports.limits);
    try {
      await listen(server, config.port, address);
      servers.set(address, server);
      problems.delete(address);
      places.push(nameOf(server));
      log(`listener: takes mail on ${nameOf(server)}`);
    } catch (error) {
      const problem = bindProblem(error, address, config.port);
      if (problem === null || problems.get(address)?.text === problem.text) return;
      problems.set(address, problem);
      log(`listener: ${problem.text} ${problem.remedy}`);
    }
  };

  const addresses = listeningAddresses(config.host) ?? [];
  let stopped = false;
  let opening: Promise<void> = Promise.resolve();
  const openMissing = async (): Promise<void> => {
    for (const address of addresses) if (!stopped && !servers.has(address)) await open(address);
  };
  await openMissing();
  const retry = setInterval(() => {
    if (problems.size > 0) opening = opening.then(openMissing).then(onChange);
  }, ports.retryMs ?? RETRY_MS);
  retry.unref();

  return {
    get state(): ListenerState {
      return {
        addresses: [...places],
        problem: [...problems.values()][0] ?? null,
        admits: rule.passwordNeeded ? 'password' : 'own-processes',
        refused: refusals.count,
      };
    },
    async stop() {
      stopped = true;
      clearInterval(retry);
      await opening;
      await Promise.all([...servers.values()].map((server) => server.stop()));
    },
  };
}

function ownerOf(socket: Socket): Promise<PeerOwner> {
  const end = (address = '', port = 0): Endpoint => ({ address, port });
  return findPeerOwner({
    client: end(socket.remoteAddress, socket.remotePort),
    server: end(socket.localAddress, socket.localPort),
  });
}

function nameOf({ server }: ListenerServer): string {
  const { address, port, family } = server.address() as AddressInfo;
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}
