/**
 * The envelope as it goes over the wire (RFC 5321): bare addresses, unqualified ones completed
 * with our host name, DSN parameters (RFC 3461) out of their places in the control file. Pure.
 */
import type { DeliveryRecipient, DeliveryRequest } from '../delivery/delivery.js';
import { bareAddress } from '../mail/address.js';
import { bytesToText } from '../mail/display.js';
import type { ControlFile, RecipientRecord } from '../spool/control-file.js';

export type WireEnvelope = Pick<DeliveryRequest, 'from' | 'recipients' | 'ret' | 'envelopeId' | 'eightBit'>;

const NOTIFY_FLAGS: readonly (readonly [flag: string, word: 'SUCCESS' | 'FAILURE' | 'DELAY'])[] = [
  ['S', 'SUCCESS'],
  ['F', 'FAILURE'],
  ['D', 'DELAY'],
];

export function wireEnvelope(control: ControlFile, domain: string): WireEnvelope {
  const recipients = new Map<string, DeliveryRecipient>();
  for (const recipient of control.recipients) {
    const address = wireAddress(recipient.address, domain);
    if (!recipients.has(address)) recipients.set(address, wireRecipient(recipient, address));
  }
  return {
    from: wireAddress(control.sender, domain),
    recipients: [...recipients.values()],
    ...(control.flags.includes('d')
      ? { ret: control.flags.includes('n') ? ('HDRS' as const) : ('FULL' as const) }
      : {}),
    ...(control.envelopeId === undefined ? {} : { envelopeId: control.envelopeId }),
    eightBit: control.bodyType === '8BITMIME' || control.flags.includes('8'),
  };
}

/** Address of an R or S line (bytes) as text, without name, comments and brackets; empty for the null reverse-path. */
export function wireAddress(text: string, domain: string): string {
  const bare = bytesToText(bareAddress(text));
  return bare === '' || bare.includes('@') ? bare : `${bare}@${domain}`;
}

/** N says NOTIFY was given, so N without S, F, D is NEVER (RFC 3461 §4.1). */
function wireRecipient(recipient: RecipientRecord, address: string): DeliveryRecipient {
  const words = NOTIFY_FLAGS.filter(([flag]) => recipient.flags.includes(flag)).map(([, word]) => word);
  return {
    address,
    ...(recipient.flags.includes('N') ? { notify: words.length === 0 ? (['NEVER'] as const) : words } : {}),
    ...(recipient.originalRecipient === undefined ? {} : { originalRecipient: recipient.originalRecipient }),
  };
}
