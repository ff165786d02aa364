/**
 * A report is for somebody of this computer, who has no mailbox here: his alias has it. Postmaster's, too.
 * Pure but for reading the aliases files.
 */
import { qualifiedAddress, readAddress } from '../mail/address.js';
import type { ControlFile, RecipientRecord } from '../spool/control-file.js';
import type { Aliases } from './aliases.js';

export function aliasedReport(control: ControlFile, aliases: Aliases, hostname: string): ControlFile {
  const recipients = control.recipients.flatMap((record): readonly RecipientRecord[] => {
    const expansion = aliases.expand(readAddress(record.address, null, hostname));
    if (expansion === null) return [record];
    return expansion.recipients.flatMap(({ address }) => {
      if (address === null) return [];
      return [
        {
          ...(record.controllingUser === undefined ? {} : { controllingUser: `:${address.text}` }),
          finalRecipient: `RFC822; ${qualifiedAddress(address, hostname)}`,
          flags: 'FA',
          address: address.text,
        },
      ];
    });
  });
  return { ...control, recipients: recipients.length === 0 ? control.recipients : recipients };
}
