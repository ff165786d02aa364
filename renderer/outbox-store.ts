/**
 * Holds the newest OutboxState and AgentState for React, fed by the bridge. Events that come
 * in one burst (a queue run over thousands of messages) become one change a frame. After a lost
 * connection everything is listed afresh.
 */
import type { AgentState } from '../core/bridge/contract.js';
import type { Connection } from './banner-words.js';
import type { Link } from './bridge.js';
import { EMPTY_OUTBOX, joinChanges, type OutboxAction, type OutboxState, reduceOutbox } from './outbox-state.js';
import type { Change, Query } from './outbox-view.js';

export interface Snapshot {
  readonly outbox: OutboxState;
  readonly agent: AgentState | null;
  readonly connection: Connection;
  /** Why the queue could not be read, in words; empty when it could. */
  readonly fault: string;
}

export interface OutboxStore {
  snapshot(): Snapshot;
  subscribe(listener: () => void): () => void;
  setQuery(query: Query): void;
  /** The answer to a call that returns the new state of the agent. */
  setAgent(agent: AgentState): void;
}

/** About a frame; a hidden window is throttled to once a second by the browser, which is right. */
const BURST_MS = 30;

export function createOutboxStore(link: Link): OutboxStore {
  let current: Snapshot = { outbox: EMPTY_OUTBOX, agent: null, connection: link.connection(), fault: '' };
  const listeners = new Set<() => void>();
  let burst: Change[] = [];
  let load = 0;
  /** An agent:changed since the load began is newer than the load's own answer. */
  let heardAgent = false;

  const update = (part: Partial<Snapshot>) => {
    current = { ...current, ...part };
    for (const listener of listeners) listener();
  };
  const dispatch = (action: OutboxAction) => update({ outbox: reduceOutbox(current.outbox, action) });
  const settleBurst = () => {
    if (burst.length === 0) return;
    const change = joinChanges(burst);
    burst = [];
    dispatch({ kind: 'changed', change });
  };

  const loadAll = async () => {
    load += 1;
    const mine = load;
    heardAgent = false;
    dispatch({ kind: 'asked' });
    try {
      const [agent, entries] = await Promise.all([link.bridge.call('agent:state'), link.bridge.call('queue:list')]);
      if (mine !== load) return;
      settleBurst();
      dispatch({ kind: 'listed', entries });
      update(heardAgent ? { fault: '' } : { agent, fault: '' });
    } catch (error) {
      if (mine === load) update({ fault: error instanceof Error ? error.message : 'The queue could not be read.' });
    }
  };
  const connectionChanged = () => {
    const connection = link.connection();
    update({ connection });
    if (connection === 'connected') void loadAll();
  };

  link.bridge.on('queue:changed', (change) => {
    burst.push(change);
    if (burst.length === 1) setTimeout(settleBurst, BURST_MS);
  });
  link.bridge.on('agent:changed', (agent) => {
    heardAgent = true;
    update({ agent });
  });
  link.onConnection(connectionChanged);
  if (current.connection === 'connected') void loadAll();

  return {
    snapshot: () => current,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    setQuery: (query) => dispatch({ kind: 'queried', query }),
    setAgent: (agent) => update({ agent }),
  };
}
