/**
 * When is a queue run worth it? Whenever something changed, look once: is a message due whose
 * relay can be reached, which relays are waited for, when does the clock bring the next thing.
 * No timer runs while nothing waits for one.
 */
import type { Clock } from '../system/clock.js';
import type { QueueEntry, QueueId } from './entry.js';
import type { Pause } from './pause.js';
import { type RunRequest, SCHEDULED } from './runner.js';
import { anythingDue, nextDueAt, waitingFor } from './when.js';

export interface DispatcherPorts {
  readonly clock: Clock;
  entries(): QueueEntry[];
  reachable(relay: string): boolean;
  /** Tell the network room which relays have mail waiting: only those are looked at. */
  waitFor(relays: ReadonlySet<string>): void;
  request(request: RunRequest): void;
  running(): boolean;
  /** The hour of a message held until then has come. */
  release(id: QueueId): void;
  /** Look at a job again that somebody else had locked. */
  refresh(id: QueueId): void;
  readPause(): Pause | null;
  savePause(pause: Pause | null): void;
}

export interface Dispatcher {
  /** Something changed: a message, a relay, a setting. Cheap, may be called at any time. */
  look(): void;
  pause(until: number | null): void;
  resume(): void;
  readonly paused: Pause | null;
  stop(): void;
}

/** Longest single wait, so that a wall clock set anew is noticed within it. */
const LONGEST_WAIT_MS = 15 * 60_000;
/** A job locked by somebody else gives no event when it is let go: looked at ever more seldom. */
const FIRST_RELOOK_MS = 500;
const LONGEST_RELOOK_MS = 30_000;

export function createDispatcher(ports: DispatcherPorts): Dispatcher {
  const { clock } = ports;
  let paused = ports.readPause();
  let wake: NodeJS.Timeout | undefined;
  let relook: NodeJS.Timeout | undefined;
  let relookMs = FIRST_RELOOK_MS;
  let stopped = false;

  const look = (): void => {
    if (stopped) return;
    const now = clock.now();
    if (paused !== null && paused.until !== null && paused.until <= now) setPause(null);
    const entries = ports.entries();
    for (const entry of entries) {
      if (entry.state === 'scheduled' && (entry.nextAttemptAt ?? now) <= now) ports.release(entry.id);
    }
    ports.waitFor(paused === null ? waitingFor(entries) : new Set());
    if (paused === null && anythingDue(entries, ports.reachable, now)) ports.request(SCHEDULED);
    wakeAt(nextDueAt(entries, ports.reachable, paused, now));
    lookAgainAt(entries);
  };

  const wakeAt = (at: number | null): void => {
    clearTimeout(wake);
    wake = at === null ? undefined : setTimeout(look, Math.min(Math.max(at - clock.now(), 0), LONGEST_WAIT_MS));
  };

  const lookAgainAt = (entries: readonly QueueEntry[]): void => {
    const locked = ports.running() ? [] : entries.filter((entry) => entry.state === 'sending');
    if (locked.length === 0) relookMs = FIRST_RELOOK_MS;
    if (locked.length === 0 || relook !== undefined) return;
    relook = setTimeout(() => {
      relook = undefined;
      relookMs = Math.min(relookMs * 2, LONGEST_RELOOK_MS);
      for (const entry of locked) ports.refresh(entry.id);
      look();
    }, relookMs);
  };

  const setPause = (pause: Pause | null): void => {
    paused = pause;
    ports.savePause(pause);
  };

  return {
    look,
    pause(until) {
      setPause({ until });
      look();
    },
    resume() {
      setPause(null);
      look();
    },
    get paused() {
      return paused;
    },
    stop() {
      stopped = true;
      clearTimeout(wake);
      clearTimeout(relook);
    },
  };
}
