/**
 * A spool that others work on, faster than anybody can look: jobs come, go, are held, released,
 * rewritten, change their status, appear twice, are gone within one tick. What is done is drawn from a seed.
 */
import fs from 'node:fs';
import path from 'node:path';
import { formatControlFile } from '../../core/spool/control-file.js';
import { control } from '../core/queue/fixtures.js';

export interface BusySpool {
  readonly directory: string;
  /** So many random changes, at once. */
  change(times: number): void;
  add(): string;
  readonly ids: readonly string[];
}

export function busySpool(directory: string, random: () => number): BusySpool {
  const jobs = new Map<string, 'qf' | 'hf' | 'Qf'>();
  let next = 0;
  const file = (kind: string, id: string): string => path.join(directory, kind + id);
  const write = (kind: 'qf' | 'hf' | 'Qf', id: string, status: string): void => {
    const text = formatControlFile(
      control({
        // Of today: very old mail waits for a person's word.
        createdAtSeconds: Math.floor(Date.now() / 1000) - 3600 + next,
        sender: `user${next % 50}@example.org`,
        message: status,
        ...(kind === 'hf' ? { quarantineReason: 'held: by hand' } : {}),
      }),
    );
    fs.writeFileSync(file('tf', id), text, { mode: 0o600 });
    fs.renameSync(file('tf', id), file(kind, id));
  };
  const add = (): string => {
    next += 1;
    const id = `6AKN${next.toString(36).padStart(6, '0')}0001`;
    fs.writeFileSync(file('df', id), 'Hello.\n', { mode: 0o600 });
    write('qf', id, 'Deferred: Connection refused by home');
    jobs.set(id, 'qf');
    return id;
  };
  const remove = (id: string, kind: string): void => {
    fs.unlinkSync(file(kind, id));
    fs.unlinkSync(file('df', id));
    jobs.delete(id);
  };
  const any = (): [string, 'qf' | 'hf' | 'Qf'] | undefined => {
    const ids = [...jobs.keys()];
    const id = ids[Math.floor(random() * ids.length)];
    return id === undefined ? undefined : [id, jobs.get(id) ?? 'qf'];
  };
  const move = (id: string, from: string, to: 'qf' | 'hf' | 'Qf'): void => {
    fs.renameSync(file(from, id), file(to, id));
    jobs.set(id, to);
  };
  const acts: readonly (() => void)[] = [
    add,
    () => remove(add(), 'qf'),
    () => {
      const found = any();
      if (found !== undefined) remove(...found);
    },
    () => {
      const found = any();
      if (found !== undefined) write(found[1], found[0], `Deferred: 450 4.2.1 busy ${Math.floor(random() * 10)}`);
    },
    () => {
      const found = any();
      if (found !== undefined) move(...found, found[1] === 'qf' ? 'hf' : 'qf');
    },
    () => {
      const found = any();
      if (found === undefined) return;
      move(...found, 'hf');
      move(found[0], 'hf', 'qf');
    },
    () => {
      const found = any();
      if (found !== undefined && random() < 0.1) move(...found, 'Qf');
    },
    () => {
      fs.writeFileSync(file('tf', 'debris'), 'V8\n');
      fs.unlinkSync(file('tf', 'debris'));
    },
  ];
  return {
    directory,
    add,
    change(times) {
      for (let time = 0; time < times; time += 1) acts[Math.floor(random() * acts.length)]?.();
    },
    get ids() {
      return [...jobs.keys()];
    },
  };
}
