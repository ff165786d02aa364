import { describe, expect, it } from 'vitest';
import { parseControlFile } from '../../../core/spool/control-file.js';
import { outlineControlFile } from '../../../core/spool/outline.js';

const PLAIN = 'V8\nT1795216250\nK7\nN2\nP30022\nqheld\nSalice\nRPFD:bob@example.net\nH?F?From: A\n\t<a@b>\n.\n';

describe('the outline of a control file', () => {
  it('says what the whole reading says', () => {
    const whole = parseControlFile(PLAIN);

    const outline = outlineControlFile(PLAIN);

    expect(whole).toMatchObject({ ...outline });
    expect(outline).toMatchObject({ priority: 30_022, quarantineReason: 'held', headers: [{ value: ' A\n\t<a@b>' }] });
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
    ['nothing', ''],
  ])('leaves it to the whole reading: %s', (_what, text) => {
    expect(outlineControlFile(text)).toBeNull();
  });
});
