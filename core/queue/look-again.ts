/** Messages that want another look after a while, each once however often that is asked for. */
import type { QueueId } from './entry.js';

export interface LookAgain {
  later(id: QueueId): void;
  stop(): void;
}

export function createLookAgain(afterMs: number, look: (id: QueueId) => void): LookAgain {
  const timers = new Map<QueueId, NodeJS.Timeout>();
  return {
    later(id) {
      if (timers.has(id)) return;
      const timer = setTimeout(() => {
        timers.delete(id);
        look(id);
      }, afterMs);
      timers.set(id, timer.unref());
    },
    stop() {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}
