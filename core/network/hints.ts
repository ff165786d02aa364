/**
 * Hints that the network may have changed: a reason to look again, proof of nothing. They may
 * come too often, or for changes that do not concern mail.
 *
 * Linux and macOS tell by events (monitor.ts). Where nothing tells, and for as long as the
 * monitor is down, a slow timer compares the fingerprint; only then is there a timer, and it also
 * notices a sleep, because the wall clock moved on further than the timer should have taken.
 */
import { type Clock, systemClock } from '../system/clock.js';
import { takeFingerprint } from './fingerprint.js';
import { monitorCommand, startMonitor } from './monitor.js';

export type NetworkHint = 'network' | 'wake';

export interface HintTiming {
  /** One change of the network prints many lines; they become one hint, this long after the first. */
  readonly debounceMs: number;
  /** What changed before the monitor listened is seen by a comparison this long after each of its starts. */
  readonly settleMs: number;
  /** Of the slow timer. */
  readonly intervalMs: number;
  readonly restartMs: number;
}

export interface NetworkWatchOptions {
  onHint(reason: NetworkHint): void;
  /** Program and arguments that print at each change; null for none. The default is the platform's. */
  readonly command?: readonly string[] | null;
  readonly fingerprint?: () => string;
  readonly clock?: Clock;
  readonly timing?: Partial<HintTiming>;
}

export interface NetworkWatch {
  stop(): void;
}

const TIMING: HintTiming = { debounceMs: 300, settleMs: 1000, intervalMs: 60_000, restartMs: 1000 };
/** How much longer than the interval a tick must have taken to mean a sleep. */
const SLEEP_MS = 30_000;

export function watchNetwork(options: NetworkWatchOptions): NetworkWatch {
  const { onHint, command = monitorCommand(), fingerprint = takeFingerprint, clock = systemClock } = options;
  const timing = { ...TIMING, ...options.timing };
  let known = fingerprint();
  let debounce: NodeJS.Timeout | undefined;
  let settle: NodeJS.Timeout | undefined;
  let ticking: NodeJS.Timeout | undefined;

  /** Compare, and remember; true when the network looks different. */
  const changed = (): boolean => {
    const before = known;
    known = fingerprint();
    return known !== before;
  };
  const tickSlowly = (): void => {
    if (ticking !== undefined) return;
    let lastTickAt = clock.now();
    ticking = setInterval(() => {
      const sinceMs = clock.now() - lastTickAt;
      lastTickAt += sinceMs;
      const different = changed();
      if (sinceMs > timing.intervalMs + SLEEP_MS) onHint('wake');
      else if (different) onHint('network');
    }, timing.intervalMs);
    ticking.unref();
  };
  const tickNoMore = (): void => {
    clearInterval(ticking);
    ticking = undefined;
  };

  if (command === null) tickSlowly();
  const monitor =
    command === null
      ? null
      : startMonitor({
          command,
          clock,
          restartMs: timing.restartMs,
          onUp() {
            tickNoMore();
            clearTimeout(settle);
            settle = setTimeout(() => {
              if (changed()) onHint('network');
            }, timing.settleMs);
            settle.unref();
          },
          onDown: tickSlowly,
          onLine() {
            if (debounce !== undefined) return;
            debounce = setTimeout(() => {
              debounce = undefined;
              known = fingerprint();
              onHint('network');
            }, timing.debounceMs);
            debounce.unref();
          },
        });

  return {
    stop() {
      monitor?.stop();
      tickNoMore();
      clearTimeout(debounce);
      clearTimeout(settle);
    },
  };
}
