import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatListing, type PrintOptions, printQueue } from '../../../core/cli/listing.js';
import { openSpool } from '../../../core/spool/directory-spool.js';
import type { JobSnapshot, Spool } from '../../../core/spool/spool.js';
import { CORPUS, holdLock, recorded, sampleControl, temporaryDirectory } from '../spool/support.js';

const NOW_SECONDS = 1795216251;

/** A recorded queue directory put in place as its README says. */
function recordedSpool(name: string): Spool {
  const directory = temporaryDirectory(0o770);
  const source = path.join(CORPUS, 'spools', name, 'spool');
  for (const file of fs.existsSync(source) ? fs.readdirSync(source) : []) {
    fs.copyFileSync(path.join(source, file), path.join(directory, file));
    fs.chmodSync(path.join(directory, file), 0o660);
  }
  return openSpool(directory);
}

function print(spool: Spool, options: Partial<PrintOptions> = {}): string {
  const text = [...printQueue(spool, { kind: 'qf', nowSeconds: NOW_SECONDS, timeZone: 'UTC', ...options })].join('');
  return text.replaceAll(spool.directory, '/var/spool/clientmqueue');
}

function expected(name: string, listing: string): string {
  return recorded(`spools/${name}/${listing}.txt`).toString('latin1');
}

/** Jobs of equal rank come in the directory's order, which is not defined: compare the blocks, then the ranks. */
function blocks(listing: string): { head: string; jobs: string[]; end: string } {
  const [head = '', ...rest] = listing.split(/\n(?=6AKN|\t\tTotal)/);
  const end = rest.pop() ?? '';
  return { head, jobs: rest, end };
}

describe('an empty queue', () => {
  it.each([
    ['mailq', {}],
    ['mailq-v', { verbose: true }],
    ['mailq-qQ', { kind: 'hf' }],
    ['mailq-qL-v', { kind: 'Qf', verbose: true }],
  ] as const)('is listed as sendmail lists it: %s', (listing, options) => {
    expect(print(recordedSpool('01-empty'), options)).toBe(expected('01-empty', listing));
  });
});

describe('one message', () => {
  it.each([
    ['mailq', {}],
    ['mailq-v', { verbose: true }],
    ['mailq-qQ', { kind: 'hf' }],
    ['mailq-tz-ny', { timeZone: 'America/New_York' }],
  ] as const)('is listed as sendmail lists it: %s', (listing, options) => {
    expect(print(recordedSpool('02-one'), options)).toBe(expected('02-one', listing));
  });
});

