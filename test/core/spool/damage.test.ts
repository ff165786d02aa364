import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openSpool } from '../../../core/spool/directory-spool.js';
import { findMistrust } from '../../../core/spool/job-check.js';
import type { Spool } from '../../../core/spool/spool.js';
import { names, submit, temporaryDirectory } from './support.js';

afterEach(() => {
  vi.restoreAllMocks();
});

const isRoot = process.getuid?.() === 0;

interface Place {
  readonly spool: Spool;
  readonly id: string;
  readonly directory: string;
  file(letters: string): string;
}

function spoiled(spoil: (file: (letters: string) => string) => void): Place {
  const directory = temporaryDirectory();
  const id = submit(directory);
  const file = (letters: string): string => path.join(directory, letters + id);
  spoil(file);
  return { spool: openSpool(directory), id, directory, file };
}

function edit(file: string, change: (text: string) => string): void {
  fs.writeFileSync(file, change(fs.readFileSync(file, 'latin1')), 'latin1');
}

type Spoil = (file: (letters: string) => string) => void;

const DAMAGE: readonly (readonly [what: string, spoil: Spoil, says: RegExp])[] = [
  ['an unknown record', (file) => edit(file('qf'), (text) => text.replace('\nS', '\nYbad\nS')), /^unrecognized line/],
  ['no end mark', (file) => edit(file('qf'), (text) => text.replace('\n.\n', '\n')), /^incomplete queue file read/],
  ['data after the end', (file) => fs.appendFileSync(file('qf'), 'RPFD:eve@example.net\n'), /^bogus queue line/],
  [
    'a version of the future',
    (file) => edit(file('qf'), (text) => text.replace('V8', 'V9')),
    /^unsupported queue file/,
  ],
  ['zeroes after a power cut', (file) => fs.writeFileSync(file('qf'), Buffer.alloc(500)), /./],
  ['a missing body', (file) => fs.unlinkSync(file('df')), /^data file missing$/],
  [
    'a body that is a link to another file',
    (file) => {
      fs.unlinkSync(file('df'));
      fs.symlinkSync('/etc/hostname', file('df'));
    },
    /^the data file is not a regular file$/,
  ],
  [
    'a body elsewhere',
    (file) => edit(file('qf'), (text) => text.replace('\nF', '\nd/etc\nF')),
    /^bogus queue file directory/,
  ],
  ['a second name', (file) => fs.linkSync(file('qf'), `${file('qf')}.bak`), /hard link/],
  ['write permission for all', (file) => fs.chmodSync(file('qf'), 0o606), /anybody can write/],
];

describe('a job with', () => {
  it.each(DAMAGE)('%s is shown as damaged and set aside by a claim, its bytes kept', (_, spoil, says) => {
    const { spool, id, file } = spoiled(spoil);
    const bytes = fs.readFileSync(file('qf'));

    expect(spool.read({ id, kind: 'qf' })?.damage).toMatch(says);
    expect(spool.claim({ id, kind: 'qf' })).toBe('damaged');

    expect(fs.existsSync(file('qf'))).toBe(false);
    expect(fs.readFileSync(file('Qf')).equals(bytes)).toBe(true);
    expect(spool.read({ id, kind: 'Qf' })?.damage).toMatch(says);
    expect(spool.claim({ id, kind: 'Qf' })).toBe('damaged');
    expect(fs.existsSync(file('Qf'))).toBe(true);
  });

  it.skipIf(!isRoot)("an owner that is neither us nor the directory's is set aside (needs root)", () => {
    const { spool, id } = spoiled((file) => fs.chownSync(file('qf'), 4242, 4242));

    expect(spool.read({ id, kind: 'qf' })?.damage).toContain('uid=4242');
    expect(spool.claim({ id, kind: 'qf' })).toBe('damaged');
  });

  it.each(['device', 'link', 'directory'])('a %s for a control file is left alone', (what) => {
    const { spool, id, directory } = spoiled((file) => {
      fs.renameSync(file('qf'), file('elsewhere'));
      if (what === 'directory') fs.mkdirSync(file('qf'));
      else fs.symlinkSync(what === 'link' ? file('elsewhere') : '/dev/tty', file('qf'));
    });
    const before = names(directory);

    expect(spool.read({ id, kind: 'qf' })?.damage).toBe('not a regular file');
    expect(spool.claim({ id, kind: 'qf' })).toBe('damaged');
    expect(names(directory)).toEqual(before);
  });
});

describe('an empty control file', () => {
  it('is taken for one being made and left alone', () => {
    const { spool, id, directory } = spoiled((file) => fs.truncateSync(file('qf')));

    expect(spool.read({ id, kind: 'qf' })).toBeNull();
    expect(spool.claim({ id, kind: 'qf' })).toBe('gone');
    expect(names(directory)).toEqual([`df${id}`, `qf${id}`]);
  });

  it('is damage after ten minutes, and its body is kept', () => {
    const { spool, id, directory } = spoiled((file) => fs.truncateSync(file('qf')));
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 11 * 60 * 1000);

    expect(spool.read({ id, kind: 'qf' })?.damage).toBe('the control file is empty');
    expect(spool.claim({ id, kind: 'qf' })).toBe('damaged');
    expect(names(directory)).toEqual([`Qf${id}`, `df${id}`, `xf${id}`]);
  });
});

describe('findMistrust', () => {
  const own = { mode: 0o100600, uid: 1000, gid: 1000, nlink: 1 };
  const home = { mode: 0o40700, uid: 1000, gid: 1000, nlink: 2 };
  const shared = { mode: 0o42770, uid: 103, gid: 106, nlink: 2 };
  const us = { uid: 1000, groups: [1000] };
  const member = { uid: 1000, groups: [1000, 106] };
  const root = { uid: 0, groups: [0] };

  it.each([
    ['our own file', own, home, us],
    ['our own file as sendmail makes it', { ...own, mode: 0o100660 }, home, us],
    ["a colleague's file in a spool of our group", { ...own, uid: 1001, gid: 106, mode: 0o100660 }, shared, member],
    ['the file of the owner of the spool, for root', own, home, root],
    ['any file where files have no owner', { ...own, mode: 0o100666 }, home, { uid: undefined, groups: [] }],
  ])('trusts %s', (_, file, directory, identity) => {
    expect(findMistrust(file, directory, identity)).toBeNull();
  });

  it.each([
    ['with two names', { ...own, nlink: 2 }, home, us],
    ["of somebody else's", { ...own, uid: 1001 }, home, us],
    ['of a group we are not in', { ...own, uid: 1001, gid: 106, mode: 0o100660 }, shared, us],
    ['of another group in a shared spool', { ...own, uid: 1001 }, shared, member],
    ['that anybody can write', { ...own, mode: 0o100602 }, home, us],
    ['that another group can write', { ...own, mode: 0o100660 }, { ...home, mode: 0o40755 }, us],
    ["of a stranger's, for root", { ...own, uid: 1001 }, home, root],
  ])('mistrusts a file %s', (_, file, directory, identity) => {
    expect(findMistrust(file, directory, identity)).not.toBeNull();
  });
});
