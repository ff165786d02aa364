/**
 * -O NoRecipientAction: what a header gets that names no recipient, neither in To, Cc, Apparently-To
 * nor in Bcc, as sendmail's collect() adds it behind all other fields; nor in Resent-Bcc, whose addresses it would
 * show to everybody. Loaded only where it is asked for. Pure.
 */
import { type Field, fieldValue, isVisibleRecipientField } from '../mail/header.js';
import type { RecipientRecord } from '../spool/control-file.js';

export function missingRecipientFields(
  action: string,
  fields: readonly Field[],
  recipients: readonly RecipientRecord[],
): Field[] {
  const given = (name: string): boolean => fieldValue(fields, name) !== undefined;
  if (fields.some(({ name }) => isVisibleRecipientField(name)) || given('bcc') || given('resent-bcc')) return [];
  switch (action) {
    case 'add-to':
      return namesOf(recipients).map((value) => ({ name: 'To', value }));
    case 'add-apparently-to':
      return namesOf(recipients).map((value) => ({ name: 'Apparently-To', value }));
    case 'add-to-undisclosed':
      return [{ name: 'To', value: ' undisclosed-recipients:;' }];
    case 'add-bcc':
      return [{ name: 'Bcc', value: '  ' }];
    default:
      return [];
  }
}

/** Not who was found behind an alias. */
function namesOf(recipients: readonly RecipientRecord[]): string[] {
  const given = recipients.filter(({ flags }) => !flags.includes('A'));
  return given.map(({ address }) => ` ${address}`).reverse();
}