describe('messages of every sort', () => {
  const cases: readonly (readonly [string, Partial<PrintOptions>])[] = [
    ['mailq', {}],
    ['mailq-v', { verbose: true }],
    ['mailq-qQ', { kind: 'hf' }],
    ['mailq-qQ-v', { kind: 'hf', verbose: true }],
    ['mailq-qL', { kind: 'Qf' }],
    ['mailq-qL-v', { kind: 'Qf', verbose: true }],
    ['mailq-min-queue-age', { minQueueAgeSeconds: 5000 * 86_400 }],
    ['mailq-qSalice', { filters: [{ by: 'S', text: 'alice', negated: false }] }],
    ['mailq-q-not-Salice', { filters: [{ by: 'S', text: 'alice', negated: true }] }],
    ['mailq-qRexample.com', { filters: [{ by: 'R', text: 'example.com', negated: false }] }],
    ['mailq-qQreason', { kind: 'hf', filters: [{ by: 'Q', text: 'reason one', negated: false }] }],
    ['mailq-sort-host', { sort: 'host' }],
  ];

  it.each(cases)('are listed as sendmail lists them: %s', (listing, options) => {
    const ours = blocks(print(recordedSpool('03-mixed'), options));
    const theirs = blocks(expected('03-mixed', listing));

    expect({ ...ours, jobs: ours.jobs.toSorted() }).toEqual({ ...theirs, jobs: theirs.jobs.toSorted() });
  });

  it.each([
    ['mailq-sort-time', { sort: 'time' }],
    ['mailq-sort-filename', { sort: 'filename' }],
  ] as const)('come in the order asked for: %s', (listing, options) => {
    expect(print(recordedSpool('03-mixed'), options)).toBe(expected('03-mixed', listing));
  });

  it.each([
    ['mailq-v', {}],
    ['mailq-sort-host', { sort: 'host' }],
  ] as const)('come in the order of their rank: %s', (listing, options) => {
    const spool = recordedSpool('03-mixed');
    const rank = (text: string): string[] =>
      blocks(text).jobs.map((job) => {
        const control = spool.read({ id: job.slice(0, 14), kind: 'qf' })?.control;
        const host = listing === 'mailq-sort-host' ? control?.recipients.at(-1)?.address.split('@')[1] : '';
        return `${control?.priority} ${host}`;
      });

    expect(rank(print(spool, options))).toEqual(rank(expected('03-mixed', listing)));
  });

  it('show which one another process is working on', async () => {
    const spool = recordedSpool('03-mixed');
    await holdLock(path.join(spool.directory, 'qf6AKNE86S026640'), 'exclusive');

    const ours = blocks(print(spool)).jobs.toSorted();

    expect(ours).toEqual(blocks(expected('03-mixed', 'mailq-locked-second')).jobs.toSorted());
  });
});

describe('formatListing', () => {
  const job = (changes: Parameters<typeof sampleControl>[0], more: Partial<JobSnapshot> = {}): JobSnapshot => ({
    id: '6AKNAmvf001884',
    kind: 'qf',
    control: sampleControl(changes),
    dataBytes: 7,
    dataChangedAtNs: 0n,
    locked: false,
    ...more,
  });
  const list = (jobs: readonly JobSnapshot[], more: { verbose?: boolean; limit?: number } = {}): string[] =>
    formatListing(jobs, { directory: '/q', kind: 'qf', timeZone: 'UTC', nowSeconds: NOW_SECONDS, ...more }).split('\n');

  it('prints bytes that do not print in octal and doubles backslashes, within the columns', () => {
    const sender = `\u001b[2J\\${'x'.repeat(40)}`;

    expect(list([job({ sender })])[2]?.slice(41)).toBe(`\\033[2J\\\\${'x'.repeat(39 - 4 - 3 - 2)}`);
  });

  it('lets no status or reason write to the terminal', () => {
    const text = list([job({ message: '\u001b]0;x\u0007', quarantineReason: '\u009bx' })]).join('\n');

    expect(text).toContain('QUARANTINE: \\233x');
    expect(text).toContain('(\\033]0;x\\007)');
  });

  it('shows a body type without a status', () => {
    expect(list([job({ bodyType: '8BITMIME' })])[3]).toBe('      8BITMIME');
  });

  it('says that a body is missing by its size', () => {
    expect(list([job({}, { dataBytes: -1 })])[2]).toContain('6AKNAmvf001884       -1 Fri Nov 20');
  });

  it('says why there is nothing to show of a job', () => {
    const { control: _, ...bare } = job({}, { damage: 'permission denied' });

    expect(list([bare])[2]).toBe('6AKNAmvf001884 (permission denied)');
  });

  it('prints no more than the limit and counts all', () => {
    const lines = list([job({}), job({}), job({})], { limit: 1 });

    expect(lines[0]).toBe('\t\t/q (3 requests, only 1 printed)');
    expect(lines.filter((line) => line.startsWith('6AKN'))).toHaveLength(1);
    expect(lines.at(-2)).toBe('\t\tTotal requests: 3');
  });

  it('pads the day as ctime does', () => {
    expect(list([job({ createdAtSeconds: Date.UTC(2026, 9, 7, 0, 5) / 1000 })])[2]).toContain('Wed Oct  7 00:05 ');
  });
});
