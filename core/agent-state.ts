/** The agent's state as windows and commands see it. Pure reading of its parts. */
import type { Outtray } from './assemble.js';
import type { AgentState, ListenerState, RelayStatus } from './bridge/contract.js';
import type { PracticeSession } from './practice-session.js';
import type { Dispatcher } from './queue/dispatcher.js';
import { countByState } from './queue/entry.js';
import type { QueueIndex } from './queue/queue-index.js';
import type { Runner } from './queue/runner.js';
import { stuckSince } from './queue/when.js';
import { remember } from './system/remember.js';
import { VERSION } from './system/version.js';

export interface AgentParts {
  readonly outtray: Outtray;
  readonly index: QueueIndex;
  readonly relays: readonly RelayStatus[];
  readonly runner: Runner;
  readonly dispatcher: Dispatcher;
  readonly practice: PracticeSession | null;
  readonly listener: ListenerState | null;
  readonly owner: boolean;
}

export function describeState({
  outtray,
  index,
  relays,
  runner,
  dispatcher,
  practice,
  listener,
  owner,
}: AgentParts): AgentState {
  const entries = index.entries();
  const { notifications } = outtray.settings;
  const reachableSince = (name: string): number | null => {
    const found = relays.find((relay) => relay.name === name);
    return found?.state === 'reachable' ? found.since : null;
  };
  return {
    counts: countByState(entries),
    relays,
    sending: runner.running,
    paused: dispatcher.paused,
    practice: practice === null ? null : practice.view,
    listener,
    settingsFile: outtray.paths.settingsFile,
    settingsProblems: outtray.settingsProblems,
    showingOnly: !owner,
    stuckSince: stuckSince(entries, remember(reachableSince)),
    stuckAfterMs: notifications.stuckAfter,
    showAddresses: notifications.showAddresses,
    version: VERSION,
  };
}
