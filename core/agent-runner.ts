/**
 * The runs of an agent: what a run takes up, and what the index, the dispatcher and what is known about
 * relays learn from it. A pass over the queue is short; the relays work on beside it.
 */
import type { AgentRelays } from './agent-relays.js';
import type { Outtray, OwnRunOptions } from './assemble.js';
import type { Dispatcher } from './queue/dispatcher.js';
import type { QueueId } from './queue/entry.js';
import type { QueueIndex } from './queue/queue-index.js';
import { createWorks } from './queue/run.js';
import { createRunner, type Runner, type RunRequest } from './queue/runner.js';

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

export interface AgentRunner extends Runner {
  /** A relay has been given this message and is not through with it. */
  underWay(id: QueueId): boolean;
}

export function createAgentRunner(parts: AgentRunnerParts): AgentRunner {
  const { outtray, index, dispatcher, relays, changed, complain, signal } = parts;

  const optionsFor = (request: RunRequest): OwnRunOptions => {
    const flush = (id: QueueId): boolean => request.flush === 'all' || request.flush.has(id);
    const isWanted = (id: QueueId): boolean => (request.scheduled && dispatcher().paused === null) || flush(id);
    return {
      flush,
      select: ({ id }) => isWanted(id),
      stillWanted: isWanted,
      hasCome: (id, at) => dispatcher().hasCome(id, at),
      skipRelay: (name) => !relays.isReachable(name),
      onRelay(name, problem, relay) {
        // What the relay of before said, or its password, is nothing against the one that the settings name now.
        if (JSON.stringify(outtray.relays[name]) !== JSON.stringify(relay)) return;
        relays.report(name, problem === null ? { ok: true } : { ok: false, problem });
      },
      onJob: (id) => index.refresh(id),
      onPassed: (id) => {
        index.refresh(id);
        // One that somebody else has locked is looked at again anyway.
        if (index.get(id)?.state !== 'sending') dispatcher().putOff(id);
      },
      signal,
    };
  };

  const works = createWorks((name, fault) => {
    if (fault !== null) {
      complain(null, fault);
      for (const entry of index.entries()) if (entry.relay === name) dispatcher().putOff(entry.id);
    }
    changed();
  });
  const runner = createRunner(
    async (request) => {
      changed();
      await outtray.startRun(optionsFor(request), works);
    },
    (error) => {
      complain(null, error);
      for (const { id } of index.entries()) dispatcher().putOff(id);
    },
    changed,
  );

  return {
    request: runner.request,
    get running() {
      return runner.running || works.active;
    },
    async idle() {
      await runner.idle();
      await works.idle();
    },
    underWay: works.has,
  };
}
