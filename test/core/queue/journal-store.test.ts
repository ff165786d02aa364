import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openJournal } from '../../../core/queue/journal-store.js';
import { runSource } from '../../support/run-source.js';
import { attemptRecord, troubleRecord } from './journal-records.js';

const ID = '6AKNAoWd001945';

function makeDirectory(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-journal-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true }));
  return directory;
}

function filesOf(directory: string): string[] {
  return fs.readdirSync(path.join(directory, 'journal')).sort();
}

describe('the journal', () => {
  it('tells the attempts of a queued message to whoever opens it', () => {
    const directory = makeDirectory();
    const records = [troubleRecord(1000), attemptRecord({ at: 2000 })];

    for (const record of records) openJournal(directory).append(ID, record);

    expect(openJournal(directory).read(ID)).toEqual(records);
    expect(openJournal(directory).read('6AKNAoWd001946')).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('lets nobody else read it', () => {
    const directory = makeDirectory();

    openJournal(directory).append(ID, attemptRecord());

    const modes = [path.join(directory, 'journal'), path.join(directory, 'journal', ID)].map(
      (name) => fs.statSync(name).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o600]);
  });

  it('still tells of a message that has left, and keeps no file of it', () => {
    const directory = makeDirectory();
    const journal = openJournal(directory);
    const records = [troubleRecord(1000), attemptRecord({ at: 2000, endedAt: 3000 })];
    journal.append(ID, troubleRecord(1000));

    journal.conclude(ID, attemptRecord({ at: 2000, endedAt: 3000 }));
    journal.conclude('other', attemptRecord());

    expect(filesOf(directory)).toEqual(['gone']);
    expect(journal.read(ID)).toEqual(records);
    expect(journal.read('other')).toEqual([attemptRecord()]);
  });

  it('tells nothing twice when a program died between the two', () => {
    const directory = makeDirectory();
    const journal = openJournal(directory);
    journal.append(ID, troubleRecord(1000));
    const file = path.join(directory, 'journal', ID);
    const left = fs.readFileSync(file);

    journal.conclude(ID, attemptRecord({ at: 2000, endedAt: 3000 }));
    fs.writeFileSync(file, left);

    expect(journal.read(ID)).toEqual([troubleRecord(1000), attemptRecord({ at: 2000, endedAt: 3000 })]);
  });

  it('forgets a message that is not to be remembered', () => {
    const directory = makeDirectory();
    const journal = openJournal(directory);
    journal.append(ID, attemptRecord());

    journal.forget(ID);
    journal.forget('never seen');

    expect(journal.read(ID)).toEqual([]);
    expect(filesOf(directory)).toEqual([]);
  });

  it('sweeps up what nobody concluded, and leaves what is queued', () => {
    const directory = makeDirectory();
    const journal = openJournal(directory);
    for (const id of [ID, 'queued', 'gone']) journal.append(id, attemptRecord());
    fs.writeFileSync(path.join(directory, 'journal', 'died.new'), 'half');

    journal.sweep((id) => id === 'queued');

    expect(filesOf(directory)).toEqual(['gone', 'queued']);
    expect([ID, 'queued', 'gone'].map((id) => journal.read(id).length)).toEqual([1, 1, 1]);
  });

  it('stays small, however often a message is tried', () => {
    const directory = makeDirectory();
    const journal = openJournal(directory);
    const file = path.join(directory, 'journal', ID);
    let largest = 0;

    for (let at = 0; at < 1000; at += 1) {
      journal.append(ID, attemptRecord({ at, transcript: ['x'.repeat(900)] }));
      largest = Math.max(largest, fs.statSync(file).size);
    }

    expect(largest).toBeLessThan(64 * 1024);
    expect(journal.read(ID).map(({ at }) => at)).toEqual([
      ...[0, 1, 2, 3, 4],
      ...Array.from({ length: 45 }, (_, index) => 955 + index),
    ]);
  });

  it('counts a trouble through compactions', () => {
    const directory = makeDirectory();
    const journal = openJournal(directory);

    for (let count = 1; count <= 5000; count += 1) journal.append(ID, troubleRecord(count * 1000));

    expect(journal.read(ID)).toEqual([{ ...troubleRecord(1000), endedAt: 5_000_500, times: 5000 }]);
  });

  it('remembers as many of those that left as fit, the last ones', () => {
    const directory = makeDirectory();
    const journal = openJournal(directory);

    for (let count = 0; count < 10_000; count += 1) journal.conclude(`id${count}`, attemptRecord());

    const sizes = ['gone', 'gone.1'].map((name) => fs.statSync(path.join(directory, 'journal', name)).size);
    expect(Math.max(...sizes)).toBeLessThan(513 * 1024);
    expect(journal.read('id0')).toEqual([]);
    expect(['id9999', 'id8500'].map((id) => journal.read(id).length)).toEqual([1, 1]);
  });

  it.each(['gone', 'GONE', 'gone.1', '../outside', '.', '..', 'a/b', 'a\\b', 'caf\u00e9', 'x.new', '%s', ''])(
    'takes %j as the name of a message and of nothing else',
    (id) => {
      const directory = makeDirectory();
      const journal = openJournal(directory);
      journal.append(ID, attemptRecord());

      journal.append(id, troubleRecord(1));

      expect(journal.read(id)).toEqual(id === '' ? [] : [troubleRecord(1)]);
      journal.sweep((one) => one === ID);
      expect(journal.read(ID)).toEqual([attemptRecord()]);
      expect(fs.readdirSync(directory)).toEqual(['journal']);
      expect(filesOf(directory)).toEqual(id === '' ? [ID] : [ID, 'gone']);
    },
  );

  it.skipIf(process.platform === 'win32')('follows no link and waits for no FIFO in the place of its files', () => {
    const directory = makeDirectory();
    const journal = openJournal(directory);
    fs.mkdirSync(path.join(directory, 'journal'));
    const outside = path.join(directory, 'outside');
    fs.writeFileSync(outside, `${JSON.stringify(attemptRecord())}\n`);
    fs.symlinkSync(outside, path.join(directory, 'journal', 'linked'));
    spawnSync('mkfifo', [path.join(directory, 'journal', 'fifo'), path.join(directory, 'journal', 'gone')]);

    for (const id of ['linked', 'fifo']) journal.append(id, attemptRecord());
    journal.conclude('linked', attemptRecord());
    journal.conclude('fifo', attemptRecord());

    expect(fs.readFileSync(outside, 'utf8')).toBe(`${JSON.stringify(attemptRecord())}\n`);
    expect(['linked', 'fifo'].map((id) => journal.read(id))).toEqual([[], []]);
  });

  it('spoils nothing but the record that a full disk has torn', () => {
    const directory = makeDirectory();
    const journal = openJournal(directory);
    journal.append(ID, troubleRecord(1));
    fs.appendFileSync(path.join(directory, 'journal', ID), '\n{"at":7,"endedAt":');

    journal.append(ID, attemptRecord());

    expect(journal.read(ID)).toEqual([troubleRecord(1), attemptRecord()]);
  });

  it('stops nothing where it cannot write', () => {
    const directory = path.join(makeDirectory(), 'file');
    fs.writeFileSync(directory, '');
    const journal = openJournal(directory);

    journal.append(ID, attemptRecord());
    journal.conclude(ID, attemptRecord());
    journal.forget(ID);
    journal.sweep(() => false);

    expect(journal.read(ID)).toEqual([]);
  });

  it('tears and loses no line of several programs that write at once', async () => {
    const directory = makeDirectory();
    const writers = ['a', 'b', 'c', 'd'];

    await Promise.all(writers.map((name) => write(directory, name)));

    const journal = openJournal(directory);
    const ids = writers.flatMap((name) => Array.from({ length: 150 }, (_, index) => `${name}${index}`));
    expect(ids.filter((id) => journal.read(id).length !== 1)).toEqual([]);
    expect(journal.read(ID)).toEqual([{ ...troubleRecord(1), times: 4 * 20 }]);
  });
});

/** A process that concludes 150 messages of its own and appends 20 times to one of all. */
async function write(directory: string, name: string): Promise<void> {
  await runSource(`
    const { openJournal } = await import(SOURCE + 'core/queue/journal-store.ts');
    const { acquireFileLock } = await import(SOURCE + 'core/spool/lock.ts');
    const exclusively = (act) => {
      const lock = acquireFileLock(${JSON.stringify(path.join(directory, 'lock'))});
      if (lock === null) return;
      act();
      lock.release();
    };
    const journal = openJournal(${JSON.stringify(directory)}, { exclusively });
    const record = ${JSON.stringify(attemptRecord({ transcript: ['x'.repeat(1000)] }))};
    for (let index = 0; index < 150; index += 1) journal.conclude('${name}' + index, record);
    for (let index = 0; index < 20; index += 1) journal.append('${ID}', ${JSON.stringify(troubleRecord(1))});
  `);
}
