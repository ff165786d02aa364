/** The index over a real spool that real files come to and go from, heard of through real watches. */
import fs from 'node:fs';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { busySpool } from '../../support/busy-spool.js';
import { seededRandom } from '../../support/random.js';
import { watchedIndex } from '../../support/watched-index.js';
import { temporaryDirectory } from '../spool/support.js';

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
});
