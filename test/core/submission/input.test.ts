import { describe, expect, it } from 'vitest';
import { readInput } from '../../../core/submission/input.js';
import { inputOf } from './support.js';

describe('standard input', () => {
  it.each([
    ['Subject: x\n\nbody\n', 'body\n', 17],
    ['Subject: x\r\n\r\nbody\r\n', 'body\n', 17],
    ['Subject: x\n\n..\n...\n.x\ny\r.\n', '.\n..\n.x\ny\r.\n', 24],
    ['Subject: x\n\ny\n.\nnot seen\n', 'y\n', 14],
    ['Subject: x\n\ny\n.', 'y\n', 14],
    ['Subject: x\n\ny\n.\r\nnot seen', 'y\n', 14],
    ['Subject: x\n\ny\n.\rz', 'y\n.\rz', 17],
    ['Subject: x\n\ny\r', 'y', 13],
    ['Subject: x\n\ny\r\r\n', 'y\r\n', 15],
    ['Subject: x\n.\n\nb\n', '', 11],
    ['Subject: x\n..foo\n\nb\n', '.foo\n\nb\n', 19],
    ['Subject: x\nno header\nC: d\n', 'no header\nC: d\n', 26],
    ['Subject: x\nMessage: \nC: d\n', 'Message: C: d\n', 26],
    ['Text: a\n b\n\nc\n', 'Text: a\n b\nc\n', 14],
    [`${'y'.repeat(101)}: a\n\nb\n`, `${'y'.repeat(101)}: a\nb\n`, 108],
    ['Subject: x\n\r\r\nb\n', 'b\n', 15],
    ['a\0b\nc\0d\n', 'ab\nc\0d\n', 8],
    ['Subject: x\n\0\nb\n', 'b\n', 15],
    ['Subject: x\n--x: y\n', '--x: y\n', 18],
    [' lead\nSubject: x\n', ' lead\nSubject: x\n', 17],
  ])('%j has the body %j, whatever the chunks', async (text, body, sizeBytes) => {
    for (const length of [1, 2, 3, 1000]) {
      const input = await readInput(chunked(text, length), { ignoreDots: false, sevenBit: false });

      expect(await collect(input.body)).toBe(body);
      expect(input.sizeBytes()).toBe(sizeBytes);
    }
  });

  it('leaves dots alone with -i', async () => {
    const input = await readInput(inputOf('A: b\n\n.\n..\nx'), { ignoreDots: true, sevenBit: false });

    expect(await collect(input.body)).toBe('.\n..\nx');
  });

  it('clears the eighth bit with -B7BIT and sees it without', async () => {
    const text = 'A: b\n\ncaf\u00c3\u00a9\n';

    const cleared = await readInput(inputOf(text), { ignoreDots: true, sevenBit: true });
    const kept = await readInput(inputOf(text), { ignoreDots: true, sevenBit: false });

    expect([await collect(cleared.body), cleared.hasEightBit()]).toEqual(['cafC)\n', false]);
    expect([await collect(kept.body), kept.hasEightBit()]).toEqual(['caf\u00c3\u00a9\n', true]);
  });

  it('keeps folds and blanks of fields, and sets the From line of a mailbox apart', async () => {
    const input = await readInput(inputOf('From alice Thu\nX-A:  b \r\n\tc\n \nS:\n\n'), {
      ignoreDots: false,
      sevenBit: false,
    });

    expect(input.fromLine).toBe('From alice Thu');
    expect(input.fields).toEqual([
      { name: 'X-A', value: '  b \n\tc\n ' },
      { name: 'S', value: '' },
    ]);
  });

  it('keeps a header that ends without a line end, which sendmail loses', async () => {
    const input = await readInput(inputOf('A: b\nSubject: x'), { ignoreDots: false, sevenBit: false });

    expect(input.fields.map(({ name }) => name)).toEqual(['A', 'Subject']);
  });

  it('keeps an only line that is no field and has no line end as body', async () => {
    const input = await readInput(inputOf('hello'), { ignoreDots: false, sevenBit: false });

    expect(await collect(input.body)).toBe('hello');
  });

  it('takes an endless first line that is no field for body', async () => {
    const input = await readInput(inputOf(...Array.from({ length: 40 }, () => 'x'.repeat(65_000))), {
      ignoreDots: false,
      sevenBit: false,
    });

    expect(await collect(input.body)).toHaveLength(40 * 65_000);
  });

  it('refuses a header without end', async () => {
    const endless = inputOf(...Array.from({ length: 20 }, (_, index) => `X-${index}: ${'x'.repeat(65_000)}\n`));

    await expect(readInput(endless, { ignoreDots: false, sevenBit: false })).rejects.toMatchObject({ status: 65 });
  });
});

async function* chunked(text: string, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.length; at += length) yield Buffer.from(text.slice(at, at + length), 'latin1');
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('latin1');
}
