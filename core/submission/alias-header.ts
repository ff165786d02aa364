/**
 * Aliases in the header section, for those who want them there (setting `aliasesInHeader`): a name in From, Sender,
 * Reply-To, To or Cc is written as the addresses that it stands for when the message is taken, its display
 * name and comments around a single one. Nobody's mail is from several people: such a name stays in a
 * field that says whom the message is from, as does one that leads to nobody elsewhere. Pure.
 */
import { type AddressReading, readAddress } from '../mail/address.js';
import { addressFrame } from '../mail/address-frame.js';
import { layOutAddressField } from '../mail/address-list.js';
import { isOriginatorField, isRecipientField } from '../mail/header.js';
import type { HeaderRecord } from '../spool/control-file.js';
import { escapeHeaderBytes, unescapeHeaderBytes } from '../spool/header-bytes.js';
import type { Aliases } from './aliases.js';

export function aliasedHeaders(
  headers: readonly HeaderRecord[],
  aliases: Aliases,
  hostname: string,
): readonly HeaderRecord[] {
  return headers.map((header) => {
    const { name, value } = header;
    const originator = isOriginatorField(name);
    if (!originator && !isRecipientField(name)) return header;
    const rewrite = (element: string): string => aliased(element, originator, aliases, hostname);
    return { ...header, value: layOutAddressField(name, value, false, rewrite) };
  });
}

function aliased(element: string, originator: boolean, aliases: Aliases, hostname: string): string {
  const reading = readAddress(unescapeHeaderBytes(element.replaceAll('\n', ' ')), null, hostname);
  const expansion = aliases.expand(reading);
  const targets = expansion?.recipients ?? [];
  if (expansion === null || !targets.every(isElsewhere)) return element;
  const [only] = targets;
  if (targets.length === 1 && only !== undefined)
    return addressFrame(element)(escapeHeaderBytes(only.address?.user ?? ''));
  return originator || targets.length === 0
    ? element
    : targets.map(({ text }) => escapeHeaderBytes(text.trim())).join(', ');
}

function isElsewhere({ address }: AddressReading): boolean {
  return address !== null && !address.local;
}
