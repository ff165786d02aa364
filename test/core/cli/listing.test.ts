import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PrintOptions } from '../../../core/cli/listing.js';
import { openSpool } from '../../../core/spool/directory-spool.js';
import type { Spool } from '../../../core/spool/spool.js';
import { listQueue } from '../../support/listing.js';
import { CORPUS, holdLock, recorded, submit, temporaryDirectory } from '../spool/support.js';

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
  const text = listQueue(spool, { kind: 'qf', nowSeconds: NOW_SECONDS, timeZone: 'UTC', ...options });
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
    ['mailq-X-load', { busyAbove: 1 }],
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

describe('a listing', () => {
  const list = (directory: string, options: Partial<PrintOptions> = {}): string[] =>
    print(openSpool(directory), options).split('\n');
  const edited = (change: (text: string) => string, body = 'Hello.\n'): { directory: string; id: string } => {
    const directory = temporaryDirectory();
    const id = submit(directory, {}, body);
    const file = path.join(directory, `qf${id}`);
    fs.writeFileSync(file, change(fs.readFileSync(file, 'latin1')), 'latin1');
    return { directory, id };
  };

  it('prints bytes that do not print in octal and doubles backslashes, within the columns', () => {
    const { directory } = edited((text) => text.replace(/^S.*$/m, `S\u001b[2J\\${'x'.repeat(40)}`));

    expect(list(directory)[2]?.slice(41)).toBe(`\\033[2J\\\\${'x'.repeat(39 - 4 - 3 - 2)}`);
  });

  it('lets no status or reason write to the terminal, and leaves other text as it is', () => {
    const { directory } = edited((text) =>
      text.replace('\nF', '\nq\u009bx\u0000hidden\nM\u001b]0;x\u0007 Gr\u00c3\u009fe\t\u00e9\u00c2\u0085\nF'),
    );
    const text = list(directory).join('\n');

    expect(text).toContain('QUARANTINE: \\233x\n');
    expect(text).toContain('(\\033]0;x\\007 Gr\u00c3\u009fe\t\u00e9\u00c2\\205)');
  });

  it('says of a message whose body is missing what sendmail says', () => {
    const { directory, id } = edited((text) => text);
    fs.unlinkSync(path.join(directory, `df${id}`));

    const lines = list(directory);

    expect(lines[2]).toBe(`${id}readqf: cannot open ./df${id}: No such file or directory`);
    expect(lines[3]).toMatch(/^ {7}-1 \w{3} /);
  });

  it('shows a damaged file by the lines that it has', () => {
    const { directory } = edited((text) =>
      text.replace(/^T.*\n/m, '').replace('\n.\n', '\nYbad\nRPFD:more@example.net'),
    );

    const lines = list(directory);

    expect(lines[0]).toContain('(1 request)');
    expect(lines[2]).toContain('Thu Jan  1 00:00 alice');
    expect(lines.at(-3)).toBe('\t\t\t\t\t more@example.net (no control file)');
  });

  it('survives a date beyond all calendars', () => {
    const { directory } = edited((text) => text.replace(/^T.*$/m, 'T99999999999999999999'));

    expect(list(directory)[2]).toContain('alice');
  });

  it('prints no more than the limit and counts what is beyond it, filtered or not', () => {
    const directory = temporaryDirectory();
    for (const sender of ['alice', 'alice', 'bob', 'bob', 'bob']) submit(directory, { sender });

    const all = list(directory, { limit: 2 });
    const bobs = list(directory, { limit: 10, filters: [{ by: 'S', text: 'BOB', negated: false }] });

    expect(all[0]).toBe('\t\t/var/spool/clientmqueue (5 requests, only 2 printed)');
    expect(all.filter((line) => /^\w{14} /.test(line))).toHaveLength(2);
    expect(all.at(-2)).toBe('\t\tTotal requests: 5');
    expect(bobs[0]).toBe('\t\t/var/spool/clientmqueue (3 requests)');
  });

  it('names what is in the place of a control file, and passes names over that are too long', () => {
    const directory = temporaryDirectory();
    fs.mkdirSync(path.join(directory, 'qfdirectory'));
    fs.symlinkSync('/etc/hostname', path.join(directory, 'qflink'));
    fs.writeFileSync(path.join(directory, `qf${'x'.repeat(19)}`), 'V8\n');

    const lines = list(directory, { verbose: true });

    expect(lines.slice(0, 3).toSorted()).toEqual([
      'gatherq: /var/spool/clientmqueue/qfdirectory is not a regular file',
      'gatherq: /var/spool/clientmqueue/qflink is not a regular file',
      `gatherq: qf${'x'.repeat(19)} too long, 21 max characters`,
    ]);
    expect(lines.slice(3)).toEqual(['/var/spool/clientmqueue is empty', '\t\tTotal requests: 0', '']);
  });

  it('reads a message with thousands of recipients once more when its turn has come', () => {
    const address = (number: number) => ({ flags: 'PFD', address: `r${number}@example.net` });
    const directory = temporaryDirectory();
    submit(directory, { recipients: Array.from({ length: 5000 }, (_, number) => address(number)) });

    expect(list(directory)).toHaveLength(3 + 5000 + 2);
  });
});
