import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openMailLog } from '../../../core/system/log.js';
import { createLogRotation } from '../../../core/system/log-rotation.js';
import { type Rotation, rotate } from '../../../core/system/rotate.js';
import { runSource } from '../../support/run-source.js';

const LINE = `${'x'.repeat(99)}\n`;

function makeLog(lines: number): { directory: string; file: string } {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-rotation-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true }));
  const file = path.join(directory, 'maillog');
  fs.writeFileSync(file, LINE.repeat(lines), { mode: 0o640 });
  return { directory, file };
}

const now = (act: () => void): void => act();

describe('a log that grew too large', () => {
  it('is called .1, the one before .2, and the oldest goes', () => {
    const { directory, file } = makeLog(11);
    for (const number of [1, 2, 3, 4]) fs.writeFileSync(`${file}.${number}`, `old ${number}`);

    rotate(file, { maxBytes: 1000, keep: 2 }, now);

    expect(fs.readdirSync(directory).sort()).toEqual(['maillog', 'maillog.1', 'maillog.2']);
    expect(fs.readFileSync(file, 'utf8')).toBe('');
    expect(fs.readFileSync(`${file}.1`, 'utf8')).toBe(LINE.repeat(11));
    expect(fs.readFileSync(`${file}.2`, 'utf8')).toBe('old 1');
  });

  it('is begun afresh where none is to be kept', () => {
    const { directory, file } = makeLog(11);

    rotate(file, { maxBytes: 1000, keep: 0 }, now);

    expect(fs.readdirSync(directory)).toEqual(['maillog']);
    expect(fs.readFileSync(file, 'utf8')).toBe('');
  });

  it.skipIf(process.platform === 'win32')('may be read by whoever might read it before', () => {
    const { file } = makeLog(11);

    rotate(file, { maxBytes: 1000, keep: 1 }, now);

    expect([file, `${file}.1`].map((name) => fs.statSync(name).mode & 0o777)).toEqual([0o640, 0o640]);
  });

  it('is rotated once by two that find it so at once', () => {
    const { directory, file } = makeLog(11);
    const limits = { maxBytes: 1000, keep: 4 };

    rotate(file, limits, (act) => {
      rotate(file, limits, now);
      act();
    });

    expect(fs.readdirSync(directory).sort()).toEqual(['maillog', 'maillog.1']);
  });

  it.each([
    ['is not that large', { maxBytes: 2000, keep: 4 }],
    ['may grow for ever', { maxBytes: 0, keep: 4 }],
  ])('stays when it %s', (_, limits) => {
    const { directory, file } = makeLog(11);

    rotate(file, limits, now);

    expect(fs.readdirSync(directory)).toEqual(['maillog']);
  });

  it.skipIf(process.platform === 'win32')('stays when it is a link to somewhere else', () => {
    const { directory, file } = makeLog(11);
    fs.renameSync(file, path.join(directory, 'elsewhere'));
    fs.symlinkSync('elsewhere', file);

    rotate(file, { maxBytes: 1000, keep: 4 }, now);

    expect(fs.readdirSync(directory).sort()).toEqual(['elsewhere', 'maillog']);
  });
});

describe('who writes to the log', () => {
  function watch(limits: Rotation) {
    const { directory, file } = makeLog(0);
    const clock = { time: 0, now: () => 0, steady: () => clock.time };
    let looks = 0;
    const rotation = createLogRotation(file, {
      limits: () => limits,
      exclusively: (act) => {
        looks += 1;
        act();
      },
      clock,
    });
    return { directory, file, clock, rotation, looks: () => looks };
  }

  it('looks at its size at the first line, then after 64 kB of its own or a minute', () => {
    const { file, clock, rotation, looks } = watch({ maxBytes: 100_000, keep: 1 });
    const grow = (): void => fs.writeFileSync(file, LINE.repeat(1001));
    const seen: number[] = [];
    const write = (bytes: number): void => {
      grow();
      rotation(bytes);
      seen.push(looks());
    };

    write(100);
    write(30_000);
    write(30_000);
    write(6_000);
    clock.time = 59_999;
    write(100);
    clock.time = 60_000;
    write(100);

    expect(seen).toEqual([1, 1, 1, 2, 2, 3]);
  });

  it('goes on where the names cannot be changed', () => {
    const { file, rotation } = watch({ maxBytes: 1000, keep: 1 });
    fs.writeFileSync(file, LINE.repeat(11));
    fs.mkdirSync(path.join(`${file}.1`, 'in the way'), { recursive: true });

    rotation(100);

    expect(fs.readFileSync(file, 'utf8')).toBe(LINE.repeat(11));
  });

  it('is told of each write by its size, and not of one that failed', () => {
    const { directory } = watch({ maxBytes: 0, keep: 0 });
    const sizes: number[] = [];
    const wrote = (bytes: number): void => void sizes.push(bytes);

    openMailLog(path.join(directory, 'new', 'maillog'), { wrote }).write('id', 'one', 'two');
    openMailLog(directory, { wrote }).write('id', 'lost');

    expect(sizes).toEqual([fs.statSync(path.join(directory, 'new', 'maillog')).size]);
  });

  it('tears and loses no line though several programs write and rotate at once', async () => {
    const { directory, file } = makeLog(0);
    const writers = ['a', 'b', 'c', 'd'];

    await Promise.all(
      writers.map((name) =>
        runSource(`
          const { openMailLog } = await import(SOURCE + 'core/system/log.ts');
          const { createLogRotation } = await import(SOURCE + 'core/system/log-rotation.ts');
          const { acquireFileLock } = await import(SOURCE + 'core/spool/lock.ts');
          const exclusively = (act) => {
            const lock = acquireFileLock(${JSON.stringify(path.join(directory, 'lock'))});
            if (lock === null) return;
            act();
            lock.release();
          };
          const limits = () => ({ maxBytes: 20_000, keep: 1000 });
          const clock = { now: () => 0, steady: () => 0 };
          const wrote = createLogRotation(${JSON.stringify(file)}, { limits, exclusively, clock });
          const log = openMailLog(${JSON.stringify(file)}, { wrote, clock });
          for (let line = 0; line < 2000; line += 1) log.write('${name}' + line, 'x'.repeat(50));
        `),
      ),
    );

    const files = fs.readdirSync(directory).filter((name) => name.startsWith('maillog'));
    const lines = files.flatMap((name) => fs.readFileSync(path.join(directory, name), 'utf8').split('\n').slice(0, -1));
    const ids = lines.map((line) => /^1970-01-01T00:00:00.000Z sendmail\[\d+\]: ([a-d]\d+): x{50}$/.exec(line)?.[1]);
    const wanted = writers.flatMap((name) => Array.from({ length: 2000 }, (_, line) => `${name}${line}`));
    expect(wanted.filter((id) => !ids.includes(id))).toEqual([]);
    expect(ids).toHaveLength(8000);
    expect(files.length).toBeGreaterThan(5);
    expect(Math.min(...files.map((name) => sizeOrLast(directory, name)))).toBeGreaterThan(20_000);
  });
});

/** Only the last one may be small: nothing was rotated twice. */
function sizeOrLast(directory: string, name: string): number {
  return name === 'maillog' ? Infinity : fs.statSync(path.join(directory, name)).size;
}
