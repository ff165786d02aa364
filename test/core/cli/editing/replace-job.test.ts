/** One message in the place of another, cut off where it hurts. */
import { describe, expect, it } from 'vitest';
import { LeftBehind, replaceJob } from '../../../../core/cli/editing/replace-job.js';
import { openSpool } from '../../../../core/spool/directory-spool.js';
import type { ClaimedJob, Spool } from '../../../../core/spool/spool.js';
import { atEachChange } from '../../spool/dying.js';
import { names, sampleControl, submit, temporaryDirectory } from '../../spool/support.js';

function claimNew(directory: string): { readonly spool: Spool; readonly old: ClaimedJob } {
  const spool = openSpool(directory);
  const old = spool.claim({ id: submit(directory), kind: 'qf' });
  if (typeof old === 'string') throw new Error(old);
  return { spool, old };
}

const replacement = {
  control: () => sampleControl({ sender: 'new@example.org' }),
  kind: 'qf',
  writeBody: (job: { writeBody(chunk: Uint8Array): void }) => job.writeBody(Buffer.from('New.\n')),
} as const;

describe('replaceJob', () => {
  it('leaves the new message alone, due like any other', () => {
    const directory = temporaryDirectory();
    const { old } = claimNew(directory);

    const id = replaceJob(directory, old, replacement);

    expect(names(directory)).toEqual([`df${id}`, `qf${id}`]);
  });

  it('has the old one on hold, and saying which one takes its place, before that one can be sent', () => {
    const directory = temporaryDirectory();
    const { old, spool } = claimNew(directory);
    const dying = Object.assign(Object.create(old), {
      quarantine(reason: string) {
        old.quarantine(reason);
        throw new Error('cut off');
      },
    });

    expect(() => replaceJob(directory, dying, replacement)).toThrow('cut off');

    expect(names(directory)).toEqual([`df${old.id}`, `hf${old.id}`]);
    expect(spool.read({ id: old.id, kind: 'hf' })?.control?.quarantineReason).toMatch(
      /^edited: [0-9A-Za-z]+ takes its place$/,
    );
  });

  it('leaves both when it is cut off before the old one is removed, and one of them goes by itself', () => {
    const directory = temporaryDirectory();
    const { old, spool } = claimNew(directory);
    const dying = Object.assign(Object.create(old), {
      remove() {
        throw new Error('cut off');
      },
    });

    expect(() => replaceJob(directory, dying, replacement)).toThrow(LeftBehind);

    const [entry] = spool.list().filter(({ kind }) => kind === 'qf');
    expect(spool.list()).toHaveLength(2);
    expect(entry?.id).not.toBe(old.id);
    expect(spool.read({ id: old.id, kind: 'hf' })?.control?.quarantineReason).toBe(
      `edited: ${entry?.id} takes its place`,
    );
  });

  it('leaves one or the other, whenever it is killed, and never two that go by themselves', () => {
    const seen = new Set<string>();

    atEachChange(
      (directory) => {
        const { old } = claimNew(directory);
        return () => {
          try {
            replaceJob(directory, old, replacement);
          } finally {
            old.release();
          }
        };
      },
      (directory) => {
        const spool = openSpool(directory);
        for (const reference of spool.list()) {
          const job = spool.claim(reference);
          if (typeof job !== 'string') job.release();
        }
        const left = spool.list().map((reference) => {
          const { control, damage } = spool.read(reference) ?? {};
          expect(damage).toBeUndefined();
          return `${reference.kind} ${control?.sender === 'new@example.org' ? 'new' : 'old'}`;
        });
        seen.add(left.sort().join());
      },
    );

    expect([...seen]).toEqual(['qf old', 'hf old', 'hf old,qf new', 'qf new']);
  });

  it('leaves nothing of the new one when it cannot be written', () => {
    const directory = temporaryDirectory();
    const { old } = claimNew(directory);
    const writeBody = (): void => {
      throw new Error('too large');
    };

    expect(() => replaceJob(directory, old, { ...replacement, writeBody })).toThrow('too large');

    expect(names(directory)).toEqual([`df${old.id}`, `qf${old.id}`]);
    expect(old.control).not.toHaveProperty('quarantineReason');
  });
});
