import { describe, expect, it } from 'vitest';
import {
  ControlFileError,
  formatControlFile,
  parseControlFile,
  salvageControlFile,
} from '../../../core/spool/control-file.js';
import { seededRandom } from '../../support/random.js';
import { randomControlText } from '../../support/random-jobs.js';
import { recorded, recordedControlFiles, sampleControl } from './support.js';

/** Lines of the smallest job, with `insert` before its end mark. */
function withLines(...insert: string[]): Buffer {
  const lines = ['V8', 'T1', 'Salice', 'RPFD:bob@example.net', ...insert, '.', ''];
  return Buffer.from(lines.join('\n'), 'latin1');
}

function damageOf(bytes: Uint8Array): ControlFileError {
  try {
    parseControlFile(bytes);
  } catch (error) {
    if (error instanceof ControlFileError) return error;
    throw error;
  }
  throw new Error('no damage found');
}

const usable = recordedControlFiles().filter((file) => !/\/Qf/.test(file));

describe('control files recorded from sendmail', () => {
  it('are all there', () => {
    expect(usable.length).toBeGreaterThan(110);
  });

  it.each(usable)('%s comes out byte for byte as it went in', (file) => {
    const bytes = recorded(file);

    const written = formatControlFile(parseControlFile(bytes));

    expect(written.toString('latin1')).toBe(bytes.toString('latin1'));
  });
});

describe('parseControlFile', () => {
  it('reads envelope, macros and header of a deferred message', () => {
    const control = parseControlFile(recorded('060-after-4xx-partial/qf.step1'));

    expect(control).toMatchObject({
      version: 8,
      createdAtSeconds: 1795216250,
      lastAttemptSeconds: 1795216250,
      attempts: 1,
      priority: 180022,
      dataFileId: '254/0/1704116',
      message: 'User unknown',
      flags: 's',
      macros: [
        ['_', 'alice@localhost'],
        ['daemon_flags', 'c u'],
      ],
      sender: 'alice',
      authParameter: 'alice@laptop.example.org',
      recipients: [
        {
          message: 'Deferred: 450 4.2.1 Mailbox busy',
          controllingUser: ':busy@example.net',
          finalRecipient: 'RFC822; busy@example.net',
          flags: 'PFD',
          address: 'busy@example.net',
        },
      ],
    });
    expect(control.headers[0]).toEqual({ condition: 'P', name: 'Return-Path', value: ' <\u0081g>' });
    expect(control.headers.at(-1)).toEqual({ condition: '', name: 'Subject', value: ' test' });
  });

  it('ends the controlling user at a bare C', () => {
    const control = parseControlFile(recorded('spools/03-mixed/spool/qf6AKNE9PF026655'));

    expect(control.recipients.map((recipient) => recipient.controllingUser)).toEqual([':bob', undefined]);
  });

  it('keeps the folds of a header field', () => {
    const control = parseControlFile(withLines('H??Subject: one', '\ttwo', ' three'));

    expect(control.headers).toEqual([{ condition: '', name: 'Subject', value: ' one\n\ttwo\n three' }]);
  });

  it('reads CR LF line ends as LF', () => {
    const text = withLines('H??Subject: one', '\ttwo').toString('latin1').replaceAll('\n', '\r\n');

    expect(parseControlFile(Buffer.from(text, 'latin1'))).toEqual(
      parseControlFile(withLines('H??Subject: one', '\ttwo')),
    );
  });

  it('reads version 0, which has neither V nor flags', () => {
    const control = parseControlFile(Buffer.from('T1\nSalice\nRbob@example.net\n.\n'));

    expect(control).toMatchObject({ version: 0, recipients: [{ flags: 'PFD', address: 'bob@example.net' }] });
  });

  it('takes a header without a condition and the raw byte of a deliver-by line', () => {
    const control = parseControlFile(withLines('!\u0002 3600', 'HSubject: x'));

    expect(control).toMatchObject({ deliverBy: '\u0002 3600', headers: [{ condition: '', name: 'Subject' }] });
  });

  it.each([
    ['an unknown code', withLines('Ybad'), 'unrecognized line', 5],
    ['an empty line', withLines(''), 'unrecognized line', 5],
    ['a missing end mark', Buffer.from('V8\nT1\nSalice\nRPFD:bob\n'), 'incomplete queue file read', 4],
    ['data after the end', Buffer.concat([withLines(), Buffer.from('RPFD:eve\n')]), 'bogus queue line', 6],
    ['a newer version', withLines('V9'), 'unsupported queue file version', 5],
    ['a body type that is none', withLines('B16BIT'), 'bogus queue line', 5],
    ['AUTH that is not xtext', withLines('Aa=b'), 'bogus queue line', 5],
    ['a mailbox line where flags belong', withLines('From alice'), 'bogus queue line', 5],
    ['a recipient without a colon', withLines('RPFD'), 'unrecognized line', 5],
    ['a number that is none', withLines('Nmany'), 'unrecognized line', 5],
    ['a header without a colon', withLines('H??Subject'), 'unrecognized line', 5],
    ['a macro without its closing brace', withLines('${daemon'), 'unrecognized line', 5],
    ['no creation time', Buffer.from('V8\nSalice\nRPFD:bob\n.\n'), 'unrecognized line', 1],
    ['no sender', Buffer.from('V8\nT1\nRPFD:bob\n.\n'), 'unrecognized line', 1],
    ['no recipient', Buffer.from('V8\nT1\nSalice\n.\n'), 'unrecognized line', 1],
    ['nothing at all', Buffer.alloc(0), 'incomplete queue file read', 0],
  ])('calls %s damage', (_, bytes, reason, line) => {
    expect(damageOf(bytes)).toMatchObject({ reason, line });
  });
});

