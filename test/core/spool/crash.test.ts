/**
 * The process dies before its k-th change to the disk, for every k: what a later process finds is
 * the message as it was or as it was to be, never half of either, never twice, never without a body.
 */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openJob } from '../../../core/spool/create-job.js';
import { openSpool } from '../../../core/spool/directory-spool.js';
import type { ClaimedJob, Spool } from '../../../core/spool/spool.js';
import { atEachChange } from './dying.js';
import { names, sampleControl, submit } from './support.js';

afterEach(() => {
  vi.restoreAllMocks();
});

function claim(spool: Spool): ClaimedJob {
  const [reference] = spool.list();
  const job = reference === undefined ? 'gone' : spool.claim(reference);
  if (typeof job === 'string') throw new Error(job);
  return job;
}

/** What is there, once whoever comes next has claimed everything: kind and attempts of each message. */
function found(directory: string): string[] {
  const spool = openSpool(directory);
  for (const reference of spool.list()) {
    const job = spool.claim(reference);
    if (typeof job !== 'string') job.release();
  }
  return spool
    .list()
    .map((reference) => {
      const job = spool.read(reference);
      expect(job?.damage).toBeUndefined();
      expect(job?.dataBytes).toBe(7);
      expect(job?.locked).toBe(false);
      return `${reference.kind} ${job?.control?.attempts}`;
    })
    .sort();
}

function claimed(act: (job: ClaimedJob) => void, changes: Parameters<typeof submit>[1] = {}) {
  return (directory: string) => {
    submit(directory, changes);
    const job = claim(openSpool(directory));
    return () => {
      try {
        act(job);
      } finally {
        job.release();
      }
    };
  };
}

describe('a process killed at any moment while it', () => {
  it('submits a message leaves the whole message or none', () => {
    const changes = atEachChange(
      (directory) => () => {
        const job = openJob(directory);
        job.writeBody(Buffer.from('Hello.\n'));
        job.commit(sampleControl());
      },
      (directory, died) => expect(died ? ['', 'qf 0'] : ['qf 0']).toContain(found(directory).join()),
    );

    expect(changes).toBeGreaterThanOrEqual(8);
  });

  it('writes down a result leaves the old state or the new one', () => {
    const seen = new Set<string>();
    atEachChange(
      claimed((job) => job.rewrite({ ...job.control, attempts: 1 })),
      (directory) => seen.add(found(directory).join()),
    );

    expect([...seen]).toEqual(['qf 0', 'qf 1']);
  });

  it('puts a message on hold leaves it waiting or held, with the result of the attempt', () => {
    const seen = new Set<string>();
    atEachChange(
      claimed((job) => job.rewrite({ ...job.control, attempts: 1, quarantineReason: 'failed: 550' }, 'hf')),
      (directory) => seen.add(found(directory).join()),
    );

    expect([...seen]).toEqual(['qf 0', 'hf 1']);
  });

  it('releases a message leaves it held or waiting', () => {
    const seen = new Set<string>();
    const release = (job: ClaimedJob): void => {
      const { quarantineReason: _, ...released } = job.control;
      job.rewrite({ ...released, attempts: 1 }, 'qf');
    };
    const held = (directory: string) => {
      submit(directory);
      const first = claim(openSpool(directory));
      first.rewrite({ ...first.control, quarantineReason: 'x' }, 'hf');
      first.release();
      const job = claim(openSpool(directory));
      return () => {
        try {
          release(job);
        } finally {
          job.release();
        }
      };
    };
    atEachChange(held, (directory) => seen.add(found(directory).join()));

    expect([...seen]).toEqual(['hf 0', 'hf 1', 'qf 1']);
  });

  it('sets the refused recipients aside leaves the original whole, and the copy whole or not there', () => {
    const seen = new Set<string>();
    atEachChange(
      claimed((job) => void job.split(() => ({ ...job.control, attempts: 1 }), 'hf')),
      (directory) => seen.add(found(directory).join()),
    );

    expect([...seen]).toEqual(['qf 0', 'hf 1,qf 0']);
  });

  it('removes a message leaves it whole, or a body that nobody sends', () => {
    const seen = new Set<string>();
    atEachChange(
      claimed((job) => job.remove()),
      (directory) => seen.add(found(directory).join()),
    );

    expect([...seen]).toEqual(['qf 0', '']);
  });

  it('sets a message aside leaves its bytes under one name or the other', () => {
    atEachChange(
      claimed((job) => job.lose('test')),
      (directory) => {
        const controls = names(directory).filter((name) => /^[qQ]f/.test(name));
        expect(controls).toHaveLength(1);
        expect(fs.readFileSync(path.join(directory, String(controls[0])), 'latin1')).toContain('Salice');
      },
    );
  });

  it('writes its evidence leaves the evidence or nothing, and the message as it was', () => {
    const evidence = { relay: 'home', at: 1, recipients: ['bob@example.net'] };
    atEachChange(
      claimed((job) => job.markUncertain(evidence)),
      (directory, died) => {
        const spool = openSpool(directory);
        const job = claim(spool);
        expect(died ? [undefined, evidence] : [evidence]).toContainEqual(job.uncertain);
        job.release();
        expect(found(directory)).toEqual(['qf 0']);
      },
    );
  });
});
