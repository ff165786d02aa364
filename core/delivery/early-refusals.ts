/**
 * What is not even tried with this relay: a message over its limit, past its time, or with what the
 * relay does not offer, and addresses that cannot be said in SMTP. Refused here, before a byte
 * goes out, in words of ours. Pure.
 */
import { domainToASCII } from 'node:url';
import { isInternational, offers } from './commands.js';
import type { DeliverBy, DeliveryRecipient, DeliveryRequest, Outcome } from './delivery.js';

export interface Sifted {
  /** Each address once. */
  readonly sayable: readonly DeliveryRecipient[];
  readonly refused: ReadonlyMap<string, Outcome>;
}

/** `extensions`: what the relay offers, each as its EHLO says it. */
export function sift(request: DeliveryRequest, extensions: readonly string[], nowSeconds: number): Sifted {
  const all =
    refuseSize(request.sizeBytes, extensions) ??
    refuseDeadline(request.deliverBy, extensions, nowSeconds) ??
    (request.requireTls === true && request.from !== '' ? refuseWithoutTls(extensions) : null) ??
    (request.international === true ? refuseInternational(extensions) : null) ??
    (request.from === '' ? null : refuseAddress(request.from, extensions));
  const sayable = new Map<string, DeliveryRecipient>();
  const refused = new Map<string, Outcome>();
  for (const recipient of request.recipients) {
    const outcome = all ?? refuseAddress(recipient.address, extensions);
    if (outcome === null) sayable.set(recipient.address, recipient);
    else refused.set(recipient.address, outcome);
  }
  return { sayable: [...sayable.values()], refused };
}

/** nodemailer refuses these in an address, and trims; what it cannot say as it stands is not sent. */
const UNSENDABLE = /[\r\n<>]|^\s|\s$|^$/;

/** Why an address cannot go into this session at all; null when it can. */
function refuseAddress(address: string, extensions: readonly string[]): Outcome | null {
  if (UNSENDABLE.test(address)) {
    return { kind: 'failed', reply: '553 5.1.3 The address cannot be written in SMTP', status: '5.1.3' };
  }
  return isInternational(address) ? refuseInternational(extensions, address) : null;
}

/** RFC 6531 §3.2: nothing that needs SMTPUTF8 goes where it is not offered. `address`: what needs it, else the header. */
function refuseInternational(extensions: readonly string[], address?: string): Outcome | null {
  if (offers(extensions, 'SMTPUTF8')) return null;
  const needed = address === undefined ? 'The header is' : `${address} is`;
  const reply = `554 5.6.7 ${needed} written beyond ASCII and the relay does not offer SMTPUTF8${remedy(address)}`;
  return { kind: 'failed', reply, status: '5.6.7', own: true };
}

/** RFC 8689 §4.2; a report (null reverse-path) goes all the same (§5), or nobody would hear of it. */
function refuseWithoutTls(extensions: readonly string[]): Outcome | null {
  if (offers(extensions, 'REQUIRETLS')) return null;
  const reply =
    '550 5.7.30 The message requires TLS all the way (X-Outtray-Require-TLS) and the relay does not promise it (REQUIRETLS)';
  return { kind: 'failed', reply, status: '5.7.30', own: true };
}

/** A domain has another spelling, a local part has none. */
function remedy(address = ''): string {
  const at = address.lastIndexOf('@');
  const ascii = at < 0 || isInternational(address.slice(0, at)) ? '' : domainToASCII(address.slice(at + 1));
  return ascii === '' ? '' : `; ${address.slice(0, at + 1)}${ascii} would do`;
}

/** The relay's own limit (SIZE, RFC 1870), refused here so that the message need not be carried there first. */
function refuseSize(sizeBytes: number, extensions: readonly string[]): Outcome | null {
  const line = extensions.find((text) => /^SIZE\b/i.test(text)) ?? '';
  const limit = Number.parseInt(line.slice(5), 10) || 0;
  if (limit === 0 || sizeBytes <= limit) return null;
  return { kind: 'failed', reply: `552 5.3.4 The relay takes at most ${limit} bytes`, status: '5.3.4' };
}

/**
 * Deliver-by with return (RFC 2852 §4.1.4): too late, or through a relay that will not see to it in time, it is given
 * back. Words are sendmail's.
 */
function refuseDeadline(
  deliverBy: DeliverBy | undefined,
  extensions: readonly string[],
  nowSeconds: number,
): Outcome | null {
  if (deliverBy?.mode !== 'R') return null;
  const refuse = (words: string): Outcome => ({
    kind: 'failed',
    reply: `554 5.4.7 ${words}`,
    status: '5.4.7',
    own: true,
  });
  const left = deliverBy.deadlineSeconds - nowSeconds;
  if (left <= 0) return refuse('Delivery time expired');
  const offer = extensions.find((text) => /^DELIVERBY\b/i.test(text));
  if (offer === undefined) return refuse('Server does not support Deliver By');
  const least = Number.parseInt(offer.slice('DELIVERBY '.length), 10) || 0;
  return left < least ? refuse(`Message can't be delivered in time; ${left} < ${least}`) : null;
}
