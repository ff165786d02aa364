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
import { hasCome, isLate } from './schedule.js';
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
  /** A run that is under way has chosen it. */
  underWay?(id: QueueId): boolean;
  readPause(): Pause | null;
  savePause(pause: Pause | null): void;
  /** Settings that decide about instants. */
  limits(): { readonly undoWindowMs: number; readonly askWhenLateMs: number };
}

export interface Dispatcher {
  /** Something changed: a message, a relay, a setting. Cheap, may be called at any time. */
  look(): void;
  /** Whether this instant, of this message, has come; learnt when first asked for, whatever the wall clock does then. */
  hasCome(id: QueueId, at: number): boolean;
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

  /** Instants that had not come when we heard of them. */
  const waits = new Map<QueueId, { readonly at: number; readonly until: number }>();

  const look = (): void => {
    if (stopped) return;
    const now = clock.now();
    if (paused !== null && paused.until !== null && paused.until <= now) endPause();
    for (const entry of onOurClock(ports.entries(), now)) {
      if (entry.state === 'scheduled' && (entry.nextAttemptAt ?? now) <= now) bringUp(entry, now);
    }
    const entries = onOurClock(ports.entries(), now);
    const reachable = remember(ports.reachable);
    const free = entries.filter(({ id }) => ports.underWay?.(id) !== true);
    ports.waitFor(paused === null ? waitingFor(entries) : new Set());
    if (paused === null && anythingDue(free, reachable, now)) ports.request(SCHEDULED);
    wakeAt(nextDueAt(free, reachable, paused, now));
    lookAgainAt(entries);
  };

  const putOff = (id: QueueId): void => {
    const waitMs = Math.min((putOffs.get(id)?.waitMs ?? FIRST_PUT_OFF_MS / 2) * 2, LONGEST_PUT_OFF_MS);
    putOffs.set(id, { waitMs, until: clock.steady() + waitMs });
  };

  /**
   * Instants as we count them: from the wall clock when we first hear of one, from then on by time that passes, so
   * that a clock that jumps brings nothing forward and keeps nothing back. What is scheduled for a time of the
   * calendar goes by the calendar.
   */
  const onOurClock = (entries: QueueEntry[], now: number): QueueEntry[] => {
    const elapsed = clock.elapsed();
    const { undoWindowMs } = ports.limits();
    forget(entries);
    return entries.map((entry) => {
      const { id, nextAttemptAt, attempts, queuedAt } = entry;
      if (nextAttemptAt === undefined) return entry;
      // Written by a clock that has gone back since: all that new mail waits for is the time to undo it.
      const longestMs = attempts === 0 && queuedAt > now ? undoWindowMs : Infinity;
      const leftMs = (putOffs.get(id)?.until ?? 0) - clock.steady();
      const at = entry.state === 'scheduled' ? nextAttemptAt : instantOf(id, nextAttemptAt, now, elapsed, longestMs);
      const ours = leftMs > 0 ? Math.max(at, now + leftMs) : at;
      return ours === nextAttemptAt ? entry : { ...entry, nextAttemptAt: ours };
    });
  };

  const instantOf = (id: QueueId, at: number, now: number, elapsed: number, longestMs = Infinity): number => {
    const known = waits.get(id);
    if (known?.at === at && known.until - elapsed <= longestMs) return now + (known.until - elapsed);
    if (hasCome(at, now, ports.limits().undoWindowMs)) return Math.min(at, now);
    const leftMs = Math.min(at - now, longestMs);
    waits.set(id, { at, until: elapsed + leftMs });
    return now + leftMs;
  };

  /** Waits of messages that are gone. */
  const forget = (entries: readonly QueueEntry[]): void => {
    if (putOffs.size + waits.size === 0) return;
    const present = new Set(entries.map((entry) => entry.id));
    for (const known of [putOffs, waits]) for (const id of known.keys()) if (!present.has(id)) known.delete(id);
  };

  /** Its hour has come. Long past, it is described afresh: a person is asked (describe.ts). */
  const bringUp = ({ id, nextAttemptAt = 0 }: QueueEntry, now: number): void => {
    if (isLate(nextAttemptAt, now, ports.limits().askWhenLateMs)) {
      ports.refresh(id);
      return;
    }
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
    hasCome: (id, at) => instantOf(id, at, clock.now(), clock.elapsed()) <= clock.now(),
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
