import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { formatControlFile, parseControlFile } from '../../../core/spool/control-file.js';
import { openSpool } from '../../../core/spool/directory-spool.js';
import type { ClaimedJob, ClaimRefusal, Spool } from '../../../core/spool/spool.js';
import { SpoolError } from '../../../core/spool/spool-error.js';
import { holdLock, names, sampleControl, submit, temporaryDirectory } from './support.js';

interface Fixture {
  readonly directory: string;
  readonly spool: Spool;
  readonly id: string;
  file(letters: string): string;
}

/** A spool with one message in it. */
function oneMessage(): Fixture {
  const directory = temporaryDirectory();
  const id = submit(directory);
  return { directory, spool: openSpool(directory), id, file: (letters) => path.join(directory, letters + id) };
}

function claimed(answer: ClaimedJob | ClaimRefusal): ClaimedJob {
  if (typeof answer === 'string') throw new Error(`not claimed: ${answer}`);
  onTestFinished(() => answer.release());
  return answer;
}

const evidence = { relay: 'home', at: 1795216250123, recipients: ['bob@example.net', '"a b"@example.net'] };

describe('list', () => {
  it('names jobs of all kinds and leaves debris and foreign files out', () => {
    const directory = temporaryDirectory();
    const made = ['qfa', 'dfa', 'hfb', 'Qfc', 'tfd', 'dfe', 'Tff', 'xfg', 'qf', 'README', `qf${'x'.repeat(19)}`];
    for (const name of made) fs.writeFileSync(path.join(directory, name), '');
    fs.mkdirSync(path.join(directory, 'qfdirectory'));
    fs.symlinkSync('qfa', path.join(directory, 'qflink'));

    const jobs = openSpool(directory).list();

    expect(jobs.map((job) => job.kind + job.id).sort()).toEqual(['Qfc', 'hfb', 'qfa']);
  });

  it('throws SpoolError when there is no such directory', () => {
    const missing = path.join(temporaryDirectory(), 'missing');

    expect(() => openSpool(missing)).toThrow(SpoolError);
  });
});

describe('read', () => {
  it('tells what the control file says and how large the body is', () => {
    const { spool, id } = oneMessage();

    expect(spool.read({ id, kind: 'qf' })).toMatchObject({
      id,
      kind: 'qf',
      control: { sender: 'alice' },
      dataBytes: 7,
      locked: false,
    });
  });

  it('answers null for a job that is not there or never could be', () => {
    const { spool } = oneMessage();

    expect(spool.read({ id: 'nobody', kind: 'qf' })).toBeNull();
    expect(spool.read({ id: '../secret', kind: 'qf' })).toBeNull();
  });

  it('sees that another process holds the job', async () => {
    const { spool, id, file } = oneMessage();
    await holdLock(file('qf'), 'exclusive');

    expect(spool.read({ id, kind: 'qf' })).toMatchObject({ locked: true, control: { sender: 'alice' } });
  });

  it('does not take the job from anybody', () => {
    const { spool, id } = oneMessage();
    spool.read({ id, kind: 'qf' });

    expect(claimed(spool.claim({ id, kind: 'qf' })).id).toBe(id);
  });

  it('orders by when the body was written', () => {
    const { spool, id, file } = oneMessage();

    const expected = fs.statSync(file('df'), { bigint: true }).mtimeNs;

    expect(spool.read({ id, kind: 'qf' })?.dataChangedAtNs).toBe(expected);
  });

  it('says nothing about a file that a locked job is half way through writing', async () => {
    const { spool, id, file } = oneMessage();
    fs.truncateSync(file('qf'), 100);
    await holdLock(file('qf'), 'exclusive');

    expect(spool.read({ id, kind: 'qf' })).toBeNull();
  });
});

