/**
 * Two clocks, because a laptop's wall clock jumps: `now` for what people read and what the
 * spool records, `steady` for waits. Tests pass their own.
 */
export interface Clock {
  /** Milliseconds since the epoch; may jump either way. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. */
  steady(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  steady: () => performance.now(),
};
