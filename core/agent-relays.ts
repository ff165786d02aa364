/**
 * What an agent knows about its relays: which can be reached, by probes and by what runs met, and what
 * stands in the way of the others. Practising has its own reason.
 */
import type { Outtray } from './assemble.js';
import type { AgentState, RelayStatus } from './bridge/contract.js';
import { probe } from './delivery/probe.js';
import { isReached, type Relay } from './delivery/relay.js';
import { createReachability, type Reachability } from './network/reachability.js';
import type { RelayView } from './queue/describe.js';

type Trouble = Extract<RelayView, { kind: 'relay' }>['trouble'];

export interface AgentRelays extends Pick<Reachability<Relay>, 'hint' | 'report' | 'setWaiting' | 'stop'> {
  statuses(): readonly RelayStatus[];
  isReachable(name: string): boolean;
  /** What stands between a message and its relay, in words; null when nothing does as far as is known. */
  trouble(name: string): Trouble;
  /** To be called when the settings may have changed. */
  reload(): void;
}

export function createAgentRelays(
  outtray: Outtray,
  practice: () => AgentState['practice'],
  onChange: () => void,
): AgentRelays {
  const reachability = createReachability<Relay>({
    relays: Object.values(outtray.relays),
    clock: outtray.clock,
    probe: (name, signal) => probeRelay(outtray, name, signal),
    onChange: (name, { state }, _before, problem) => {
      if (state === 'reachable') outtray.noteReachable(name, true);
      if (state === 'unreachable') outtray.noteReachable(name, problem !== null && isReached(problem));
      onChange();
    },
  });
  const statuses = (): readonly RelayStatus[] => explainPractice(reachability.statuses(), practice());
  const find = (name: string): RelayStatus | undefined => statuses().find((status) => status.name === name);
  return {
    ...reachability,
    statuses,
    isReachable: (name) => find(name)?.state === 'reachable',
    trouble: (name) => troubleOf(find(name)),
    reload: () => reachability.setRelays(Object.values(outtray.relays)),
  };
}

async function probeRelay(outtray: Outtray, name: string, signal: AbortSignal): ReturnType<typeof probe> {
  const relay = outtray.relays[name];
  if (relay === undefined) throw new Error(`no relay ${name}`);
  return probe({ relay, hostname: outtray.hostname, timeoutMs: outtray.settings.network.probeTimeout, signal });
}

/** Switched off by hand, the practice relay needs no asking, and nothing is to be mended in the settings. */
function explainPractice(relays: readonly RelayStatus[], practice: AgentState['practice']): readonly RelayStatus[] {
  if (practice === null || practice.on) return relays;
  return relays.map(({ name, host, port, since }) => ({
    name,
    host,
    port,
    since,
    state: 'unreachable',
    reason: 'The practice relay is switched off.',
    remedy: 'Switch it on in the Outbox, or with: outtray practice on',
  }));
}

function troubleOf(status: RelayStatus | undefined): Trouble {
  if (status === undefined || status.state === 'reachable') return null;
  const { host, reason, remedy, reply, nextLookAt } = status;
  return {
    reason: reason === '' ? `Looking whether ${host} can be reached.` : reason,
    remedy: remedy === '' ? 'It goes as soon as the relay can be reached.' : remedy,
    ...(reply === undefined ? {} : { reply }),
    ...(nextLookAt === undefined ? {} : { nextLookAt }),
  };
}