describe('openData', () => {
  it('gives the body, or null when there is none', async () => {
    const { spool, id } = oneMessage();
    const body = spool.openData(id);

    expect(body === null ? null : await text(body)).toBe('Hello.\n');
    expect(spool.openData('nobody')).toBeNull();
    expect(spool.openData('../x')).toBeNull();
  });
});

describe('claim', () => {
  it('gives the job to one at a time', () => {
    const { spool, id } = oneMessage();
    const first = claimed(spool.claim({ id, kind: 'qf' }));

    expect(spool.claim({ id, kind: 'qf' })).toBe('busy');
    first.release();
    expect(claimed(spool.claim({ id, kind: 'qf' })).control.sender).toBe('alice');
  });

  it('answers busy while another process has the job, and gets it when that dies', async () => {
    const { spool, id, file } = oneMessage();
    const holder = await holdLock(file('qf'), 'exclusive');

    expect(spool.claim({ id, kind: 'qf' })).toBe('busy');
    await holder.kill();
    expect(claimed(spool.claim({ id, kind: 'qf' })).id).toBe(id);
  });

  it('answers gone when there is no such job', () => {
    const { spool, id } = oneMessage();

    expect(spool.claim({ id, kind: 'hf' })).toBe('gone');
    expect(spool.claim({ id: '../x', kind: 'qf' })).toBe('gone');
  });

  it('reads the body any number of times', async () => {
    const { spool, id } = oneMessage();
    const job = claimed(spool.claim({ id, kind: 'qf' }));

    expect(await Promise.all([text(job.openData()), text(job.openData())])).toEqual(['Hello.\n', 'Hello.\n']);
  });

  it('hands on the body in pieces until it has shown enough', () => {
    const directory = temporaryDirectory();
    const id = submit(directory, {}, 'x'.repeat(200_000));
    const job = claimed(openSpool(directory).claim({ id, kind: 'qf' }));
    const lengths = (enough: number): number[] => {
      const taken: number[] = [];
      job.readData(({ length }) => taken.push(length) < enough);
      return taken;
    };

    expect(lengths(99).reduce((sum, length) => sum + length)).toBe(200_000);
    expect(lengths(2)).toHaveLength(2);
  });

  it('finishes a hold that was cut off between its content and its name', () => {
    const { spool, id, directory, file } = oneMessage();
    fs.writeFileSync(file('qf'), fs.readFileSync(file('qf'), 'latin1').replace('\nS', '\nqheld: by hand\nS'), 'latin1');

    expect(spool.claim({ id, kind: 'qf' })).toBe('gone');
    expect(names(directory)).toEqual([`df${id}`, `hf${id}`]);
  });

  it('keeps the newer of two control files that a killed sendmail left, and sets the other aside', () => {
    const { spool, id, directory, file } = oneMessage();
    fs.copyFileSync(file('qf'), file('hf'));
    fs.utimesSync(file('qf'), 1, 1);

    expect(spool.claim({ id, kind: 'qf' })).toBe('damaged');
    expect(names(directory)).toEqual([`Qf${id}`, `df${id}`, `hf${id}`, `xf${id}`]);
    expect(claimed(spool.claim({ id, kind: 'hf' })).id).toBe(id);
  });

  it('sets the older one aside also when it is the newer that is claimed', () => {
    const { spool, id, directory, file } = oneMessage();
    fs.copyFileSync(file('qf'), file('hf'));
    fs.utimesSync(file('hf'), 1, 1);

    expect(claimed(spool.claim({ id, kind: 'qf' })).id).toBe(id);
    expect(names(directory)).toEqual([`Qf${id}`, `df${id}`, `qf${id}`, `xf${id}`]);
  });
});

