/**
 * Messages in any minute, at most so many for each relay, where its settings say so. A window that slides:
 * after a pause the first ones go at once. Kept by the process that sends, on the steady clock.
 */
import type { Clock } from '../system/clock.js';

const MINUTE_MS = 60_000;

export interface Pace {
  /** Milliseconds until one more may go; 0: now, and it is counted as gone. */
  take(relay: string, perMinute: number): number;
}

export function createPace(clock: Clock): Pace {
  const gone = new Map<string, number[]>();
  return {
    take(relay, perMinute) {
      if (perMinute <= 0) return 0;
      const now = clock.steady();
      const recent = (gone.get(relay) ?? []).filter((at) => now - at < MINUTE_MS);
      gone.set(relay, recent);
      const oldest = recent.at(-perMinute);
      if (oldest !== undefined) return Math.ceil(oldest + MINUTE_MS - now);
      recent.push(now);
      return 0;
    },
  };
}

/** Resolves after so long, or as soon as the signal is aborted. */
export function pauseFor(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener('abort', done, { once: true });
    if (signal?.aborted === true) done();
  });
}
