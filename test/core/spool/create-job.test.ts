import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { formatControlFile } from '../../../core/spool/control-file.js';
import { ensureSpoolDirectory, openJob } from '../../../core/spool/create-job.js';
import type { QueueIdSource } from '../../../core/spool/queue-id.js';
import { SpoolError } from '../../../core/spool/spool-error.js';
import { names, sampleControl, temporaryDirectory } from './support.js';

const control = sampleControl();
/** Two tests look into /proc. */
const isLinux = process.platform === 'linux';

function idsOf(...ids: string[]): QueueIdSource {
  return { next: () => ids.shift() ?? 'none-left' };
}

function failure(act: () => void): SpoolError {
  try {
    act();
  } catch (error) {
    if (error instanceof SpoolError) return error;
    throw error;
  }
  throw new Error('nothing failed');
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: from the test`), { code });
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a job written by submission', () => {
  it('is a data file with the body and a control file with the envelope', () => {
    const directory = temporaryDirectory();
    const job = openJob(directory, { ids: idsOf('6AKNAmvf001884') });
    job.writeBody(Buffer.from('Hel'));
    job.writeBody(Buffer.from('lo.\n'));

    job.commit(control);

    expect(names(directory)).toEqual(['df6AKNAmvf001884', 'qf6AKNAmvf001884']);
    expect(fs.readFileSync(path.join(directory, 'df6AKNAmvf001884'), 'latin1')).toBe('Hello.\n');
    expect(fs.readFileSync(path.join(directory, 'qf6AKNAmvf001884'))).toEqual(formatControlFile(control));
    expect(job.bodyBytes).toBe(7);
  });

  it('has no control file until it is committed', () => {
    const directory = temporaryDirectory();

    const job = openJob(directory, { ids: idsOf('a') });
    job.writeBody(Buffer.alloc(200_000));

    expect(names(directory)).toEqual(['dfa']);
  });

  it('can be born on hold', () => {
    const directory = temporaryDirectory();

    openJob(directory, { ids: idsOf('a') }).commit(control, 'hf');

    expect(names(directory)).toEqual(['dfa', 'hfa']);
  });

  it('keeps bodies larger than its buffer whole, however they come', () => {
    const directory = temporaryDirectory();
    const body = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
    const job = openJob(directory, { ids: idsOf('a') });
    const chunk = Buffer.alloc(100_000);

    job.writeBody(body.subarray(0, 1000));
    for (let start = 1000; start < body.length; start += chunk.length) {
      const taken = body.copy(chunk, 0, start);
      job.writeBody(chunk.subarray(0, taken));
    }
    job.commit(control);

    expect(fs.readFileSync(path.join(directory, 'dfa')).equals(body)).toBe(true);
  });

  it.skipIf(!isLinux)('syncs data, control file and directory, in that order, around the rename', () => {
    const directory = temporaryDirectory();
    const steps: string[] = [];
    const { fsyncSync, renameSync } = fs;
    vi.spyOn(fs, 'fsyncSync').mockImplementation((fd) => {
      steps.push(`sync ${path.basename(fs.readlinkSync(`/proc/self/fd/${fd}`))}`);
      fsyncSync(fd);
    });
    vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      steps.push(`rename ${path.basename(String(from))} ${path.basename(String(to))}`);
      renameSync(from, to);
    });

    openJob(directory, { ids: idsOf('a') }).commit(control);

    expect(steps).toEqual(['sync dfa', 'sync tfa', 'rename tfa qfa', `sync ${path.basename(directory)}`]);
  });

  it.each(['df', 'qf', 'hf', 'Qf', 'tf'])('takes another id when a %s of the first is there', (letters) => {
    const directory = temporaryDirectory();
    fs.writeFileSync(path.join(directory, `${letters}taken`), 'theirs');

    const job = openJob(directory, { ids: idsOf('taken', 'free') });

    expect(job.id).toBe('free');
    expect(fs.readFileSync(path.join(directory, `${letters}taken`), 'latin1')).toBe('theirs');
  });

  it('goes into the qf and df subdirectories where they exist', () => {
    const directory = temporaryDirectory();
    for (const name of ['qf', 'df']) fs.mkdirSync(path.join(directory, name));

    openJob(directory, { ids: idsOf('a') }).commit(control);

    expect(names(path.join(directory, 'qf'))).toEqual(['qfa']);
    expect(names(path.join(directory, 'df'))).toEqual(['dfa']);
  });
});

describe('modes of the files', () => {
  const modesIn = (directory: string): string[] =>
    names(directory).map((name) => (fs.statSync(path.join(directory, name)).mode & 0o777).toString(8));

  it("are the owner's alone in a directory of one's own", () => {
    const directory = temporaryDirectory(0o700);

    openJob(directory).commit(control);

    expect(modesIn(directory)).toEqual(['600', '600']);
  });

  it("are the group's too in a directory its group may write, whatever the umask", () => {
    const directory = temporaryDirectory(0o770);
    const umask = process.umask(0o077);

    try {
      openJob(directory).commit(control);
    } finally {
      process.umask(umask);
    }

    expect(modesIn(directory)).toEqual(['660', '660']);
  });

  it.skipIf(process.getuid?.() !== 0)('come with the group of the directory (needs root)', () => {
    const directory = temporaryDirectory(0o770);
    fs.chownSync(directory, 0, 4242);

    openJob(directory).commit(control);

    expect(names(directory).map((name) => fs.statSync(path.join(directory, name)).gid)).toEqual([4242, 4242]);
  });

  it.skipIf(process.getuid?.() !== 0)('of root are those of the owner of a shared directory (needs root)', () => {
    const directory = temporaryDirectory(0o770);
    fs.chownSync(directory, 4241, 4242);

    openJob(directory).commit(control);

    expect(names(directory).map((name) => fs.statSync(path.join(directory, name)).uid)).toEqual([4241, 4241]);
  });
});

describe('a job that fails', () => {
  it.each([
    ['the data file cannot be written', 'writeSync', 'ENOSPC', 'no-space'],
    ['a sync fails', 'fsyncSync', 'EIO', 'io'],
    ['the rename fails', 'renameSync', 'EACCES', 'not-writable'],
  ] as const)('leaves nothing and says why when %s', (_, call, code, kind) => {
    const directory = temporaryDirectory();
    const job = openJob(directory);
    vi.spyOn(fs, call).mockImplementation(() => {
      throw systemError(code);
    });

    const error = failure(() => {
      job.writeBody(Buffer.alloc(100));
      job.commit(control);
    });

    expect(error).toMatchObject({ kind, cause: { code } });
    expect(error.message).toContain(directory);
    expect(names(directory)).toEqual([]);
  });

  it('leaves nothing when the directory cannot be synced after the rename', () => {
    const directory = temporaryDirectory();
    const job = openJob(directory);
    const { fsyncSync } = fs;
    vi.spyOn(fs, 'fsyncSync').mockImplementation((fd) => {
      if (fs.fstatSync(fd).isDirectory()) throw systemError('EIO');
      fsyncSync(fd);
    });

    const error = failure(() => job.commit(control));

    expect(error.kind).toBe('io');
    expect(names(directory)).toEqual([]);
  });

  it.skipIf(!isLinux)('closes what it opened', () => {
    const directory = temporaryDirectory();
    const open = (): number => fs.readdirSync('/proc/self/fd').length;
    const before = open();
    const job = openJob(directory);
    vi.spyOn(fs, 'renameSync').mockImplementation(() => {
      throw systemError('EIO');
    });

    failure(() => job.commit(control));

    expect(open()).toBe(before);
  });

  it('leaves nothing when it is abandoned, and abandoning twice does no harm', () => {
    const directory = temporaryDirectory();
    const job = openJob(directory);
    job.writeBody(Buffer.alloc(100_000));

    job.abandon();
    job.abandon();

    expect(names(directory)).toEqual([]);
  });

  it('is not undone by abandoning after commit', () => {
    const directory = temporaryDirectory();
    const job = openJob(directory);
    job.commit(control);

    job.abandon();

    expect(names(directory)).toHaveLength(2);
  });

  it('takes nothing more after it is finished', () => {
    const job = openJob(temporaryDirectory());
    job.commit(control);

    expect(() => job.writeBody(Buffer.alloc(1))).toThrow('finished');
    expect(() => job.commit(control)).toThrow('finished');
  });

  it('says which directory is missing', () => {
    const missing = path.join(temporaryDirectory(), 'missing');

    expect(failure(() => openJob(missing)).message).toContain(missing);
  });
});

describe('ensureSpoolDirectory', () => {
  it('makes a directory for its owner alone, parents too', () => {
    const directory = path.join(temporaryDirectory(), 'data', 'clientmqueue');

    ensureSpoolDirectory(directory);
    ensureSpoolDirectory(directory);

    expect(fs.statSync(directory).mode & 0o777).toBe(0o700);
  });

  it('follows a symbolic link', () => {
    const directory = temporaryDirectory();
    fs.mkdirSync(path.join(directory, 'real'), { mode: 0o700 });
    fs.symlinkSync('real', path.join(directory, 'link'));

    ensureSpoolDirectory(path.join(directory, 'link'));
  });

  it('refuses a file in its place', () => {
    const file = path.join(temporaryDirectory(), 'file');
    fs.writeFileSync(file, '');

    expect(failure(() => ensureSpoolDirectory(file))).toMatchObject({ kind: 'not-a-directory', path: file });
    expect(failure(() => ensureSpoolDirectory(path.join(file, 'below'))).kind).toBe('not-a-directory');
  });

  it('refuses a directory that anybody can write to', () => {
    const directory = temporaryDirectory(0o777);

    expect(failure(() => ensureSpoolDirectory(directory))).toMatchObject({
      kind: 'not-ours',
      message: expect.stringContaining(`chmod o-w ${directory}`),
    });
  });

  it.skipIf(process.getuid?.() !== 0)(
    "refuses somebody else's directory, unless its group may write (needs root)",
    () => {
      const directory = temporaryDirectory(0o700);
      fs.chownSync(directory, 4242, 4242);

      expect(failure(() => ensureSpoolDirectory(directory)).kind).toBe('not-ours');
      fs.chmodSync(directory, 0o770);
      ensureSpoolDirectory(directory);
    },
  );
});
