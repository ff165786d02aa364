import { describe, expect, it } from 'vitest';
import { createPace } from '../../../core/queue/pace.js';

function paceAt() {
  let now = 0;
  const wait = (milliseconds: number): void => {
    now += milliseconds;
  };
  const pace = createPace({ now: () => 0, steady: () => now, elapsed: () => now });
  return { pace, wait };
}

describe('messages a minute', () => {
  it('go at once until there are so many, then one for each that is a minute old', () => {
    const { pace, wait } = paceAt();

    const first = [pace.take('home', 2), pace.take('home', 2), pace.take('home', 2)];
    wait(59_999);
    const soon = pace.take('home', 2);
    wait(1);
    const then = [pace.take('home', 2), pace.take('home', 2), pace.take('home', 2)];

    expect(first).toEqual([0, 0, 60_000]);
    expect(soon).toBe(1);
    expect(then).toEqual([0, 0, 60_000]);
  });

  it('are counted for each relay, and not at all where any number may go', () => {
    const { pace } = paceAt();

    const waits = ['home', 'work', 'home'].map((relay) => pace.take(relay, 1));
    const free = Array.from({ length: 100 }, () => pace.take('home', 0));

    expect(waits).toEqual([0, 0, 60_000]);
    expect(new Set(free)).toEqual(new Set([0]));
  });
});
