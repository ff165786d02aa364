/**
 * What could not be read just now, or says nothing yet, is looked at again after a while: a message, or
 * the whole spool; each once however often that is asked for, since no event may tell when it is worth it.
 * The log hears of each once an hour, and of a few only: ten thousand files are unreadable for one reason.
 */
import type { QueueId } from './entry.js';

export interface LookAgainOptions {
  readonly afterMs?: number;
  readonly look: (id: QueueId) => void;
  readonly scan: () => Promise<void>;
  readonly complain: (id: QueueId | null, error: Error) => void;
}

export interface LookAgain {
  /** `error` null: nothing is wrong with it so far. */
  later(id: QueueId, error: Error | null): void;
  /** Go through the spool now, and again when that fails. */
  scan(): void;
  stop(): void;
}

const AFTER_MS = 30_000;
const SAID_FOR_MS = 3_600_000;
const MOST_SAID = 20;

export function createLookAgain({ afterMs = AFTER_MS, look, scan, complain }: LookAgainOptions): LookAgain {
  const waiting = new Map<QueueId | null, NodeJS.Timeout>();
  let said = new Set<QueueId | null>();
  let saidSince = -Infinity;
  let stopped = false;

  const say = (id: QueueId | null, error: Error): void => {
    if (performance.now() - saidSince > SAID_FOR_MS) {
      said = new Set();
      saidSince = performance.now();
    }
    if (said.has(id) || said.size >= MOST_SAID) return;
    said.add(id);
    complain(id, error);
  };

  const wait = (id: QueueId | null, act: () => void): void => {
    if (stopped || waiting.has(id)) return;
    const timer = setTimeout(() => {
      waiting.delete(id);
      act();
    }, afterMs);
    waiting.set(id, timer.unref());
  };

  const scanNow = (): void => {
    scan().catch((error: unknown) => {
      say(null, error instanceof Error ? error : new Error(String(error)));
      wait(null, scanNow);
    });
  };

  return {
    later(id, error) {
      if (error !== null) say(id, error);
      wait(id, () => look(id));
    },
    scan: scanNow,
    stop() {
      stopped = true;
      for (const timer of waiting.values()) clearTimeout(timer);
      waiting.clear();
    },
  };
}
