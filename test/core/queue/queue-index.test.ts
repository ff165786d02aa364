/** The index over a real spool that real files come to and go from, heard of through real watches. */
import fs from 'node:fs';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { describeJob } from '../../../core/queue/describe.js';
import { createLookAgain } from '../../../core/queue/look-again.js';
import { createQueueIndex } from '../../../core/queue/queue-index.js';
import { openSpool } from '../../../core/spool/directory-spool.js';
import { busySpool } from '../../support/busy-spool.js';
import { seededRandom } from '../../support/random.js';
import { watchedIndex } from '../../support/watched-index.js';
import { temporaryDirectory } from '../spool/support.js';

/** Nothing of it depends on the time. */
const calm = { now: 0, undoWindowMs: 0, askWhenLateMs: 0, progress: () => null };

describe('the index of a busy spool', () => {
  it('says what a fresh look says after changes in dribs and drabs', async () => {
    const spool = busySpool(temporaryDirectory(), seededRandom(1));
    for (let job = 0; job < 200; job += 1) spool.add();
    const { untilExact } = await watchedIndex(spool.directory);

    for (let burst = 0; burst < 60; burst += 1) {
      spool.change(5);
      await nextTurn();
    }

    await expect(untilExact()).resolves.toBeUndefined();
  });

  it('says what a fresh look says after thousands of changes at once', async () => {
    const spool = busySpool(temporaryDirectory(), seededRandom(2));
    for (let job = 0; job < 1000; job += 1) spool.add();
    const { untilExact, index } = await watchedIndex(spool.directory);

    spool.change(3000);

    await untilExact();
    expect(index.entries().map(({ id }) => id)).toHaveLength(spool.ids.length);
  });

  it('follows a directory that goes and comes back with other mail', async () => {
    const spool = busySpool(temporaryDirectory(), seededRandom(3));
    for (let job = 0; job < 20; job += 1) spool.add();
    const { untilExact } = await watchedIndex(spool.directory);

    fs.renameSync(spool.directory, `${spool.directory}.old`);
    fs.mkdirSync(spool.directory, { mode: 0o700 });
    spool.add();
    fs.rmSync(`${spool.directory}.old`, { recursive: true });
    await untilExact();
    spool.add();

    await expect(untilExact()).resolves.toBeUndefined();
  });

  it('follows a directory that is deleted and made again at once', async () => {
    const spool = busySpool(temporaryDirectory(), seededRandom(5));
    for (let job = 0; job < 5; job += 1) spool.add();
    const { untilExact } = await watchedIndex(spool.directory);

    fs.rmSync(spool.directory, { recursive: true });
    fs.mkdirSync(spool.directory, { mode: 0o700 });
    await untilExact();
    spool.add();

    await expect(untilExact()).resolves.toBeUndefined();
  });

  it('is empty while there is no directory', async () => {
    const spool = busySpool(temporaryDirectory(), seededRandom(6));
    for (let job = 0; job < 5; job += 1) spool.add();
    const { index } = await watchedIndex(spool.directory);

    fs.rmSync(spool.directory, { recursive: true });
    await index.scan().catch(() => {});

    expect(index.entries()).toEqual([]);
  });

  it('looks where control and data files are once subdirectories for them appear', async () => {
    const spool = busySpool(temporaryDirectory(), seededRandom(4));
    for (let job = 0; job < 20; job += 1) spool.add();
    const { untilExact, index } = await watchedIndex(spool.directory);

    for (const kind of ['qf', 'df']) {
      const inside = path.join(spool.directory, kind);
      fs.mkdirSync(inside, { mode: 0o700 });
      for (const id of spool.ids) fs.renameSync(path.join(spool.directory, kind + id), path.join(inside, kind + id));
    }
    await untilExact();
    const [first = ''] = spool.ids;
    fs.unlinkSync(path.join(spool.directory, 'qf', `qf${first}`));
    await untilExact();

    expect(index.entries()).toHaveLength(19);
    expect(index.get(first)).toBeUndefined();
  });

  it('asks for another look at what a killed sendmail left empty, until it is damage and shown', async () => {
    const directory = temporaryDirectory();
    fs.writeFileSync(path.join(directory, 'qfa'), '', { mode: 0o600 });
    fs.writeFileSync(path.join(directory, 'dfa'), 'Hello.\n', { mode: 0o600 });
    const unread: unknown[] = [];
    const index = createQueueIndex(
      openSpool(directory),
      (job) =>
        describeJob(job, {
          relayFor: () => ({ kind: 'relay', name: 'home', trouble: null }),
          attended: true,
          pausedUntil: undefined,
          whenUncertain: 'retry',
          rewriting: { hostname: 'example.org' },
          ...calm,
        }),
      () => {},
      (...asked) => unread.push(asked),
    );

    await index.scan();
    expect(unread).toEqual([['a', null]]);
    expect(index.get('a')).toBeUndefined();

    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 11 * 60_000);
    onTestFinished(() => void vi.restoreAllMocks());
    index.refresh('a');
    expect(unread).toHaveLength(1);
    expect(index.get('a')).toMatchObject({ state: 'lost' });
  });
});

describe('another look', () => {
  const failing = { scan: () => Promise.reject(new Error('no such directory')) };

  it('is taken once, however often it is asked for, and not after the end', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const looks: string[] = [];
    const lookAgain = createLookAgain({ ...failing, afterMs: 1000, look: (id) => looks.push(id), complain: () => {} });

    for (const id of ['a', 'a', 'b', 'a']) lookAgain.later(id, null);
    vi.advanceTimersByTime(1000);
    expect(looks).toEqual(['a', 'b']);

    lookAgain.later('a', null);
    lookAgain.stop();
    vi.advanceTimersByTime(5000);
    expect(looks).toEqual(['a', 'b']);
  });

  it('at a spool that cannot be listed is one at a time, and the log hears of it once', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const complain = vi.fn();
    const scan = vi.fn(failing.scan);
    const lookAgain = createLookAgain({ afterMs: 1000, look: () => {}, scan, complain });

    for (let reset = 0; reset < 5; reset += 1) lookAgain.scan();
    await vi.advanceTimersByTimeAsync(3500);
    lookAgain.stop();

    expect(scan).toHaveBeenCalledTimes(5 + 3);
    expect(complain).toHaveBeenCalledTimes(1);
  });

  it('at thousands of messages fills no log', () => {
    const complain = vi.fn();
    const lookAgain = createLookAgain({ ...failing, afterMs: 1000, look: () => {}, complain });

    for (let number = 0; number < 10_000; number += 1) lookAgain.later(`a${number}`, new Error('too many open files'));
    lookAgain.stop();

    expect(complain).toHaveBeenCalledTimes(20);
  });
});
