import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openReachableTime, reachableSeconds, readIntervals } from '../../../core/queue/reachable-time.js';

function counted(text: string, from = 0, to = 1_000_000, relay = 'home'): number {
  return reachableSeconds(readIntervals(text), relay, from, to);
}

describe('reachable time', () => {
  it.each([
    ['nothing, where nothing was ever reached', '', 0],
    ['nothing for one session', 'C 1000 home\n', 0],
    ['the time between two sessions', 'C 1000 home\nC 1600 home\n', 600],
    ['not what lies around a failure', 'C 1000 home\nC 1100 home\nF 1200 home\nC 1300 home\nC 1350 home\n', 150],
    ['no gap longer than a message ever waits', 'C 1000 home\nC 9000 home\nC 9100 home\n', 100],
    ['each second once when the clock went back', 'C 1000 home\nC 1600 home\nC 1200 home\nC 1500 home\n', 600],
    ['what a compaction left, and what came after', 'I 1000 3000 home\nC 3500 home\n', 2500],
    ['no other relay', 'C 1000 work\nC 1600 work\n', 0],
    ['whole lines only', 'C 1000 home\nC 1600 home\nC 17', 600],
    ['nothing out of a line it does not know', 'X\nC 1000 home\n\0\0\nC 1600 home\n', 600],
  ])('counts %s', (_, text, seconds) => {
    expect(counted(text)).toBe(seconds);
  });

  it('counts within the life of the message only', () => {
    expect(counted('I 1000 5000 home\n', 2000, 2500)).toBe(500);
  });

  it('outlives the program, and stays small', () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-reachable-'));
    onTestFinished(() => fs.rmSync(directory, { recursive: true }));
    const ledger = openReachableTime(directory);

    for (let at = 0; at < 10_000 * 100; at += 100) ledger.note('a relay', true, at);

    expect(openReachableTime(directory).seconds('a relay', 0, 2_000_000)).toBe(10_000 * 100 - 100);
    expect(fs.statSync(path.join(directory, 'reachable-time')).size).toBeLessThan(64 * 1024);
  });
});
