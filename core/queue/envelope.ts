/**
 * The envelope as it goes over the wire (RFC 5321), as sendmail's relay mailer says it: bare
 * complete addresses, the last recipient of the control file first, DSN parameters (RFC 3461)
 * and deliver-by (RFC 2852) out of their places in the control file. Pure.
 */
import type { DeliverBy, DeliveryRecipient, DeliveryRequest } from '../delivery/delivery.js';
import { bytesToText } from '../mail/display.js';
import { requiresTls } from '../mail/private-fields.js';
import { recipientOnWire, senderOnWire } from '../mail/relay-address.js';
import type { Rewriting } from '../mail/rewriting.js';
import type { ControlFile, RecipientRecord } from '../spool/control-file.js';

export type WireEnvelope = Pick<
  DeliveryRequest,
  'from' | 'recipients' | 'ret' | 'envelopeId' | 'bodyType' | 'auth' | 'deliverBy' | 'international' | 'requireTls'
>;

const NOTIFY_FLAGS: readonly (readonly [flag: string, word: 'SUCCESS' | 'FAILURE' | 'DELAY'])[] = [
  ['S', 'SUCCESS'],
  ['F', 'FAILURE'],
  ['D', 'DELAY'],
];

export function wireEnvelope(control: ControlFile, rewriting: Rewriting): WireEnvelope {
  const recipients = new Map<string, DeliveryRecipient>();
  for (const recipient of control.recipients) {
    const address = wireAddress(control, recipient.address, rewriting);
    if (!recipients.has(address)) recipients.set(address, wireRecipient(recipient, address));
  }
  const deliverBy = readDeliverBy(control);
  return {
    from: wireSender(control, rewriting),
    recipients: inSendingOrder([...recipients.values()]),
    ...(control.flags.includes('d')
      ? { ret: control.flags.includes('n') ? ('HDRS' as const) : ('FULL' as const) }
      : {}),
    ...(control.envelopeId === undefined ? {} : { envelopeId: control.envelopeId }),
    ...(control.bodyType === undefined ? {} : { bodyType: control.bodyType }),
    ...(control.authParameter === undefined ? {} : { auth: control.authParameter }),
    ...(deliverBy === null ? {} : { deliverBy }),
    ...(control.flags.includes('e') ? { international: true as const } : {}),
    ...(requiresTls(control.headers) ? { requireTls: true as const } : {}),
  };
}

/** What recipients are called in transcript and log, by address on the wire, in the order in which they go out. */
export function recipientNames(control: ControlFile, rewriting: Rewriting): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { address } of control.recipients) {
    const wire = wireAddress(control, address, rewriting);
    if (!names.has(wire)) names.set(wire, address);
  }
  return new Map(inSendingOrder([...names]));
}

/** A hundred go in one transaction, the last of them first. */
function inSendingOrder<Item>(items: readonly Item[]): Item[] {
  const hundreds = Math.ceil(items.length / 100);
  return Array.from({ length: hundreds }, (_, index) => items.slice(index * 100, index * 100 + 100).reverse()).flat();
}

/** Empty for the null reverse-path, which a report has whatever its S record says. */
function wireSender({ flags, sender }: ControlFile, rewriting: Rewriting): string {
  return flags.includes('r') ? '' : bytesToText(senderOnWire(sender, rewriting));
}

/** Address of an R line (bytes) as text, bare and complete; of a report, that of the sender whom it is for. */
export function wireAddress({ flags }: Pick<ControlFile, 'flags'>, text: string, rewriting: Rewriting): string {
  return bytesToText(recipientOnWire(text, rewriting, flags.includes('r')));
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

/** `!` record: one byte of bits (1 notify, 2 return, 16 trace), a blank, seconds since submission. */
function readDeliverBy({ deliverBy, createdAtSeconds }: ControlFile): DeliverBy | null {
  const match = /^([\s\S]) (-?\d+)$/.exec(deliverBy ?? '');
  if (match === null) return null;
  const bits = match[1]?.charCodeAt(0) ?? 0;
  if ((bits & 3) === 0) return null;
  return {
    deadlineSeconds: createdAtSeconds + Number(match[2]),
    mode: (bits & 2) === 0 ? 'N' : 'R',
    trace: (bits & 16) !== 0,
  };
}
