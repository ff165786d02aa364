/**
 * Calls that wait for their answer, and who listens to which event, over any carrier of text
 * frames (core/bridge/frames.ts). An answer nobody waits for and a text that is no frame are dropped.
 */
import type { Calls, Events } from '../core/bridge/contract.js';

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export interface CallBook {
  /** `send` throws when the frame cannot be sent; the call rejects with its words. */
  call<C extends keyof Calls>(
    name: C,
    args: Parameters<Calls[C]>,
    send: (text: string) => void,
  ): Promise<ReturnType<Calls[C]>>;
  on<E extends keyof Events>(name: E, listener: (value: Events[E]) => void): () => void;
  receive(data: unknown): void;
  /** No answer will come any more. */
  abandon(message: string): void;
}

export function createCallBook(): CallBook {
  const waiting = new Map<number, Waiting>();
  const listeners = new Map<string, Set<(value: never) => void>>();
  let lastId = 0;
  return {
    call<C extends keyof Calls>(name: C, args: Parameters<Calls[C]>, send: (text: string) => void) {
      return new Promise<ReturnType<Calls[C]>>((resolve, reject) => {
        lastId += 1;
        send(JSON.stringify({ id: lastId, call: name, args }));
        waiting.set(lastId, { resolve: (value) => resolve(value as ReturnType<Calls[C]>), reject });
      });
    },
    on(name, listener) {
      const all = listeners.get(name) ?? new Set();
      listeners.set(name, all.add(listener));
      return () => all.delete(listener);
    },
    receive(data) {
      const frame = parseFrame(data);
      if (frame === null) return;
      if (typeof frame['event'] === 'string') {
        for (const listener of listeners.get(frame['event']) ?? []) listener(frame['value'] as never);
        return;
      }
      const id = typeof frame['id'] === 'number' ? frame['id'] : -1;
      const call = waiting.get(id);
      waiting.delete(id);
      if (frame['ok'] === true) call?.resolve(frame['value']);
      else call?.reject(new Error(String(frame['message'] ?? 'That did not work.')));
    },
    abandon(message) {
      for (const { reject } of waiting.values()) reject(new Error(message));
      waiting.clear();
    },
  };
}

function parseFrame(data: unknown): Record<string, unknown> | null {
  try {
    const value: unknown = typeof data === 'string' ? JSON.parse(data) : null;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
