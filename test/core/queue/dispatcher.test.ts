import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createDispatcher } from '../../../core/queue/dispatcher.js';
import type { QueueEntry } from '../../../core/queue/entry.js';
import type { Pause } from '../../../core/queue/pause.js';
import { anythingDue, nextDueAt, stuckSince, waitingFor } from '../../../core/queue/when.js';
import { NOW } from './fixtures.js';

const MINUTE = 60_000;

function entry(extra: Partial<QueueEntry> = {}): QueueEntry {
  return {
    id: 'a',
    state: 'waiting',
    reason: 'r',
    next: 'n',
    sender: 'alice',
    from: '',
    to: '',
    subject: '',
    recipients: [],
    sizeBytes: 1,
    queuedAt: NOW,
    nextAttemptAt: NOW,
    attempts: 0,
    priority: 0,
    relay: 'home',
    ...extra,
  };
}

function dispatcherFor(entries: QueueEntry[], up: boolean, paused: Pause | null = null) {
  vi.useFakeTimers({ now: NOW });
  onTestFinished(() => void vi.useRealTimers());
  const seen = {
    requests: 0,
    waited: [] as string[][],
    released: [] as string[],
    saved: [] as (Pause | null)[],
    refreshed: 0,
  };
  const world = { entries, up, fails: false };
  const dispatcher = createDispatcher({
    clock: { now: () => Date.now(), steady: () => performance.now(), elapsed: () => performance.now() },
    entries: () => world.entries,
    reachable: () => world.up,
    waitFor: (relays) => seen.waited.push([...relays]),
    request: () => {
      seen.requests += 1;
    },
    release: (id) => {
      seen.released.push(id);
      if (world.fails) throw new Error('no space left on device');
      return 'done';
    },
    refresh: () => {
      seen.refreshed += 1;
    },
    limits: () => ({ undoWindowMs: 0, askWhenLateMs: 24 * 60 * MINUTE }),
    readPause: () => paused,
    savePause: (pause) => {
      seen.saved.push(pause);
      if (world.fails) throw new Error('read-only file system');
    },
  });
  onTestFinished(() => dispatcher.stop());
  return { dispatcher, seen, world };
}