describe('rewrite', () => {
  it('that the disk refused leaves nothing behind and may be tried again', () => {
    const { directory, spool, id } = oneMessage();
    const job = claimed(spool.claim({ id, kind: 'qf' }));
    const rename = vi.spyOn(fs, 'renameSync').mockImplementationOnce(() => {
      throw Object.assign(new Error('EIO: i/o error, rename'), { code: 'EIO' });
    });
    onTestFinished(() => rename.mockRestore());

    expect(() => job.rewrite({ ...job.control, attempts: 1 })).toThrow(SpoolError);
    const between = names(directory);
    job.rewrite({ ...job.control, attempts: 2 });
    job.release();

    expect(between).toEqual([`df${id}`, `qf${id}`]);
    expect(spool.read({ id, kind: 'qf' })).toMatchObject({ locked: false, control: { attempts: 2 } });
  });

  it('replaces the control file and keeps the claim', () => {
    const { spool, id, directory } = oneMessage();
    const job = claimed(spool.claim({ id, kind: 'qf' }));

    job.rewrite({ ...job.control, attempts: 1, message: 'Deferred: later' });

    expect(spool.read({ id, kind: 'qf' })).toMatchObject({ locked: true, control: { attempts: 1 } });
    expect(job.control).toMatchObject({ attempts: 1, message: 'Deferred: later' });
    expect(spool.claim({ id, kind: 'qf' })).toBe('busy');
    expect(names(directory)).toEqual([`df${id}`, `qf${id}`]);
  });

  it.skipIf(process.platform !== 'linux')('writes down which file the body is in, as sendmail does', () => {
    const { spool, id, file } = oneMessage();
    const job = claimed(spool.claim({ id, kind: 'qf' }));

    job.rewrite(job.control);

    const { ino } = fs.statSync(file('df'));
    expect(parseControlFile(fs.readFileSync(file('qf'))).dataFileId).toMatch(new RegExp(`^\\d+/\\d+/${ino}$`));
  });

  it('puts a job on hold and releases it under another name', () => {
    const { spool, id, directory } = oneMessage();
    const job = claimed(spool.claim({ id, kind: 'qf' }));

    job.rewrite({ ...job.control, quarantineReason: 'held: by hand' }, 'hf');
    expect(names(directory)).toEqual([`df${id}`, `hf${id}`]);
    expect(spool.claim({ id, kind: 'hf' })).toBe('busy');
    const { quarantineReason: _, ...released } = job.control;
    job.rewrite(released, 'qf');

    expect(names(directory)).toEqual([`df${id}`, `qf${id}`]);
    expect(job.kind).toBe('qf');
  });

  it('is put on hold, held for another reason and taken out again under one claim, byte for byte', () => {
    const { spool, id, directory, file } = oneMessage();
    const before = fs.readFileSync(file('qf'));
    const job = claimed(spool.claim({ id, kind: 'qf' }));

    job.quarantine('held: being edited');
    job.quarantine('another reason');
    job.quarantine(null);

    expect(names(directory)).toEqual([`df${id}`, `qf${id}`]);
    expect(fs.readFileSync(file('qf'))).toEqual(before);
  });

  it('stays what it is when no kind is given', () => {
    const { spool, id, directory } = oneMessage();
    const job = claimed(spool.claim({ id, kind: 'qf' }));
    job.rewrite({ ...job.control, quarantineReason: 'x' }, 'hf');

    job.rewrite({ ...job.control, quarantineReason: 'y' });

    expect(names(directory)).toEqual([`df${id}`, `hf${id}`]);
  });

  it('moves a tf that a crash left out of its way', () => {
    const { spool, id, directory, file } = oneMessage();
    fs.writeFileSync(file('tf'), 'half');
    const job = claimed(spool.claim({ id, kind: 'qf' }));

    job.rewrite({ ...job.control, attempts: 7 });

    expect(names(directory)).toEqual([`Tf${id}`, `df${id}`, `qf${id}`]);
    expect(fs.readFileSync(file('Tf'), 'latin1')).toBe('half');
    expect(spool.read({ id, kind: 'qf' })?.control?.attempts).toBe(7);
  });

  it('leaves a tf alone that somebody is writing', async () => {
    const { spool, id, file } = oneMessage();
    fs.writeFileSync(file('tf'), 'half');
    await holdLock(file('tf'), 'exclusive');
    const job = claimed(spool.claim({ id, kind: 'qf' }));

    expect(() => job.rewrite({ ...job.control, attempts: 7 })).toThrow(SpoolError);
    expect(fs.readFileSync(file('tf'), 'latin1')).toBe('half');
    expect(spool.read({ id, kind: 'qf' })?.control?.attempts).toBe(0);
  });

  it('keeps the mode that the directory asks for', () => {
    const { spool, id, file } = oneMessage();
    const job = claimed(spool.claim({ id, kind: 'qf' }));

    job.rewrite(job.control);

    expect(fs.statSync(file('qf')).mode & 0o777).toBe(0o600);
  });
});

