import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatControlFile, parseControlFile } from '../../../core/spool/control-file.js';
import { unescapeHeaderBytes } from '../../../core/spool/header-bytes.js';
import { formatEvidence, parseTranscript } from '../../../core/spool/transcript.js';

const DOCUMENT = path.resolve(import.meta.dirname, '../../../core/spool/FORMAT.md');

/** Text of the fenced blocks whose info string begins with `language`, octal escapes as bytes. */
function examples(language: string): { info: string; text: string }[] {
  const fences = fs.readFileSync(DOCUMENT, 'utf8').matchAll(/^```(\S+) ?(.*)\n([\s\S]*?)^```$/gm);
  return [...fences]
    .filter((fence) => fence[1] === language)
    .map(([, , info = '', text = '']) => ({
      info,
      text: text.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    }));
}

describe('FORMAT.md', () => {
  it('has a control file that comes out as it went in', () => {
    const [example] = examples('qf');
    const bytes = Buffer.from(example?.text ?? '', 'latin1');

    const control = parseControlFile(bytes);

    expect(formatControlFile(control).toString('latin1')).toBe(example?.text);
    expect(unescapeHeaderBytes(control.headers.at(-1)?.value ?? '')).toBe(' Gr\u00c3\u009fe');
  });

  it.each(examples('qf-damaged'))('has a damaged control file: $info', ({ info, text }) => {
    expect(() => parseControlFile(Buffer.from(text, 'latin1'))).toThrow(info);
  });

  it('has evidence of an uncertain attempt as we write it', () => {
    const [example] = examples('xf');
    const { uncertain } = parseTranscript(example?.text ?? '');

    expect(uncertain).toEqual({
      relay: 'home',
      at: Date.UTC(2026, 10, 20, 23, 10, 50, 123),
      recipients: ['bob@example.net', '"a b"@example.net'],
    });
    expect(uncertain === undefined ? '' : formatEvidence(uncertain)).toBe(example?.text);
  });

  it('has the note of a loss', () => {
    expect(parseTranscript(examples('xf')[1]?.text ?? '').lost).toBe('unrecognized line (line 3: "Ybad")');
  });

  it('has all these examples', () => {
    expect(['qf', 'qf-damaged', 'xf'].map((language) => examples(language).length)).toEqual([1, 3, 2]);
  });
});
