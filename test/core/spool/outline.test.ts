import { describe, expect, it } from 'vitest';
import { parseControlFile } from '../../../core/spool/control-file.js';
import { createOutliner, type Outline } from '../../../core/spool/outline.js';

const PLAIN = 'V8\nT1795216250\nK7\nN2\nP30022\nqheld\nSalice\nRPFD:bob@example.net\nH?F?From: A\n\t<a@b>\n.\n';

function outlineOf(text: string, fields = ['from']): Outline | null {
  const bytes = Buffer.from(`${text}Sleft by the file before\n`, 'latin1');
  return createOutliner(new Set(fields))(bytes, text.length);
}

describe('the outline of a control file', () => {
  it('says what the whole reading says', () => {
    const whole = parseControlFile(PLAIN);

    const outline = outlineOf(PLAIN);

    expect(whole).toMatchObject({ ...outline });
    expect(outline).toMatchObject({ priority: 30_022, quarantineReason: 'held', headers: [{ value: ' A\n\t<a@b>' }] });
  });

  it('leaves out header fields that nobody asked for', () => {
    const text = PLAIN.replace('H?F?', 'HSubject: x\nHFrom-Elsewhere: y\n\tz\nH?F?');

    expect(outlineOf(text)?.headers).toEqual([{ condition: 'F', name: 'From', value: ' A\n\t<a@b>' }]);
    expect(outlineOf(text, [])?.headers).toEqual([]);
    expect(outlineOf(text, ['subject'])?.headers).toEqual([{ condition: '', name: 'Subject', value: ' x' }]);
  });

  it.each([
    ['no end mark', PLAIN.replace('.\n', '')],
    ['something after the end', `${PLAIN}Rx:y\n`],
    ['no recipient', PLAIN.replace(/^R.*\n/m, '')],
    ['a recipient without its colon', PLAIN.replace('RPFD:', 'RPFD')],
    ['no sender', PLAIN.replace('Salice\n', '')],
    ['no creation time', PLAIN.replace(/^T.*\n/m, '')],
    ['a number that is none', PLAIN.replace('N2', 'Nx')],
    ['a newer version', PLAIN.replace('V8', 'V9')],
    ['no version', PLAIN.replace('V8\n', '')],
    ['an unknown record', PLAIN.replace('K7', 'Y7')],
    ['CR LF', PLAIN.replaceAll('\n', '\r\n')],
    ['a sender with a CR', PLAIN.replace('Salice', 'Sali\rce')],
    ['a line that is cut off', PLAIN.slice(0, -1)],
    ['nothing', ''],
  ])('leaves it to the whole reading: %s', (_what, text) => {
    expect(outlineOf(text)).toBeNull();
  });
});