describe('dispatcher', () => {
  it('runs for a due message whose relay can be reached', () => {
    const { dispatcher, seen } = dispatcherFor([entry()], true);

    dispatcher.look();

    expect(seen.requests).toBe(1);
  });

  it('only says whom it waits for while the relay cannot be reached', () => {
    const { dispatcher, seen } = dispatcherFor([entry()], false);

    dispatcher.look();

    expect(seen).toMatchObject({ requests: 0, waited: [['home']] });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('sets one timer for the next message due, and none when nothing waits', () => {
    const { dispatcher, seen, world } = dispatcherFor([entry({ nextAttemptAt: NOW + MINUTE })], true);

    dispatcher.look();
    vi.advanceTimersByTime(MINUTE);
    world.entries = [];
    dispatcher.look();

    expect(seen.requests).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('rests while paused, looks at no relay, and goes on when the pause is over', () => {
    const { dispatcher, seen } = dispatcherFor([entry()], true);

    dispatcher.pause(NOW + 30 * MINUTE);
    const during = { requests: seen.requests, waited: seen.waited.at(-1) };
    vi.advanceTimersByTime(31 * MINUTE);

    expect(during).toEqual({ requests: 0, waited: [] });
    expect(seen.requests).toBeGreaterThan(0);
    expect(seen.saved).toEqual([{ until: NOW + 30 * MINUTE }, null]);
  });

  it('stays paused until resumed, also over a restart', () => {
    const { dispatcher, seen } = dispatcherFor([entry()], true, { until: null });

    dispatcher.look();
    vi.advanceTimersByTime(24 * 60 * MINUTE);
    expect(seen.requests).toBe(0);
    dispatcher.resume();

    expect(seen.requests).toBe(1);
  });

  it('releases a scheduled message when its hour has come', () => {
    const { dispatcher, seen } = dispatcherFor([entry({ state: 'scheduled', nextAttemptAt: NOW + MINUTE })], true);

    dispatcher.look();
    vi.advanceTimersByTime(MINUTE);

    expect(seen.released).toEqual(['a']);
  });

  it('looks again, ever more seldom, at a job somebody else has locked', () => {
    const { dispatcher, seen } = dispatcherFor([entry({ state: 'sending' })], true);

    dispatcher.look();
    vi.advanceTimersByTime(10 * MINUTE);

    expect(seen.refreshed).toBeGreaterThan(5);
    expect(seen.refreshed).toBeLessThan(40);
  });
});

describe('a message that a run passed over', () => {
  it('is not run for at once, but ever more seldom', () => {
    const { dispatcher, seen } = dispatcherFor([entry()], true);
    const gaps: number[] = [];
    let last = Date.now();
    let before = 0;

    dispatcher.putOff('a');
    dispatcher.look();
    for (let second = 0; second < 3600; second += 1) {
      if (seen.requests > before) {
        gaps.push(Date.now() - last);
        last = Date.now();
        before = seen.requests;
        dispatcher.putOff('a');
        dispatcher.look();
      }
      vi.advanceTimersByTime(1000);
    }

    expect(gaps[0]).toBeLessThanOrEqual(2000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(6 * MINUTE);
    expect(gaps.length).toBeGreaterThan(5);
    expect(gaps.length).toBeLessThan(30);
  });

  it('keeps no other message waiting', () => {
    const { dispatcher, seen } = dispatcherFor([entry(), entry({ id: 'b' })], true);

    dispatcher.putOff('a');
    dispatcher.look();

    expect(seen.requests).toBe(1);
  });
});

describe('a disk that takes nothing', () => {
  it('does not end the dispatcher when a scheduled message cannot be released, which is tried again', () => {
    const { dispatcher, seen, world } = dispatcherFor([entry({ state: 'scheduled', nextAttemptAt: NOW })], true);
    world.fails = true;

    dispatcher.look();
    vi.advanceTimersByTime(10 * MINUTE);

    expect(seen.released.length).toBeGreaterThan(2);
    expect(seen.released.length).toBeLessThan(30);
  });

  it('does not keep a pause beyond its end', () => {
    const { dispatcher, seen, world } = dispatcherFor([entry()], true, { until: NOW + MINUTE });
    world.fails = true;

    dispatcher.look();
    vi.advanceTimersByTime(2 * MINUTE);

    expect(dispatcher.paused).toBeNull();
    expect(seen.requests).toBeGreaterThan(0);
  });
});

describe('a wall clock that jumps', () => {
  const YEARS = 5 * 365 * 24 * 60 * MINUTE;
  const jump = (by: number): void => void vi.setSystemTime(Date.now() + by);

  it('brings no wait to its end before its time', () => {
    const { dispatcher, seen } = dispatcherFor([entry({ nextAttemptAt: NOW + 10 * MINUTE })], true);
    dispatcher.look();

    jump(YEARS);
    dispatcher.look();
    const early = [seen.requests, dispatcher.hasCome('a', NOW + 10 * MINUTE)];
    vi.advanceTimersByTime(10 * MINUTE);

    expect(early).toEqual([0, false]);
    expect(seen.requests).toBe(1);
    expect(dispatcher.hasCome('a', NOW + 10 * MINUTE)).toBe(true);
  });

  it('makes no wait longer when it goes back', () => {
    const { dispatcher, seen } = dispatcherFor([entry({ nextAttemptAt: NOW + 10 * MINUTE })], true);
    dispatcher.look();

    jump(-YEARS);
    vi.advanceTimersByTime(11 * MINUTE);

    expect(seen.requests).toBe(1);
  });

  it('sends nothing that was set for a time years after, and asks instead', () => {
    const { dispatcher, seen } = dispatcherFor([entry({ state: 'scheduled', nextAttemptAt: NOW + 60 * MINUTE })], true);
    dispatcher.look();

    jump(YEARS);
    dispatcher.look();

    expect(seen).toMatchObject({ released: [], refreshed: 1 });
  });

  it('that was hours ahead when mail was written keeps none of it once it is right', () => {
    const at = NOW + 120 * MINUTE;
    const { dispatcher, seen } = dispatcherFor([entry({ queuedAt: at, nextAttemptAt: at })], true);
    dispatcher.hasCome('a', at);

    dispatcher.look();

    expect(seen.requests).toBe(1);
    expect(dispatcher.hasCome('a', at)).toBe(true);
  });

  it('does not shorten the wait of mail that was tried before', () => {
    const at = NOW + 120 * MINUTE;
    const { dispatcher, seen } = dispatcherFor([entry({ queuedAt: at, nextAttemptAt: at, attempts: 3 })], true);

    dispatcher.look();

    expect(seen.requests).toBe(0);
  });

  it('that is years behind what the files say keeps no mail', () => {
    const { dispatcher, seen } = dispatcherFor([entry({ nextAttemptAt: NOW + YEARS })], true);

    dispatcher.look();

    expect(seen.requests).toBe(1);
  });
});

describe('what is next', () => {
  const yes = (): boolean => true;

  it('leaves held, failed and unrouted messages to people', () => {
    const { relay: _, ...unrouted } = entry();
    const entries = [entry({ state: 'held' }), entry({ state: 'failed' }), entry({ state: 'lost' }), unrouted];

    expect(anythingDue(entries, yes, NOW)).toBe(false);
    expect(waitingFor(entries).size).toBe(0);
    expect(nextDueAt(entries, yes, null, NOW - 1)).toBeNull();
  });

  it('counts a message as stuck only from when its relay could be reached', () => {
    const entries = [entry({ queuedAt: NOW - 60 * MINUTE })];

    expect(stuckSince(entries, () => null)).toBeNull();
    expect(stuckSince(entries, () => NOW - MINUTE)).toBe(NOW - MINUTE);
    expect(stuckSince(entries, () => NOW - 90 * MINUTE)).toBe(NOW - 60 * MINUTE);
  });
});