describe('salvageControlFile', () => {
  it('shows what a damaged file still says', () => {
    const control = salvageControlFile(recorded('spools/03-mixed/spool/Qf6AKNE93Q026651'));

    expect(control).toMatchObject({ sender: 'alice', recipients: [{ address: 'lost@example.net' }] });
  });

  it('answers undefined when there is nothing to show', () => {
    expect(salvageControlFile(Buffer.from('\0\0\0\0'))).toBeUndefined();
  });
});

describe('formatControlFile', () => {
  it.each([
    ['the sender', sampleControl({ sender: 'alice\nRPFD:eve@example.net' })],
    ['a status', sampleControl({ message: 'Deferred: 450\r\nSmallory' })],
    ['a recipient', sampleControl({ recipients: [{ flags: 'PFD', address: 'bob\n.\n' }] })],
    ['a header field', sampleControl({ headers: [{ condition: '', name: 'Subject', value: ' x\nRPFD:eve\n' }] })],
    ['a header name', sampleControl({ headers: [{ condition: '', name: 'X\nSmallory', value: '' }] })],
    ['a quarantine reason', sampleControl({ quarantineReason: 'failed: 550\n.\nV9' })],
    // U+4E0A cut down to a byte is a line feed.
    ['a status of another script', sampleControl({ message: 'Deferred: 450 \u4e0aRPFD:eve@example.net' })],
  ])('lets no line feed in %s forge a record', (_, control) => {
    const read = parseControlFile(formatControlFile(control));

    expect(read.recipients).toHaveLength(1);
    expect(read.headers).toHaveLength(control.headers.length);
    expect(read.sender.startsWith('alice')).toBe(true);
    expect(read.version).toBe(8);
  });

  it('writes the reason of a hold before the status of the envelope', () => {
    const text = formatControlFile(sampleControl({ quarantineReason: 'held: by hand', message: 'x' })).toString(
      'latin1',
    );

    expect(text).toContain('\nqheld: by hand\nMx\nFs\n');
  });
});

describe('a control file made by chance', () => {
  const seeds = Array.from({ length: 400 }, (_, index) => index + 1);
  /** What says nothing is not written: a C that is in force already, an F without flags. */
  const withoutIdle = (text: string): string => {
    let inForce = 'C';
    const says = (line: string): boolean => {
      if (!line.startsWith('C')) return line !== 'F';
      const idle = line === inForce;
      inForce = line;
      return !idle;
    };
    return text.split('\n').filter(says).join('\n');
  };

  it('comes out as it went in, and once more so, in the newest version', () => {
    for (const seed of seeds) {
      const text = randomControlText(seededRandom(seed));

      const once = formatControlFile(parseControlFile(Buffer.from(text, 'latin1')));
      const again = formatControlFile(parseControlFile(once));

      expect(once.toString('latin1'), `seed ${seed}`).toBe(withoutIdle(text).replace(/^V\d/, 'V8'));
      expect(again.equals(once), `seed ${seed}`).toBe(true);
    }
  });

  it('keeps records that came again, and the last one holds', () => {
    const text = randomControlText(seededRandom(5)).replace(/^(?=S)/m, 'qone\nqtwo\nMone\nMtwo\n');

    const control = parseControlFile(Buffer.from(text, 'latin1'));
    const written = formatControlFile(control).toString('latin1');

    expect(control).toMatchObject({ quarantineReason: 'two', message: 'two' });
    expect(written).toMatch(/\nqone\nqtwo\n/);
    expect(written).toMatch(/\nMone\nMtwo\n/);
  });
});
