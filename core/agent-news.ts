/**
 * What windows hear from the agent. Whatever changed, and however often: once a turn the agent looks
 * around and its state is told, if it differs from what was told before. A listener that throws
 * is its own affair.
 */
import { EventEmitter } from 'node:events';
import type { AgentState, Events } from './bridge/contract.js';

export interface AgentNews {
  /** Cheap; call whenever something may have changed. */
  changed(): void;
  tell<E extends keyof Events>(name: E, value: Events[E]): void;
  on<E extends keyof Events>(name: E, listener: (value: Events[E]) => void): () => void;
  /** From here on there is somebody to look and something to tell. */
  open(): void;
  close(): void;
}

/** `look` does what follows from a change and returns the state after it. */
export function createAgentNews(look: () => AgentState, complain: (error: unknown) => void): AgentNews {
  const emitter = new EventEmitter();
  let phase: 'opening' | 'open' | 'closed' = 'opening';
  let pending = false;
  let told = '';

  const changed = (): void => {
    if (pending || phase !== 'open') return;
    pending = true;
    setImmediate(() => {
      pending = false;
      if (phase !== 'open') return;
      const state = look();
      const text = JSON.stringify(state);
      if (text === told) return;
      told = text;
      emitter.emit('agent:changed', state);
    });
  };

  return {
    changed,
    tell: (name, value) => void emitter.emit(name, value),
    on(name, listener) {
      const hear = (value: Parameters<typeof listener>[0]): void => {
        try {
          listener(value);
        } catch (error) {
          complain(error);
        }
      };
      emitter.on(name, hear);
      return () => emitter.off(name, hear);
    },
    open() {
      phase = 'open';
      changed();
    },
    close() {
      phase = 'closed';
    },
  };
}
