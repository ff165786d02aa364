import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { acquireFileLock, type LockMode, tryLock } from '../../../core/spool/lock.js';
import { holdLock, temporaryDirectory } from './support.js';

function newFile(): string {
  const file = path.join(temporaryDirectory(), 'file');
  fs.writeFileSync(file, '');
  return file;
}

function open(file: string): number {
  const fd = fs.openSync(file, 'r+');
  onTestFinished(() => fs.closeSync(fd));
  return fd;
}

describe('tryLock', () => {
  it.each<[LockMode, LockMode, boolean]>([
    ['exclusive', 'exclusive', false],
    ['exclusive', 'shared', false],
    ['shared', 'exclusive', false],
    ['shared', 'shared', true],
  ])('while another process holds it %s answers to %s with %j', async (theirs, ours, answer) => {
    const file = newFile();
    await holdLock(file, theirs);

    expect(tryLock(open(file), ours)).toBe(answer);
  });

  it('is refused to another process while we hold it', async () => {
    const file = newFile();
    const fd = fs.openSync(file, 'r+');
    tryLock(fd, 'exclusive');

    await expect(holdLock(file, 'exclusive')).rejects.toThrow('refused');

    fs.closeSync(fd);
    await holdLock(file, 'exclusive');
  });

  it('is free again when the holder is killed', async () => {
    const file = newFile();
    const holder = await holdLock(file, 'exclusive');

    await holder.kill();

    expect(tryLock(open(file), 'exclusive')).toBe(true);
  });

  it('belongs to the open file, not to the process', () => {
    const file = newFile();

    expect(tryLock(open(file), 'exclusive')).toBe(true);
    expect(tryLock(open(file), 'exclusive')).toBe(false);
  });

  it('throws when it cannot be asked', () => {
    expect(() => tryLock(-1, 'shared')).toThrow('flock(2)');
  });
});

describe('acquireFileLock', () => {
  it('goes to one at a time', () => {
    const file = path.join(temporaryDirectory(), 'state', 'agent.lock');
    const first = acquireFileLock(file);

    expect(first).not.toBeNull();
    expect(acquireFileLock(file)).toBeNull();
    first?.release();
    const second = acquireFileLock(file);
    expect(second).not.toBeNull();
    first?.release();
    expect(acquireFileLock(file)).toBeNull();
    second?.release();
  });
});
