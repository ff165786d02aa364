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
