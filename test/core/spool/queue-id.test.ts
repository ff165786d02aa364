import { describe, expect, it } from 'vitest';
import { createQueueIdSource, isQueueId } from '../../../core/spool/queue-id.js';

const at = (iso: string) => ({ now: () => Date.parse(iso) });

describe('createQueueIdSource', () => {
  it('makes the id sendmail made at that second with that pid', () => {
    const ids = createQueueIdSource({
      clock: at('2026-11-20T23:03:51Z'),
      pid: 26187,
      random: () => (58 * 60 + 2) / 3600,
    });

    expect(ids.next()).toBe('6AKN3pw2026187');
  });

  it('counts the sequence up within a process', () => {
    const ids = createQueueIdSource({
      clock: at('2026-11-20T23:10:51Z'),
      pid: 29687,
      random: () => (29 * 60 + 28) / 3600,
    });

    expect([ids.next(), ids.next()].map((id) => id.slice(6, 8))).toEqual(['TS', 'TT']);
  });

  it('goes from the last sequence to the first', () => {
    const ids = createQueueIdSource({ clock: at('2026-11-20T23:10:51Z'), pid: 1, random: () => 3599 / 3600 });

    expect([ids.next(), ids.next()].map((id) => id.slice(6, 8))).toEqual(['xx', '00']);
  });

  it('writes a pid of more than six digits in full', () => {
    const ids = createQueueIdSource({ clock: at('2026-11-20T23:10:51Z'), pid: 4194304, random: () => 0 });

    expect(ids.next()).toBe('6AKNAp004194304');
  });

  it('waits for the next second rather than repeat an id', () => {
    let asked = 0;
    const clock = { now: () => Date.parse('2026-11-20T23:10:51Z') + (asked++ > 3600 ? 1000 : 0) };
    const ids = createQueueIdSource({ clock, pid: 1, random: () => 0 });

    const made = Array.from({ length: 3601 }, () => ids.next());

    expect(new Set(made).size).toBe(3601);
    expect(made.at(-1)?.slice(0, 8)).toBe('6AKNAq00');
  });
});

describe('isQueueId', () => {
  it.each(['6AKN3pw2026187', '6AKNAp004194304', 'x', 'hand-made.1'])('takes %j', (name) => {
    expect(isQueueId(name)).toBe(true);
  });

  it.each(['', '../../etc', 'a\\b', 'a b', 'a\0b', 'ä', 'x'.repeat(19)])('refuses %j', (name) => {
    expect(isQueueId(name)).toBe(false);
  });
});
