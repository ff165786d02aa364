import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { checkAliasSources } from '../../../core/cli/alias-check.js';
import { readAddress } from '../../../core/mail/address.js';
import { escapeHeaderBytes, unescapeHeaderBytes } from '../../../core/spool/header-bytes.js';
import { aliasedHeaders } from '../../../core/submission/alias-header.js';
import { openAliases, readAliasSources } from '../../../core/submission/alias-sources.js';

/** Files of others can be made by root alone. */
const notRoot = process.getuid?.() !== 0;
const HOST = 'laptop.example.org';
let directory: string;
let settingsFile: string;

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-aliases-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true }));
  settingsFile = path.join(directory, 'settings.json');
});

describe('aliases files', () => {
  it("are the user's own beside the settings, then those that are named, the first that has a name having it", () => {
    write('aliases', 'root: own@x\n');
    write('system', 'root: system@x\nlp: printer@x\n');

    expect(expand('root', ['system'])).toEqual(['own@x']);
    expect(expand('lp', ['system'])).toEqual(['printer@x']);
  });

  it('keep a copy here for who has a backslash in front, which no relay gets to see', () => {
    write('aliases', 'bob: \\bob, carol@x\n');

    expect(expand('bob')).toEqual(['bob', 'carol@x']);
  });

  it('are read once where the own file is named, too', () => {
    write('aliases', 'root: own@x\n');

    expect(readAliasSources(['aliases', path.join(directory, 'aliases')], source())).toHaveLength(1);
  });

  it('are missed only where they are named', () => {
    const remarks: string[] = [];

    expect(expand('root', [], remarks)).toBeNull();
    expect(remarks).toEqual([]);
    expect(expand('root', ['system'], remarks)).toBeNull();
    expect(remarks.join()).toContain(`${path.join(directory, 'system')} cannot be read: ENOENT`);
  });

  it.skipIf(notRoot).each<readonly [string, (file: string) => void, RegExp]>([
    ['everybody can write', (file) => fs.chmodSync(file, 0o646), /can be written by everybody/],
    [
      "another user's group can write",
      (file) => [fs.chmodSync(file, 0o664), fs.chownSync(file, 0, 4242)],
      /by group 4242/,
    ],
    ['belongs to somebody else', (file) => fs.chownSync(file, 4242, 4242), /belongs to user 4242/],
  ])('are not used where %s', (_, spoil, words) => {
    const file = write('aliases', 'root: thief@x\n');
    const remarks: string[] = [];

    spoil(file);

    expect(expand('root', [], remarks)).toBeNull();
    expect(remarks[0]).toMatch(words);
  });

  it.skipIf(notRoot)('are used where only the group of their own user can write', () => {
    const file = write('aliases', 'root: me@x\n');

    fs.chmodSync(file, 0o664);

    expect(expand('root')).toEqual(['me@x']);
  });

  it('that are no files keep nobody waiting', () => {
    fs.mkdirSync(path.join(directory, 'aliases'));

    expect(readAliasSources([], source())).toMatchObject([{ text: null, problem: 'is no file' }]);
  });
});

describe('settings that a flag names', () => {
  it('do not get files read that lie elsewhere, by no link either', () => {
    const elsewhere = path.join(directory, 'elsewhere');
    fs.mkdirSync(elsewhere);
    const secret = write('elsewhere/secret', 'key: thief@x\n');
    write('beside', 'root: me@x\n');
    fs.symlinkSync(secret, path.join(directory, 'aliases'));

    const sources = readAliasSources([secret, 'beside', '/etc/aliases'], source(true));

    const words = 'lies elsewhere than the settings that -C names';
    expect(sources.slice(0, 3).map(({ text, problem }) => text ?? problem)).toEqual([words, words, 'root: me@x\n']);
    expect(sources[3]?.problem).not.toBe(words);
  });
});

describe('aliases in the header', () => {
  it('keep their bytes beside those that are sendmail’s own', () => {
    write('aliases', 'root: Árpád <árpád@x>, b@x\nme: árpád@x\n');
    const aliases = openAliases([], source(), HOST, () => {});
    const headers = [{ condition: '', name: 'To', value: ` root, ${escapeHeaderBytes(latin1('Á <me>'))}` }];

    const [to] = aliasedHeaders(headers, aliases, HOST);

    expect(unescapeHeaderBytes(to?.value ?? '').replace(/\s+/g, ' ')).toBe(
      latin1(' Árpád <árpád@x>, b@x, Á <árpád@x>'),
    );
  });
});

const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

describe('checking aliases', () => {
  it.each([
    ['a: b\nb: a\n', ['1: a -> b -> a... aliasing/forwarding loop broken']],
    ['a: b\nb: c, x@y\nc: d\nd: b\n', ['2: b -> c -> d -> b... aliasing/forwarding loop broken']],
    ['a: a\n', ['1: a -> a... stands for itself: its mail goes to the relay']],
    ['a: \\a, b@x\n', []],
    ['a: c\nb: c\nc: x@y\n', []],
    ['one: two+tag\ntwo: one\n', ['1: one -> two -> one... aliasing/forwarding loop broken']],
  ])('tells of names that lead back to themselves: %j', (text, expected) => {
    write('aliases', text);

    expect(problems()).toEqual(expected);
  });

  it('sees a circle through two files', () => {
    write('aliases', 'root: admin\n');
    write('system', 'admin: root\n');

    expect(problems(['system'])).toEqual(['1: root -> admin -> root... aliasing/forwarding loop broken']);
  });

  it('takes a chain as long as the file', () => {
    write('aliases', Array.from({ length: 20_000 }, (_, index) => `a${index}: a${index + 1}\n`).join(''));

    expect(problems()).toEqual([]);
  });

  it('tells line by line of what is no address and of what is not delivered to', () => {
    write('aliases', 'a: good@x, a@@b\nb: "|/bin/x",\n  /tmp/y\nc: :include:/tmp/z\n');

    expect(problems()).toEqual([
      '1: a@@b... Invalid route address',
      '2: "|/bin/x"... programs, files and includes are not delivered to',
      '2: /tmp/y... programs, files and includes are not delivered to',
      '4: :include:/tmp/z... programs, files and includes are not delivered to',
    ]);
  });
});

const source = (byFlag = false) => ({ file: settingsFile, byFlag });

function write(name: string, text: string): string {
  const file = path.join(directory, name);
  fs.writeFileSync(file, text, { mode: 0o644 });
  return file;
}

function expand(name: string, configured: readonly string[] = [], remarks: string[] = []): readonly string[] | null {
  const aliases = openAliases(configured, source(), HOST, (words) => remarks.push(words));
  const expansion = aliases.expand(readAddress(name, null, HOST));
  return expansion === null ? null : expansion.recipients.map(({ text }) => text);
}

function problems(configured: readonly string[] = []): string[] {
  const sources = checkAliasSources(configured, source(), HOST);
  return sources.flatMap((source) => source.problems.map(({ line, words }) => `${line}: ${words}`));
}
