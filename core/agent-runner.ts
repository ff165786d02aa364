/**
 * The runs of an agent, relay by relay: which relays a request is for, what a run takes up, and what
 * the index, the dispatcher and what is known about relays learn from it.
 */
import type { AgentRelays } from './agent-relays.js';
import type { Outtray } from './assemble.js';
import type { Dispatcher } from './queue/dispatcher.js';
import type { QueueId } from './queue/entry.js';
import type { QueueIndex } from './queue/queue-index.js';
import { createRelayRunners, type Runner, type RunRequest, SCHEDULED } from './queue/runner.js';

export interface AgentRunnerParts {
  readonly outtray: Outtray;
  readonly index: QueueIndex;
  /** It and the runner ask each other. */
  readonly dispatcher: () => Dispatcher;
  readonly relays: AgentRelays;
  readonly changed: () => void;
  readonly complain: (id: QueueId | null, error: unknown) => void;
  readonly signal: AbortSignal;
}

export function createAgentRunner(parts: AgentRunnerParts): Runner {
  const { outtray, index, dispatcher, relays, changed, complain, signal } = parts;

  const runOptions = (relay: string, request: RunRequest): Parameters<Outtray['runQueue']>[0] => {
    const flush = (id: QueueId): boolean => request.flush === 'all' || request.flush.has(id);
    return {
      relay,
      flush,
      select: (job) => (request.scheduled && dispatcher().paused === null) || flush(job.id),
      skipRelay: (name) => !relays.isReachable(name),
      onRelay: (name, problem) => relays.report(name, problem === null ? { ok: true } : { ok: false, problem }),
      onJob: (id) => index.refresh(id),
      onPassed: (id) => {
        index.refresh(id);
        // One that somebody else has locked is looked at again anyway.
        if (index.get(id)?.state !== 'sending') dispatcher().putOff(id);
      },
      signal,
    };
  };

  return createRelayRunners(
    (request) => {
      const names = Object.keys(outtray.relays);
      // What somebody asked for may not be in the index yet; what is due is.
      return request === SCHEDULED
        ? names.filter((name) => index.entries().some(({ relay }) => relay === name))
        : names;
    },
    async (name, request) => {
      changed();
      await outtray.runQueue(runOptions(name, request));
    },
    (name, error) => {
      complain(null, error);
      for (const entry of index.entries()) if (entry.relay === name) dispatcher().putOff(entry.id);
    },
    changed,
  );
}