describe('split', () => {
  it('makes a second job with the same body', async () => {
    const { spool, id, directory } = oneMessage();
    const job = claimed(spool.claim({ id, kind: 'qf' }));

    const other = job.split((copy) => ({ ...job.control, quarantineReason: `failed: ${copy}` }), 'hf');

    expect(other).not.toBe(id);
    expect(spool.read({ id: other, kind: 'hf' })?.control?.quarantineReason).toBe(`failed: ${other}`);
    const body = spool.openData(other);
    expect(body === null ? null : await text(body)).toBe('Hello.\n');
    expect(names(directory)).toEqual([`df${id}`, `df${other}`, `hf${other}`, `qf${id}`].sort());
  });

  it('leaves nothing when the control file for it cannot be made', () => {
    const { spool, id, directory } = oneMessage();
    const job = claimed(spool.claim({ id, kind: 'qf' }));
    const refuse = (): never => {
      throw new Error('no');
    };

    expect(() => job.split(refuse, 'hf')).toThrow('no');
    expect(names(directory)).toEqual([`df${id}`, `qf${id}`]);
  });
});

describe('remove', () => {
  it('takes control file, body and transcript, and ends the claim', () => {
    const { spool, id, directory } = oneMessage();
    const job = claimed(spool.claim({ id, kind: 'qf' }));
    job.markUncertain(evidence);

    job.remove();

    expect(names(directory)).toEqual([]);
    expect(() => job.rewrite(job.control)).toThrow('not claimed');
  });

  it('is done when the control file is gone, though the body cannot be removed', () => {
    const { spool, id, directory, file } = oneMessage();
    const job = claimed(spool.claim({ id, kind: 'qf' }));
    fs.unlinkSync(file('df'));
    fs.mkdirSync(file('df'));

    job.remove();

    expect(names(directory)).toEqual([`df${id}`]);
  });
});

describe('lose', () => {
  it('keeps the bytes under Qf and remembers why', () => {
    const { spool, id, directory, file } = oneMessage();
    const bytes = fs.readFileSync(file('qf'));

    claimed(spool.claim({ id, kind: 'qf' })).lose('reports cannot be returned');

    expect(names(directory)).toEqual([`Qf${id}`, `df${id}`, `xf${id}`]);
    expect(fs.readFileSync(file('Qf'))).toEqual(bytes);
    expect(spool.read({ id, kind: 'Qf' })?.damage).toBe('reports cannot be returned');
  });

  it.each(['6AKNAoWd001945', 'x'.repeat(18)])('writes over nothing that was lost before, however often (%s)', (id) => {
    const directory = temporaryDirectory();
    const spool = openSpool(directory);
    const file = (letters: string): string => path.join(directory, letters + id);
    const content = (round: number): string => formatControlFile(sampleControl({ sender: `s${round}` })).toString();
    const rounds = Array.from({ length: 40 }, (_, round) => round);
    for (const round of rounds) {
      fs.writeFileSync(file('df'), '', { mode: 0o600 });
      fs.writeFileSync(file('qf'), content(round), { mode: 0o600 });
      claimed(spool.claim({ id, kind: 'qf' })).lose('again');
    }

    const lost = spool.list().filter(({ kind }) => kind === 'Qf');
    const senders = lost.map((reference) => spool.read(reference)?.control?.sender);

    expect(senders.toSorted()).toEqual(rounds.map((round) => `s${round}`).toSorted());
  });

  it('is told once to whoever wants to know', () => {
    const { directory, id } = oneMessage();
    const told: string[] = [];
    const spool = openSpool(directory, { onLost: ({ kind }, why) => told.push(`${kind}${id}: ${why}`) });
    fs.appendFileSync(path.join(directory, `qf${id}`), 'RPFD:eve@example.net\n');

    expect([spool.claim({ id, kind: 'qf' }), spool.claim({ id, kind: 'qf' })]).toEqual(['damaged', 'gone']);
    expect(told).toEqual([expect.stringMatching(`^qf${id}: bogus queue line`)]);
  });
});

