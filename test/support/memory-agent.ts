/** The agent's side of the bridge over a list in memory: real handlers, no spool, no relay. */
import type { AgentState, Events, Handlers, QueueEntry, QueueId } from '../../core/bridge/contract.js';
import { agentState } from './queue-entries.js';

type Send = (event: keyof Events, value: unknown) => void;

export interface MemoryAgent {
  readonly handlers: Handlers;
  subscribe(send: Send): () => void;
  subscribers(): number;
  /** Resolves when the next window stops listening. */
  unsubscribed(): Promise<void>;
  add(entry: QueueEntry): void;
}

export function memoryAgent(initial: readonly QueueEntry[]): MemoryAgent {
  const entries = new Map(initial.map((entry) => [entry.id, entry]));
  const sends = new Set<Send>();
  const leaving: (() => void)[] = [];
  let paused: AgentState['paused'] = null;
  const state = () => agentState(entries.values(), { paused });

  const tell = (change: Events['queue:changed']) => {
    for (const send of sends) send('queue:changed', change);
  };
  const become = (next: QueueEntry['state']) => async (ids: unknown) => {
    for (const id of parseIds(ids)) {
      const entry = entries.get(id);
      if (entry === undefined) continue;
      entries.set(id, { ...entry, state: next });
      tell({ changed: [{ ...entry, state: next }], removed: [] });
    }
    return parseIds(ids).map(() => 'done' as const);
  };

  return {
    handlers: {
      'queue:list': async () => [...entries.values()],
      'queue:message': async (id) => {
        const entry = entries.get(String(id));
        return entry === undefined
          ? null
          : { entry, headers: [], raw: `Subject: ${entry.subject}\r\n`, rawTruncated: false, attempts: [] };
      },
      'queue:send': async () => 'started',
      'queue:hold': become('held'),
      'queue:release': become('waiting'),
      'queue:remove': async (ids) => {
        const removed = parseIds(ids);
        for (const id of removed) entries.delete(id);
        tell({ changed: [], removed });
        return removed.map(() => 'done');
      },
      'queue:cancel': async (id) => {
        if (entries.get(String(id))?.state !== 'sending') return 'gone';
        await become('held')([id]);
        return 'cancelled';
      },
      'agent:state': async () => state(),
      'agent:pause': async () => {
        paused = { until: null };
        return state();
      },
      'agent:resume': async () => {
        paused = null;
        return state();
      },
      'practice:set': async () => state(),
    },
    subscribe(send) {
      sends.add(send);
      return () => {
        sends.delete(send);
        for (const left of leaving.splice(0)) left();
      };
    },
    subscribers: () => sends.size,
    unsubscribed: () => new Promise((resolve) => leaving.push(resolve)),
    add(entry) {
      entries.set(entry.id, entry);
      tell({ changed: [entry], removed: [] });
    },
  };
}

function parseIds(ids: unknown): QueueId[] {
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string')) throw new Error('A list of queue ids.');
  return ids;
}
