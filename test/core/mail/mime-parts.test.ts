import { describe, expect, it } from 'vitest';
import { readContent } from '../../../core/mail/content-fields.js';
import { createPartReader } from '../../../core/mail/mime-parts.js';
import { seededRandom } from '../../support/random.js';

const MIXED = 'Content-Type: multipart/mixed; boundary=b\r\n';

interface Found {
  /** In the order in which it was handed on. */
  readonly all: string;
  readonly leaves: readonly { readonly type: string | null; readonly content: string }[];
}

function read(header: string, body: string, size: () => number = () => 1e6): Found {
  const found: { all: string; leaves: { type: string | null; content: string; open: boolean }[] } = {
    all: '',
    leaves: [],
  };
  const leaf = () => {
    const last = found.leaves.at(-1);
    if (last?.open !== true) throw new Error('no leaf is open');
    return last;
  };
  const reader = createPartReader(readContent(header), {
    leaf(section, type) {
      found.all += section ?? '';
      found.leaves.push({ type, content: '', open: true });
    },
    content(text) {
      found.all += text;
      leaf().content += text;
    },
    endLeaf() {
      leaf().open = false;
    },
    other(text) {
      if (found.leaves.at(-1)?.open) throw new Error('a leaf is open');
      found.all += text;
    },
  });
  for (let at = 0; at < body.length; ) {
    let end = at + size();
    if (body.startsWith('\r\n', end - 1)) end += 1;
    reader.write(body.slice(at, end));
    at = end;
  }
  reader.finish();
  return { all: found.all, leaves: found.leaves.map(({ type, content }) => ({ type, content })) };
}

function contents(header: string, body: string): string[] {
  return read(header, body).leaves.map(({ content }) => content);
}

describe('createPartReader', () => {
  it('takes a body that is no multipart for one leaf', () => {
    expect(contents('Content-Type: text/html\r\n', 'a\r\n--b\r\n')).toEqual(['a\r\n--b\r\n']);
  });

  it('finds the content of each part, without the line end before a boundary', () => {
    const body =
      'preamble\r\n--b\r\nContent-Type: text/html\r\n\r\none\r\n\r\n--b \t\r\n\r\ntwo\r\n--bb\r\n --b\r\n--b--\r\nepilogue\r\n--b\r\n';

    expect(read(MIXED, body).leaves).toEqual([
      { type: 'text/html', content: 'one\r\n' },
      { type: null, content: 'two\r\n--bb\r\n --b' },
    ]);
  });

  it.each([
    ['at once', '--b\r\n\r\none\r\n--b--\r\n', ['one']],
    ['without an end', '--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n', ['one', 'two\r\n']],
    ['with nothing in a part', '--b\r\n\r\n--b\r\n\r\n\r\n--b--\r\n', ['', '']],
    ['without a header section', '--b\r\nA: b\r\n--b\r\n\r\ntwo\r\n--b--\r\n', ['two']],
    ['without any boundary', 'one\r\ntwo\r\n', []],
    ['with a header section that never ends', '--b\r\nA: b\r\n', []],
    ['with nothing', '', []],
  ])('reads a multipart that begins or ends %s', (_, body, expected) => {
    expect(contents(MIXED, body)).toEqual(expected);
  });

  it('reads nested multiparts, and ends one that has no end where the outer one goes on', () => {
    const inner =
      'Content-Type: multipart/alternative;\r\n\tboundary="b c"\r\n\r\n--b c\r\n\r\nplain\r\n--b c\r\n\r\nhtml';

    const closed = contents(MIXED, `--b\r\n${inner}\r\n--b c--\r\nbetween\r\n--b\r\n\r\nlast\r\n--b--\r\n`);
    const open = contents(MIXED, `--b\r\n${inner}\r\n--b\r\n\r\nlast\r\n--b--\r\n`);

    expect(closed).toEqual(['plain', 'html', 'last']);
    expect(open).toEqual(['plain', 'html', 'last']);
  });

  it.each([
    'multipart/signed; boundary=c',
    'message/rfc822',
    'multipart/mixed; boundary=b',
    'multipart/mixed',
    'text/plain\r\nContent-Transfer-Encoding: base64',
  ])('passes over %j, and goes on after it', (type) => {
    const body = `--b\r\nContent-Type: ${type}\r\n\r\n--c\r\n\r\nsigned\r\n--c--\r\n--b\r\n\r\nlast\r\n--b--\r\n`;

    expect(contents(MIXED, body)).toEqual(['last']);
  });

  it('passes over what has a header section of more than a megabyte', () => {
    const body = `--b\r\nA: ${'x'.repeat(1100000)}\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n`;

    const { leaves, all } = read(MIXED, body, () => 65_536);

    expect(leaves.map(({ content }) => content)).toEqual(['two']);
    expect(all).toBe(body);
  });

  it('hands on each byte once and in order, and finds the same, wherever the body is cut', () => {
    const random = seededRandom(5);
    const below = (limit: number): number => Math.floor(random() * limit);
    const lines = ['', 'a', '-', '--', '--b', '--b--', '--c', '--c--', '--b  ', '--bx', 'A: b', '---b']
      .concat('Content-Type: multipart/mixed; boundary=c', 'Content-Type: multipart/signed; boundary=c')
      .concat('x'.repeat(1100));
    for (let round = 0; round < 3000; round += 1) {
      const body = Array.from({ length: below(25) }, () => `${lines[below(lines.length)] ?? ''}\r\n`).join('');

      const found = read(MIXED, body, () => 1 + below(8));

      expect(found.all).toBe(body);
      expect(found).toEqual(read(MIXED, body));
    }
  });
});
