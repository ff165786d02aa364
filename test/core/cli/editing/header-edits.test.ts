import { describe, expect, it } from 'vitest';
import {
  RECIPIENT_FIELDS,
  SENDER_FIELDS,
  withAddress,
  withSubject,
} from '../../../../core/cli/editing/header-edits.js';
import type { HeaderRecord } from '../../../../core/spool/control-file.js';

const field = (name: string, value: string): HeaderRecord => ({ condition: '', name, value });

describe('withAddress', () => {
  it('puts an address where the other one stood, name and neighbours kept, and touches no other field', () => {
    const headers = [
      field('To', ' "Lee, Bob" <bob@exmaple.org>,  ann@example.org'),
      field('Cc', ' carol@example.org,   bobby@exmaple.org'),
      field('Reply-To', ' bob@exmaple.org'),
    ];

    const edited = withAddress(headers, RECIPIENT_FIELDS, 'bob@EXMAPLE.org', 'bob@example.org', 'laptop');

    expect(edited).toEqual([field('To', ' "Lee, Bob" <bob@example.org>, ann@example.org'), headers[1], headers[2]]);
  });

  it('knows a name of this computer with and without its host', () => {
    const edited = withAddress(
      [field('From', ' Alice <alice@laptop.example.org>')],
      SENDER_FIELDS,
      'alice',
      'alice@example.org',
      'laptop.example.org',
    );

    expect(edited).toEqual([field('From', ' Alice <alice@example.org>')]);
  });
});

describe('withSubject', () => {
  it('is in the place of the one before, or behind all others', () => {
    expect(withSubject([field('SUBJECT', ' a'), field('To', ' b')], 'new')).toEqual([
      field('SUBJECT', ' new'),
      field('To', ' b'),
    ]);
    expect(withSubject([field('To', ' b')], 'new\nBcc: x')).toEqual([
      field('To', ' b'),
      field('Subject', ' new Bcc: x'),
    ]);
  });
});
