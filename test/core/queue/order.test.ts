import { describe, expect, it } from 'vitest';
import { laneOrder } from '../../../core/queue/order.js';
import { dueAt, hasCome, longestWaited } from '../../../core/queue/schedule.js';
import { NOW, NOW_SECONDS, recipient } from './fixtures.js';

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
    expect(hasCome(dueAt('a', attempted(0, 0)), NOW)).toBe(true);
  });

  it('waits longer after each attempt, up to a cap', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 20].map((attempts) => dueAt('a', attempted(attempts)) - NOW);

    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits[0]).toBeGreaterThanOrEqual(60_000);
    expect(waits.at(-1)).toBeLessThanOrEqual(7200 * 1.25 * 1000);
    expect(waits.at(-1)).toBe(waits.at(-2));
  });

  it.each([1, 2, 3, 4, 5])('asks a relay that greylists again after 5 to 15 minutes (attempt %i)', (attempts) => {
    const message = 'Deferred: 450 4.2.0 bob@example.net: Recipient address rejected: Greylisted';
    const waits = ['6AKNAoWd001945', '6AKNAoWe001945', 'x'].flatMap((id) => [
      dueAt(id, { ...attempted(attempts), message }) - NOW,
      dueAt(id, { ...attempted(attempts), recipients: [recipient('bob@example.net', { message })] }) - NOW,
    ]);

    expect(Math.min(...waits)).toBeGreaterThanOrEqual(5 * 60_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(15 * 60_000);
  });

  it('waits for the time to undo before the first attempt, and not when somebody released the message', () => {
    const fresh = { createdAtSeconds: NOW_SECONDS, attempts: 0, lastAttemptSeconds: 0 };

    expect(dueAt('a', fresh, 30_000)).toBe(NOW + 30_000);
    expect(dueAt('a', { ...fresh, lastAttemptSeconds: NOW_SECONDS + 1 }, 30_000)).toBe(NOW + 1000);
  });

  it('lets so many attempts take no longer than their waits', () => {
    const attempts = Array.from({ length: 200 }, (_, index) => index + 1);
    let longest = 0;

    for (const number of attempts) {
      longest += dueAt('6AKNAoWd001945', attempted(number)) - NOW;
      expect(longestWaited(number) * 1000).toBeGreaterThanOrEqual(longest);
    }
  });

  it('spreads messages that failed together', () => {
    const instants = new Set(
      ['6AKNAoWd001945', '6AKNAoWe001945', '6AKNAoWf001946'].map((id) => dueAt(id, attempted(3))),
    );

    expect(instants.size).toBe(3);
  });

  it('is not held for years by a clock that went back', () => {
    expect(hasCome(dueAt('a', attempted(1, NOW_SECONDS + 10 * 365 * 86_400)), NOW)).toBe(true);
  });
});
