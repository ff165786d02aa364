/**
 * What one mail transaction needs beside the session, all without a socket: its recipients, the
 * envelope as nodemailer takes it, the gate between the last byte of the message and the final dot, and the
 * verdict on each recipient at the end.
 */
import { Readable } from 'node:stream';
import type { SMTPConnectionEnvelope } from 'nodemailer/lib/smtp-connection';
import type { DeliveryRecipient, Outcome } from './delivery.js';
import { outcomeOfReply, type ReplyPhase } from './outcome.js';

/** What every relay takes at once (RFC 5321 §4.5.3.1.8), and no more, as sendmail. */
export function inHundreds<Item>(items: readonly Item[]): Item[][] {
  return Array.from({ length: Math.ceil(items.length / 100) }, (_, index) =>
    items.slice(index * 100, index * 100 + 100),
  );
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
export function gateMessage(
  source: Readable,
  beforeData: () => void,
  beforeDot: () => void,
  onProgress: (bytes: number) => void = () => {},
): Readable {
  async function* bytes(): AsyncGenerator<Buffer> {
    beforeData();
    let sent = 0;
    for await (const chunk of source) {
      yield chunk;
      sent += chunk.length;
      onProgress(sent);
    }
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
  | {
      readonly kind: 'lost';
      readonly dotSent: boolean;
      readonly stat: string;
      readonly status: string;
      readonly outOfStep?: true;
    }
  /** Our own fault; the connection was closed without a dot. */
  | { readonly kind: 'local'; readonly message: string };

export function judgeRecipient(address: string, envelope: SMTPConnectionEnvelope, ending: Ending): Outcome {
  // After a refused MAIL whatever is said to a pipelined RCPT is only "no MAIL yet".
  if (ending.kind === 'reply' && ending.phase === 'mail') return outcomeOfReply(ending.reply, 'mail');
  // Whose refusal it was nobody knows then.
  if (ending.kind === 'lost' && ending.outOfStep === true && !ending.dotSent)
    return { kind: 'deferred', reply: ending.stat, status: ending.status };
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
