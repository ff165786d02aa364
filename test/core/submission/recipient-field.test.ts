/** What -O NoRecipientAction must not do; what it does is compared with the real sendmail (test/interop). */
import { describe, expect, it } from 'vitest';
import { missingRecipientFields } from '../../../core/submission/recipient-field.js';

describe('a field for a header without recipients', () => {
  const secret = [{ flags: 'PFD', address: 'secret@example.net' }];

  it.each(['Bcc', 'Resent-Bcc', 'resent-bcc'])('does not show everybody who was in %s', (name) => {
    const fields = [
      { name: 'From', value: ' me@example.org' },
      { name, value: ' secret@example.net' },
    ];

    expect(missingRecipientFields('add-to', fields, secret)).toEqual([]);
    expect(missingRecipientFields('add-apparently-to', fields, secret)).toEqual([]);
  });

  it('names those of the command line', () => {
    expect(missingRecipientFields('add-to', [], secret)).toEqual([{ name: 'To', value: ' secret@example.net' }]);
  });
});
