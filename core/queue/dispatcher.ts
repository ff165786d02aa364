/**
 * When is a queue run worth it? Whenever something changed, look once: is a message due whose
 * relay can be reached, which relays are waited for, when does the clock bring the next thing.
 * No timer runs while nothing waits for one.
 */
import type { Clock } from '../system/clock.js';
import { remember } from '../system/remember.js';
import type { ActionResult, QueueEntry, QueueId } from './entry.js';
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
  /** The hour of a message held until then has come. May throw: then it is tried again later. */
  release(id: QueueId): ActionResult;
  /** Look at a job again that somebody else had locked. */
  refresh(id: QueueId): void;
  readPause(): Pause | null;
  savePause(pause: Pause | null): void;
}

export interface Dispatcher {
  /** Something changed: a message, a relay, a setting. Cheap, may be called at any time. */
  look(): void;
  /** A run left this message as it was; another one at once would do the same. */
  putOff(id: QueueId): void;
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
const FIRST_PUT_OFF_MS = 1000;
const LONGEST_PUT_OFF_MS = 5 * 60_000;

export function createDispatcher(ports: DispatcherPorts): Dispatcher {
  const { clock } = ports;
  let paused = ports.readPause();
  let wake: NodeJS.Timeout | undefined;
  let relook: NodeJS.Timeout | undefined;
  let relookMs = FIRST_RELOOK_MS;
  let stopped = false;
  /** On the steady clock. */
  const putOffs = new Map<QueueId, { readonly waitMs: number; readonly until: number }>();

  const look = (): void => {
    if (stopped) return;
    const now = clock.now();
    if (paused !== null && paused.until !== null && paused.until <= now) endPause();
    for (const entry of afterPutOffs(ports.entries(), now)) {
      if (entry.state === 'scheduled' && (entry.nextAttemptAt ?? now) <= now) release(entry.id);
    }
    const entries = afterPutOffs(ports.entries(), now);
    const reachable = remember(ports.reachable);
    ports.waitFor(paused === null ? waitingFor(entries) : new Set());
    if (paused === null && anythingDue(entries, reachable, now)) ports.request(SCHEDULED);
    wakeAt(nextDueAt(entries, reachable, paused, now));
    lookAgainAt(entries);
  };

  const putOff = (id: QueueId): void => {
    const waitMs = Math.min((putOffs.get(id)?.waitMs ?? FIRST_PUT_OFF_MS / 2) * 2, LONGEST_PUT_OFF_MS);
    putOffs.set(id, { waitMs, until: clock.steady() + waitMs });
  };

  /** The entries with the waits that were put on them here; waits of messages that are gone are forgotten. */
  const afterPutOffs = (entries: QueueEntry[], now: number): QueueEntry[] => {
    if (putOffs.size === 0) return entries;
    const present = new Set(entries.map((entry) => entry.id));
    for (const id of putOffs.keys()) if (!present.has(id)) putOffs.delete(id);
    return entries.map((entry) => {
      const leftMs = (putOffs.get(entry.id)?.until ?? 0) - clock.steady();
      if (leftMs <= 0 || entry.nextAttemptAt === undefined) return entry;
      return { ...entry, nextAttemptAt: Math.max(entry.nextAttemptAt, now + leftMs) };
    });
  };

  const release = (id: QueueId): void => {
    try {
      if (ports.release(id) === 'busy') putOff(id);
      else ports.refresh(id);
    } catch {
      // The disk did not take it. It stays held, and its turn comes again.
      putOff(id);
    }
  };

  const wakeAt = (at: number | null): void => {
    clearTimeout(wake);
    wake = at === null ? undefined : setTimeout(look, Math.min(Math.max(at - clock.now(), 0), LONGEST_WAIT_MS));
  };

  const lookAgainAt = (entries: readonly QueueEntry[]): void => {
    const locked = entries.filter((entry) => entry.state === 'sending');
    if (locked.length === 0) relookMs = FIRST_RELOOK_MS;
    if (locked.length === 0 || relook !== undefined) return;
    relook = setTimeout(() => {
      relook = undefined;
      relookMs = Math.min(relookMs * 2, LONGEST_RELOOK_MS);
      for (const entry of locked) ports.refresh(entry.id);
      look();
    }, relookMs);
  };

  const endPause = (): void => {
    try {
      setPause(null);
    } catch {
      // A note that is left behind names an instant that is over, and counts for nothing.
    }
  };

  const setPause = (pause: Pause | null): void => {
    paused = pause;
    ports.savePause(pause);
  };

  return {
    look,
    putOff,
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
