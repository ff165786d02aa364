import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openReachableTime, reachableSeconds, readIntervals } from '../../../core/queue/reachable-time.js';

function counted(text: string, from = 0, to = 1_000_000, relay = 'home'): number {
  return reachableSeconds(readIntervals(text), relay, from, to);
}

function makeDirectory(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-reachable-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true }));
  return directory;
}

describe('reachable time', () => {
  it.each([
    ['nothing, where nothing was ever reached', '', 0],
    ['nothing for one session', 'C 1000 home\n', 0],
    ['the time between two sessions', 'C 1000 home\nC 1600 home\n', 600],
    ['not what lies around a failure', 'C 1000 home\nC 1100 home\nF 1200 home\nC 1300 home\nC 1350 home\n', 150],
    ['no gap longer than a message ever waits', 'C 1000 home\nC 9000 home\nC 9100 home\n', 100],
    ['the rest that a relay asked for, which takes up to an hour and a quarter', 'C 1000 home\nC 5600 home\n', 4600],
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
    const directory = makeDirectory();
    const ledger = openReachableTime(directory);

    for (let at = 0; at < 10_000 * 100; at += 100) ledger.note('a relay', true, at);

    expect(openReachableTime(directory).seconds('a relay', 0, 2_000_000)).toBe(10_000 * 100 - 100);
    expect(fs.statSync(path.join(directory, 'reachable-time')).size).toBeLessThan(64 * 1024);
  });

  it('remembers through a compaction that the relay failed last', () => {
    const directory = makeDirectory();
    const ledger = openReachableTime(directory);
    const file = path.join(directory, 'reachable-time');
    fs.writeFileSync(file, `${'C 1000 home\n'.repeat(6000)}C 2000 home\n`);

    ledger.note('home', false, 2010);
    ledger.note('home', true, 5000);

    expect(fs.statSync(file).size).toBeLessThan(1000);
    expect(ledger.seconds('home', 0, 10_000)).toBe(1000);
  });

  it('sees what another program writes', () => {
    const directory = makeDirectory();
    const [one, other] = [openReachableTime(directory), openReachableTime(directory)];

    one.note('home', true, 1000);
    other.note('home', true, 1600);
    const before = one.seconds('home', 0, 10_000);
    other.note('home', true, 2000);

    expect(before).toBe(600);
    expect(one.seconds('home', 0, 10_000)).toBe(1000);
  });

  it.each([
    ['back by years', [1_795_000_000, 1_795_000_600, 1_600_000_000, 1_600_000_300, 1_795_000_900], 900],
    ['forward by years', [1_795_000_000, 1_795_000_600, 1_995_000_000, 1_995_000_300, 1_795_000_900], 600],
  ])('makes nothing older when the clock jumps %s', (_, instants, most) => {
    const ledger = openReachableTime(makeDirectory());

    for (const at of instants) ledger.note('home', true, at);

    expect(ledger.seconds('home', 1_795_000_000, 1_795_001_000)).toBeLessThanOrEqual(most);
  });

  it('reads no more of a huge ledger than it would ever write', () => {
    const directory = makeDirectory();
    const file = path.join(directory, 'reachable-time');
    fs.writeFileSync(file, '');
    fs.truncateSync(file, 3_000_000_000);
    fs.appendFileSync(file, '\nC 1000 home\nC 1600 home\n');
    const ledger = openReachableTime(directory);

    expect(ledger.seconds('home', 0, 10_000)).toBe(600);
  });
});