describe('evidence of an uncertain attempt', () => {
  it.skipIf(process.platform === 'win32')('is neither waited for nor written where a FIFO stands in its place', () => {
    const { spool, id, file } = oneMessage();
    execFileSync('mkfifo', [file('xf')]);

    const job = claimed(spool.claim({ id, kind: 'qf' }));

    expect(job.uncertain).toBeUndefined();
    expect(() => job.markUncertain(evidence)).toThrow(SpoolError);
  });

  it('outlives the process that left it', () => {
    const { spool, id, directory } = oneMessage();
    const job = claimed(spool.claim({ id, kind: 'qf' }));
    job.markUncertain(evidence);
    job.release();

    const later = openSpool(directory);

    expect(later.read({ id, kind: 'qf' })?.uncertain).toEqual(evidence);
    expect(claimed(later.claim({ id, kind: 'qf' })).uncertain).toEqual(evidence);
  });

  it('is gone when the result is known', () => {
    const { spool, id, directory } = oneMessage();
    const job = claimed(spool.claim({ id, kind: 'qf' }));
    job.markUncertain(evidence);

    job.clearUncertain();
    job.clearUncertain();

    expect(job.uncertain).toBeUndefined();
    expect(names(directory)).toEqual([`df${id}`, `qf${id}`]);
  });

  it("counts beside sendmail's own lines, and not when it was cut off", () => {
    const { spool, id, file } = oneMessage();
    const job = claimed(spool.claim({ id, kind: 'qf' }));
    fs.writeFileSync(file('xf'), '... while talking to [127.0.0.1]:\n');
    job.markUncertain(evidence);
    fs.appendFileSync(file('xf'), 'Final dot sent 2030-01-01T00:00:00.000Z to home for eve@example.n');

    expect(spool.read({ id, kind: 'qf' })?.uncertain).toEqual(evidence);
  });
});

describe('discard', () => {
  it('removes a job in whatever state', () => {
    const { spool, id, directory, file } = oneMessage();
    fs.writeFileSync(file('qf'), 'not a control file');
    spool.claim({ id, kind: 'qf' });

    expect(spool.discard({ id, kind: 'qf' })).toBe('gone');
    expect(spool.discard({ id, kind: 'Qf' })).toBe('done');
    expect(names(directory)).toEqual([]);
  });

  it('answers busy while somebody sends it', () => {
    const { spool, id, directory } = oneMessage();
    claimed(spool.claim({ id, kind: 'qf' }));

    expect(spool.discard({ id, kind: 'qf' })).toBe('busy');
    expect(names(directory)).toHaveLength(2);
  });

  it('keeps the body while another control file of that id needs it', () => {
    const { spool, id, directory, file } = oneMessage();
    fs.writeFileSync(file('Qf'), 'lost');

    spool.discard({ id, kind: 'Qf' });

    expect(names(directory)).toEqual([`df${id}`, `qf${id}`]);
  });
});
