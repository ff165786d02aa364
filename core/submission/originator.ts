/**
 * Who the message is from by default: the From field that sendmail makes of sender and full name, and
 * the field of a program that says no more than that, which gives way to it (headers.c, chompheader
 * and eatheader). Pure.
 */
import { addressFrame } from '../mail/address-frame.js';
import { layOutAddressField, layOutProblems } from '../mail/address-list.js';
import { isBlankText, leading } from '../mail/characters.js';
import { quoteFullName } from '../mail/full-name.js';
import { type Field, fieldValue, isOriginatorField, isRecipientField, isResentMark } from '../mail/header.js';
import { escapeHeaderBytes } from '../spool/header-bytes.js';
import type { Sender } from './sender.js';

/** Value of the default From field: `Alice Example <alice>`; null when there is nobody to name. */
export function defaultFrom(sender: Sender, fields: readonly Field[]): string | null {
  const text = originator(sender, fields);
  return text === null ? null : layOutAddressField('From', ` ${text}`, false).slice(1);
}

/** A Full-Name field of the message names its sender, whoever that is. */
function originator({ address, fullName }: Sender, fields: readonly Field[]): string | null {
  const named = fields.find((field) => field.name.toLowerCase() === 'full-name' && !isBlankText(field.value));
  const name =
    named === undefined ? fullName : quoteFullName(escapeHeaderBytes(fieldValue([named], 'full-name') ?? ''), '\n');
  const text = name === null ? address : `${name} <${address}>`;
  if (text === '') return null;
  return ' '.repeat(leading(text, ' \t\n')) + addressFrame(text)(address);
}

/** `From:alice` of alice, without a blank even, is what would be written anyway, but for her name. */
export function withoutOwnFrom(fields: readonly Field[], { record, user }: Sender): readonly Field[] {
  let from = 'from';
  return fields.filter(({ name, value }) => {
    if (isResentMark(name)) from = 'resent-from';
    return name.toLowerCase() !== from || (value !== record && value !== user);
  });
}

/** What is said about address fields while they are laid out. */
export function headerLayoutProblems(sender: Sender, fields: readonly Field[], oldStyle: boolean): readonly string[] {
  const from = fields.some(({ name }) => name.toLowerCase() === 'from') ? null : originator(sender, fields);
  const problems = from === null ? [] : [...layOutProblems(from, false)];
  for (const { name, value } of fields) {
    if (isOriginatorField(name)) problems.push(...layOutProblems(value, false));
    else if (isRecipientField(name)) problems.push(...layOutProblems(value, oldStyle));
  }
  return problems;
}
