/**
 * What one mail transaction needs beside the session, all without a socket: which addresses can
 * be said at all, the envelope as nodemailer takes it, the gate between the last byte of the
 * message and the final dot, and the verdict on each recipient at the end.
 */
import { Readable } from 'node:stream';
import { domainToASCII } from 'node:url';
import type { SMTPConnectionEnvelope } from 'nodemailer/lib/smtp-connection';
import { isInternational, offers } from './commands.js';
import type { DeliverBy, DeliveryRecipient, Outcome } from './delivery.js';
import { outcomeOfReply, type ReplyPhase } from './outcome.js';

/** nodemailer refuses these in an address, and trims; what it cannot say as it stands is not sent. */
const UNSENDABLE = /[\r\n<>]|^\s|\s$|^$/;

/** Why an address cannot go into this session at all; null when it can. */
export function refuseAddress(address: string, extensions: readonly string[]): Outcome | null {
  if (UNSENDABLE.test(address)) {
    return { kind: 'failed', reply: '553 5.1.3 The address cannot be written in SMTP', status: '5.1.3' };
  }
  return isInternational(address) ? refuseInternational(extensions, address) : null;
}

/** RFC 6531 §3.2: nothing that needs SMTPUTF8 goes where it is not offered. `address`: what needs it, else the header. */
export function refuseInternational(extensions: readonly string[], address?: string): Outcome | null {
  if (offers(extensions, 'SMTPUTF8')) return null;
  const needed = address === undefined ? 'The header is' : `${address} is`;
  const reply = `554 5.6.7 ${needed} written beyond ASCII and the relay does not offer SMTPUTF8${remedy(address)}`;
  return { kind: 'failed', reply, status: '5.6.7', own: true };
}

/** A domain has another spelling, a local part has none. */
function remedy(address = ''): string {
  const at = address.lastIndexOf('@');
  const ascii = at < 0 || isInternational(address.slice(0, at)) ? '' : domainToASCII(address.slice(at + 1));
  return ascii === '' ? '' : `; ${address.slice(0, at + 1)}${ascii} would do`;
}

/** The relay's own limit (SIZE, RFC 1870), refused here so that the message need not be carried there first. */
export function refuseSize(sizeBytes: number, extensions: readonly string[]): Outcome | null {
  const line = extensions.find((text) => /^SIZE\b/i.test(text)) ?? '';
  const limit = Number.parseInt(line.slice(5), 10) || 0;
  if (limit === 0 || sizeBytes <= limit) return null;
  return { kind: 'failed', reply: `552 5.3.4 The relay takes at most ${limit} bytes`, status: '5.3.4' };
}

/**
 * Deliver-by with return (RFC 2852 §4.1.4): too late, or through a relay that will not see to it in time, it is given
 * back. Words are sendmail's.
 */
export function refuseDeadline(
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

/** As nodemailer takes it. What goes with each address is in the commands (commands.ts). */
export function createEnvelope(from: string, recipients: readonly DeliveryRecipient[]): SMTPConnectionEnvelope {
  return {
    from,
    to: recipients.map(({ address }) => address),
    rcptQueue: [],
    accepted: [],
    rejected: [],
    rejectedErrors: [],
  };
}

/**
 * The message between two gates. Nothing is read from the source before nodemailer reads, which is
 * when DATA was answered: then `beforeData` runs. Once nodemailer has taken the last byte `beforeDot` runs, and
 * only when it has returned does the stream end and nodemailer write the dot.
 */
export function gateMessage(source: Readable, beforeData: () => void, beforeDot: () => void): Readable {
  async function* bytes(): AsyncGenerator<Buffer> {
    beforeData();
    yield* source;
    beforeDot();
  }
  // A file that cannot be read tells so when it is read, not whenever nobody listens.
  source.on('error', () => {});
  return Readable.from(bytes(), { objectMode: false });
}

/** How a transaction ended. */
export type Ending =
  /** The relay's last word: to the command that ended it, or to the dot. */
  | { readonly kind: 'reply'; readonly phase: ReplyPhase; readonly reply: string }
  /** No word of the relay: the session broke. */
  | { readonly kind: 'lost'; readonly dotSent: boolean; readonly stat: string; readonly status: string }
  /** Our own fault; the connection was closed without a dot. */
  | { readonly kind: 'local'; readonly message: string };

export function judgeRecipient(address: string, envelope: SMTPConnectionEnvelope, ending: Ending): Outcome {
  // After a refused MAIL whatever is said to a pipelined RCPT is only "no MAIL yet".
  if (ending.kind === 'reply' && ending.phase === 'mail') return outcomeOfReply(ending.reply, 'mail');
  const refusal = envelope.rejectedErrors.find(({ recipient }) => recipient === address)?.response;
  if (refusal) return outcomeOfReply(refusal, 'rcpt');
  switch (ending.kind) {
    case 'reply':
      return outcomeOfReply(ending.reply, ending.phase);
    case 'local':
      return { kind: 'deferred', reply: `Trouble on this computer: ${ending.message}`, status: '4.3.0' };
    case 'lost': {
      const { dotSent, stat: reply, status } = ending;
      return { kind: dotSent && envelope.accepted.includes(address) ? 'uncertain' : 'deferred', reply, status };
    }
  }
}
