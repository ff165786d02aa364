/** Whoever shares a spool, or left something in it, must not get more out of us than mail. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkMessages } from '../../../core/cli/doctor/spool-checks.js';
import { openJob } from '../../../core/spool/create-job.js';
import { openSpool } from '../../../core/spool/directory-spool.js';
import type { ClaimedJob, Spool } from '../../../core/spool/spool.js';
import { SpoolError } from '../../../core/spool/spool-error.js';
import { names, sampleControl, submit, temporaryDirectory } from './support.js';

afterEach(() => {
  vi.restoreAllMocks();
});

const isRoot = process.getuid?.() === 0;
const evidence = { relay: 'home', at: 1795216250123, recipients: ['bob@example.net'] };

interface Place {
  readonly directory: string;
  readonly spool: Spool;
  readonly id: string;
  file(letters: string): string;
  claim(): ClaimedJob;
}

function oneMessage(mode = 0o700, changes: Parameters<typeof submit>[1] = {}): Place {
  const directory = temporaryDirectory(mode);
  const id = submit(directory, changes);
  const spool = openSpool(directory);
  const claim = (): ClaimedJob => {
    const job = spool.claim({ id, kind: 'qf' });
    if (typeof job === 'string') throw new Error(job);
    return job;
  };
  return { directory, spool, id, claim, file: (letters) => path.join(directory, letters + id) };
}

describe.skipIf(process.platform === 'win32')('a body', () => {
  it('that is a FIFO or a device keeps nobody waiting and shows nothing', () => {
    const { spool, id, file } = oneMessage();
    fs.unlinkSync(file('df'));
    execFileSync('mkfifo', [file('df')]);

    expect(spool.openData(id)).toBeNull();
    expect(spool.read({ id, kind: 'qf' })?.damage).toBe('the data file is not a regular file');
  });

  it('that is put in place of the real one after the claim is not read', () => {
    const { claim, file } = oneMessage();
    const job = claim();
    fs.unlinkSync(file('df'));
    execFileSync('mkfifo', [file('df')]);

    expect(() => job.openData()).toThrow(SpoolError);
    expect(() => job.readData(() => true)).toThrow(SpoolError);
    expect(() => job.split(() => sampleControl(), 'hf')).toThrow(SpoolError);
    job.release();
  });

  it('with a second name is not sent from a shared spool, where it may be a file from elsewhere', () => {
    const { spool, id, file } = oneMessage(0o770);
    fs.linkSync(file('df'), path.join(temporaryDirectory(), 'secret'));

    expect(spool.openData(id)).toBeNull();
    expect(spool.claim({ id, kind: 'qf' })).toBe('damaged');
    expect(spool.read({ id, kind: 'Qf' })?.damage).toMatch(/^bogus data file/);
  });

  it("with a second name is sent from a spool of one's own, where a program that saves space may have made it", () => {
    const { claim, file } = oneMessage();
    fs.linkSync(file('df'), path.join(temporaryDirectory(), 'same'));

    expect(() => claim().release()).not.toThrow();
  });
});

describe.skipIf(process.platform === 'win32')('notes', () => {
  it('are not written into a file that has another name elsewhere', () => {
    const { claim, file } = oneMessage(0o770);
    const elsewhere = path.join(temporaryDirectory(), 'precious');
    fs.writeFileSync(elsewhere, 'precious\n');
    fs.linkSync(elsewhere, file('xf'));
    const job = claim();

    expect(() => job.markUncertain(evidence)).toThrow(SpoolError);
    job.release();

    expect(fs.readFileSync(elsewhere, 'utf8')).toBe('precious\n');
  });
});

describe('a hold or release', () => {
  it('takes over the file that is locked, not what has its name by then', () => {
    const { claim, file, directory } = oneMessage();
    const job = claim();
    const secret = path.join(directory, 'secret');
    fs.writeFileSync(secret, 'V8\nsecret\n.\n');
    fs.renameSync(secret, file('qf'));

    job.quarantine('not now');
    job.release();

    expect(fs.readFileSync(file('hf'), 'utf8')).toMatch(/^qnot now\nSalice$/m);
    expect(fs.readFileSync(file('hf'), 'utf8')).not.toContain('secret');
  });
});

describe('before the final dot', () => {
  const INTRUDERS: readonly (readonly [string, (file: string) => void])[] = [
    ['a directory', (file) => fs.mkdirSync(path.join(file, 'full'), { recursive: true })],
    ['a dangling link', (file) => fs.symlinkSync('/nonexistent', file)],
    ['a FIFO', (file) => void execFileSync('mkfifo', [file])],
    ['half a file', (file) => fs.writeFileSync(file, 'V8\n')],
  ];

  it.skipIf(process.platform === 'win32').each(INTRUDERS)(
    '%s where the result is to be written is moved aside, and what was moved before is kept',
    (_, put) => {
      const { claim, file, directory, id } = oneMessage();
      fs.writeFileSync(file('Tf'), 'earlier');
      put(file('tf'));
      const job = claim();

      job.markUncertain(evidence);
      job.rewrite({ ...job.control, attempts: 1 });
      job.release();

      expect(fs.readFileSync(file('qf'), 'utf8')).toContain('\nN1\n');
      expect(fs.readFileSync(file('Tf'), 'utf8')).toBe('earlier');
      expect(names(directory)).toContain(`Tf${id}a`);
    },
  );

  it('the disk must have room for the result, or the message could go out twice', () => {
    const { claim, file } = oneMessage();
    const disk = fs.statfsSync(path.dirname(file('qf')));
    const job = claim();

    vi.spyOn(fs, 'statfsSync').mockReturnValue({ ...disk, bavail: 10, bsize: 4096 });
    expect(() => job.markUncertain(evidence)).toThrow(/no room/);
    vi.mocked(fs.statfsSync).mockReturnValue({ ...disk, files: 1000, ffree: 1 });
    expect(() => job.markUncertain(evidence)).toThrow(/no room/);
    vi.mocked(fs.statfsSync).mockReturnValue({ ...disk, bavail: 1000, bsize: 4096 });
    job.markUncertain(evidence);
    vi.mocked(fs.statfsSync).mockReturnValue({ ...disk, blocks: 0, bavail: 0, files: 0, ffree: 0 });
    job.markUncertain(evidence);
    job.release();
  });

  it('a result is written down though the body was taken away meanwhile', () => {
    const { claim, file } = oneMessage();
    const job = claim();
    fs.unlinkSync(file('df'));

    job.rewrite({ ...job.control, attempts: 3 });
    job.release();

    expect(fs.readFileSync(file('qf'), 'utf8')).toContain('\nN3\n');
  });
});

describe('a link to a directory in the place of a subdirectory', () => {
  it.skipIf(!isRoot)('takes our files elsewhere only when the owner or we made it (needs root)', () => {
    const directory = temporaryDirectory(0o770);
    const elsewhere = temporaryDirectory();
    fs.symlinkSync(elsewhere, path.join(directory, 'df'));
    fs.lchownSync(path.join(directory, 'df'), 4242, 4242);

    const id = submit(directory);
    expect(names(elsewhere)).toEqual([]);
    expect(names(directory)).toEqual(['df', `df${id}`, `qf${id}`]);

    fs.lchownSync(path.join(directory, 'df'), 0, 0);
    submit(directory);
    expect(names(elsewhere)).toHaveLength(1);
  });
});

describe('a control file that we', () => {
  const denied = (): Error => Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  const { O_RDWR, O_ACCMODE = 3 } = fs.constants as Record<string, number>;

  function refuse(access: (flags: number) => boolean): void {
    const open = fs.openSync;
    vi.spyOn(fs, 'openSync').mockImplementation((file, flags, mode) => {
      if (typeof flags === 'number' && access(flags & O_ACCMODE)) throw denied();
      return open(file, flags, mode);
    });
  }

  it('made read-only is claimed all the same, for it is replaced, not written', () => {
    const { claim, file } = oneMessage();
    refuse((access) => access === O_RDWR);

    const job = claim();
    job.rewrite({ ...job.control, attempts: 2 });
    job.release();

    expect(fs.readFileSync(file('qf'), 'utf8')).toContain('\nN2\n');
  });

  it('may not read is left alone and said to be so, not said to be set aside', () => {
    const { spool, id, directory } = oneMessage();
    refuse(() => true);

    expect(spool.claim({ id, kind: 'qf' })).toBe('busy');
    const [, finding] = checkMessages(spool, Date.now());
    expect(finding?.text).toBe(`qf${id} is not sent: permission denied`);
    expect(names(directory)).toHaveLength(2);
  });

  it.skipIf(!isRoot)('of a colleague who keeps it from his group is said not to be for us (needs root)', () => {
    const { file, directory, id } = oneMessage(0o770);
    fs.chownSync(file('qf'), 4242, 0);
    fs.chmodSync(file('qf'), 0o640);
    vi.spyOn(process, 'geteuid').mockReturnValue(4300);
    vi.spyOn(fs, 'accessSync').mockImplementation(() => {
      throw denied();
    });

    expect(openSpool(directory).read({ id, kind: 'qf' })?.damage).toBe('permission denied');
  });
});

describe('a removal', () => {
  it.skipIf(process.platform === 'win32')(
    'is done though something in the place of body or notes cannot be removed',
    () => {
      const { spool, id, file, directory } = oneMessage();
      fs.unlinkSync(file('df'));
      for (const letters of ['df', 'xf']) fs.mkdirSync(file(letters));

      expect(spool.discard({ id, kind: 'qf' })).toBe('done');
      expect(names(directory)).toEqual([`df${id}`, `xf${id}`]);
    },
  );
});

describe('a submission', () => {
  it('whose body is deleted while it is under way fails, and leaves nothing', () => {
    const directory = temporaryDirectory();
    const job = openJob(directory);
    fs.unlinkSync(path.join(directory, `df${job.id}`));

    expect(() => job.commit(sampleControl())).toThrow(/taken away/);

    expect(names(directory)).toEqual([]);
  });

  it('whose spool is swapped for another while it is under way fails', () => {
    const parent = temporaryDirectory();
    const directory = path.join(parent, 'spool');
    fs.mkdirSync(directory);
    const job = openJob(directory);
    fs.renameSync(directory, path.join(parent, 'old'));
    fs.mkdirSync(directory);

    expect(() => job.commit(sampleControl())).toThrow(SpoolError);

    expect(names(directory)).toEqual([]);
  });

  it.skipIf(!isRoot)('leaves no file behind that could not be given to the group (needs root)', () => {
    const directory = temporaryDirectory(0o770);
    fs.chownSync(directory, 0, 4242);
    vi.spyOn(fs, 'fchownSync').mockImplementation(() => {
      throw Object.assign(new Error('EIO'), { code: 'EIO' });
    });

    expect(() => openJob(directory)).toThrow(SpoolError);
    expect(names(directory)).toEqual([]);
  });

  it.skipIf(!isRoot)('of one who owns the spool and is not in its group is his alone (needs root)', () => {
    const directory = temporaryDirectory(0o770);
    fs.chownSync(directory, 0, 4242);
    vi.spyOn(fs, 'fchownSync').mockImplementation(() => {
      throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
    });

    const id = submit(directory);

    for (const name of names(directory)) expect(fs.statSync(path.join(directory, name)).mode & 0o777).toBe(0o600);
    expect(openSpool(directory).read({ id, kind: 'qf' })?.damage).toBeUndefined();
  });
});
