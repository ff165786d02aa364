/**
 * What the options of `outtray queue edit` do to the header: another subject, and another address where the one
 * that was exchanged in the envelope stands, its name and comments around it. All other fields stay byte for
 * byte. Pure; text is one character a byte.
 */
import { bareAddress } from '../../mail/address.js';
import { addressFrame } from '../../mail/address-frame.js';
import { layOutAddressField } from '../../mail/address-list.js';
import { encodeUnstructured } from '../../mail/encoded-word.js';
import { addressKey } from '../../queue/edit.js';
import type { HeaderRecord } from '../../spool/control-file.js';
import { escapeHeaderBytes, unescapeHeaderBytes } from '../../spool/header-bytes.js';

export const RECIPIENT_FIELDS = /^(?:resent-)?(?:to|cc|bcc)$/i;
export const SENDER_FIELDS = /^(?:resent-)?(?:from|sender)$/i;

/** `text` is as people write it. */
export function withSubject(headers: readonly HeaderRecord[], text: string): readonly HeaderRecord[] {
  const record = { condition: '', name: 'Subject', value: ` ${encodeUnstructured(text)}` };
  const at = headers.findIndex(isSubject);
  if (at < 0) return [...headers, record];
  return headers.flatMap((header, index) => {
    if (index === at) return [{ ...record, name: header.name }];
    return isSubject(header) ? [] : [header];
  });
}

export function withAddress(
  headers: readonly HeaderRecord[],
  fields: RegExp,
  before: string,
  after: string,
  hostname: string,
): readonly HeaderRecord[] {
  const key = (text: string): string => complete(addressKey(text), hostname);
  const wanted = key(before);
  const address = escapeHeaderBytes(bareAddress(after));
  if (wanted === '' || address === '') return headers;
  return headers.map((header) => {
    if (!fields.test(header.name)) return header;
    let found = false;
    const value = layOutAddressField(header.name, header.value, false, (element) => {
      if (key(unescapeHeaderBytes(element.replaceAll('\n', ' '))) !== wanted) return element;
      found = true;
      return addressFrame(element)(address);
    });
    return found ? { ...header, value } : header;
  });
}

/** A name alone is somebody of this computer. */
function complete(address: string, hostname: string): string {
  return address === '' || address.includes('@') ? address : `${address}@${hostname.toLowerCase()}`;
}

function isSubject({ name }: HeaderRecord): boolean {
  return name.toLowerCase() === 'subject';
}
