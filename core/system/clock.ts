/**
 * Three clocks, because a laptop sleeps and its wall clock jumps: `now` for what people read and what the
 * spool records, `steady` for waits within a conversation, `elapsed` for those of hours. Tests pass their own.
 */
import os from 'node:os';

export interface Clock {
  /** Milliseconds since the epoch; may jump either way. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. */
  steady(): number;
  /** Milliseconds from an arbitrary start, sleep included; never goes back, whoever sets the clock. */
  elapsed(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  steady: () => performance.now(),
  elapsed: () => os.uptime() * 1000,
};

/** More than a time zone, or a clock that is a little wrong. */
const SET_MS = 86_400_000;

/** Answers whether the wall clock has been set by more than a day since, either way; sleep is not that. */
export function watchClock({ now, elapsed }: Pick<Clock, 'now' | 'elapsed'>): () => boolean {
  const before = now() - elapsed();
  return () => Math.abs(now() - elapsed() - before) > SET_MS;
}
