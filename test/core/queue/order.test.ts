import { describe, expect, it } from 'vitest';
import { laneOrder } from '../../../core/queue/order.js';
import { dueAt, isDue } from '../../../core/queue/schedule.js';
import { NOW, NOW_SECONDS } from './fixtures.js';

function job(id: string, sender: string, priority: number, createdAtSeconds: number, dataChangedAtNs: number) {
  return { id, sender, priority, createdAtSeconds, dataChangedAtNs: BigInt(dataChangedAtNs) };
}

function inOrder(jobs: readonly ReturnType<typeof job>[]) {
  const written = new Map(jobs.map(({ id, dataChangedAtNs }) => [id, dataChangedAtNs]));
  return laneOrder(jobs, (id) => written.get(id) ?? 0n);
}

describe('order of a run', () => {
  it("keeps one sender's messages as they were submitted, whatever their size and id", () => {
    const jobs = [
      job('z', 'ann', 30_100, 7, 3),
      job('a', 'ann', 30_900, 7, 1),
      job('m', 'ann', 30_500, 7, 2),
      job('q', 'ann', 40_000, 6, 9),
    ];

    const order = inOrder(jobs).map((lane) => lane.map((each) => each.id));

    expect(order).toEqual([['q', 'a', 'm', 'z']]);
  });

  it('starts with the sender whose best message has the lowest priority number', () => {
    const jobs = [
      job('bulk', 'cron', 900_000, 1, 1),
      job('big', 'ann', 500_000, 2, 2),
      job('note', 'ann', 30_010, 3, 3),
    ];

    const order = inOrder(jobs).map((lane) => lane.map((each) => each.id));

    expect(order).toEqual([['big', 'note'], ['bulk']]);
  });

  it('copes with more messages of one sender than a call takes arguments', () => {
    const jobs = Array.from({ length: 300_000 }, (_, index) => job(String(index), 'cron', index, 1, 1));

    const order = inOrder([...jobs, job('note', 'ann', -1, 2, 2)]);

    expect(order.map((lane) => lane.length)).toEqual([1, 300_000]);
  });
});

describe('schedule', () => {
  const attempted = (attempts: number, lastAttemptSeconds = NOW_SECONDS) => ({
    createdAtSeconds: NOW_SECONDS - 999,
    attempts,
    lastAttemptSeconds,
  });

  it('a message not tried yet is due at once', () => {
    expect(isDue('a', attempted(0, 0), NOW)).toBe(true);
  });

  it('waits longer after each attempt, up to a cap', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 20].map((attempts) => dueAt('a', attempted(attempts)) - NOW);

    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits[0]).toBeGreaterThanOrEqual(60_000);
    expect(waits.at(-1)).toBeLessThanOrEqual(1800 * 1.25 * 1000);
    expect(waits.at(-1)).toBe(waits.at(-2));
  });

  it('spreads messages that failed together', () => {
    const instants = new Set(
      ['6AKNAoWd001945', '6AKNAoWe001945', '6AKNAoWf001946'].map((id) => dueAt(id, attempted(3))),
    );

    expect(instants.size).toBe(3);
  });

  it('is not held for years by a clock that went back', () => {
    expect(isDue('a', attempted(1, NOW_SECONDS + 10 * 365 * 86_400), NOW)).toBe(true);
  });
});
