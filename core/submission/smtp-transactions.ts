/**
 * The mail transactions of an SMTP session (RFC 5321 §3.3): MAIL, RCPT, and the message into the
 * queue, synced before 250 is said to it. What it replies, sendmail does. Whoever carries the
 * session, standard input or a socket, reads its lines and says the replies.
 */
import { readAddress } from '../mail/address.js';
import { ExitStatus } from '../system/exit-status.js';
import { tellOfAliases } from './aliases.js';
import type { SubmissionEnvironment } from './environment.js';
import { readInput } from './input.js';
import { type AddressProblem, createRecipientList, problemsOf, type RecipientList } from './recipients.js';
import { isAimed, isSevenBit, type SubmissionRequest } from './request.js';
import { isTrusted, resolveSender, type Sender } from './sender.js';
import { InputLost } from './smtp-input.js';
import { type MailParameters, parseMailParameters, parseRecipientParameters } from './smtp-parameters.js';
import { splitPath } from './smtp-path.js';
import { explainFailure, storeMessage, whyLoop } from './storage.js';
import { createJudge } from './verdict.js';

interface Transaction {
  readonly sender: Sender;
  readonly parameters: MailParameters;
  readonly recipients: RecipientList;
  readonly texts: string[];
  /** What was refused last, for the M line. */
  message: string | null;
  /** Recipients that were refused, for the log. */
  readonly refusals: string[];
}

/** How the client introduced itself. */
export interface Greeting {
  readonly name: string;
  /** ESMTP after EHLO, SMTP after HELO. */
  readonly protocol: string;
}

export interface Taken {
  readonly reply: string;
  /** Only of a message that is in the queue. */
  readonly queuedId?: string;
}

export interface SmtpTransactions {
  readonly isOpen: boolean;
  /** S line of the sender; empty without a transaction. */
  readonly sender: string;
  /** Of the first bad address. */
  readonly status: ExitStatus;
  /** What stands behind MAIL; the reply. */
  mail(text: string, greeting: Greeting | null): string;
  /** What stands behind RCPT; the reply. */
  recipient(text: string): string;
  /** Why no message may follow now; null when it may. */
  whyNoData(greeting: Greeting | null): string | null;
  /** The message, to be read to its end by the caller where this does not. Rejects with InputLost only. */
  take(data: AsyncIterable<Uint8Array>, greeting: Greeting): Promise<Taken>;
  /** What was wrong with a transaction stands in its queue file. */
  remember(reply: string): void;
  reset(): void;
}

export function createTransactions(request: SubmissionRequest, environment: SubmissionEnvironment): SmtpTransactions {
  let transaction: Transaction | null = null;
  let status: ExitStatus = ExitStatus.OK;
  const limits = [environment.settings.queue.maxRecipients, request.tuning.maxRecipients ?? 0];
  const maxRecipients = Math.min(...limits.filter((limit) => limit > 0));

  /** Only what an address must have counts for the exit status, not what the reader stumbled over. */
  const refuse = ({ words, status: its, kind }: AddressProblem, charsetCode: string): string => {
    if (kind === 'repaired') return `553 ${words.endsWith('too long') ? '5.1.0' : '5.0.0'} ${words}`;
    status ||= its;
    // What is too long has no status.
    if (kind === 'charset') return `${its === ExitStatus.OK ? '553 5.1.0' : `501 ${charsetCode}`} ${words}`;
    return `553 ${its === ExitStatus.NOHOST ? '5.1.2' : '5.1.3'} ${words}`;
  };

  return {
    get isOpen() {
      return transaction !== null;
    },
    get sender() {
      return transaction?.sender.record ?? '';
    },
    get status() {
      return status;
    },
    mail(text, greeting) {
      if (greeting === null) return '503 5.0.0 Polite people say HELO first';
      if (transaction !== null) return '503 5.5.0 Sender already specified';
      const path = splitPath(text, 'FROM');
      if ('reply' in path) return path.reply;
      const parsed = parseMailParameters(path.parameters);
      if (!parsed.ok) return parsed.reply;
      const limit = environment.settings.queue.maxMessageBytes;
      if (limit > 0 && (parsed.value.sizeBytes ?? 0) > limit)
        return `552 5.2.3 Message size exceeds fixed maximum message size (${limit})`;
      const sender = senderOf(path.address, parsed.value, environment);
      const problem = sender.problems[0];
      if (problem !== undefined) return refuse(problem, '5.1.7');
      const recipients = createRecipientList({
        hostname: environment.hostname,
        notify: null,
        aimed: isAimed(request),
      });
      transaction = { sender, parameters: parsed.value, recipients, texts: [], message: null, refusals: [] };
      return `250 2.1.0 ${shown(path.address)}... Sender ok`;
    },
    recipient(text) {
      if (transaction === null) return '503 5.0.0 Need MAIL before RCPT';
      if (transaction.texts.length >= maxRecipients) {
        transaction.message = 'Too many recipients';
        noteRefusal(transaction, 'Too many recipients');
        return '452 4.5.3 Too many recipients';
      }
      const path = splitPath(text, 'TO');
      if ('reply' in path) return path.reply;
      if (path.address === '<>') {
        status ||= ExitStatus.NOUSER;
        return '553 5.0.0 <>... User address required';
      }
      const parsed = parseRecipientParameters(path.parameters);
      if (!parsed.ok) return parsed.reply;
      const reading = readAddress(path.address, null, environment.hostname);
      const problem = problemsOf([reading])[0];
      if (problem !== undefined) {
        noteRefusal(transaction, problem.words);
        return refuse(problem, '5.1.3');
      }
      if (reading.address === null) return `553 5.1.3 ${path.address}... User address required`;
      const { notify, originalRecipient } = parsed.value;
      const expanded = request.noAliases ? null : environment.aliases.expand(reading);
      tellOfAliases(expanded, environment);
      const meant = expanded?.recipients ?? [reading];
      transaction.recipients.add(meant, {
        notify,
        ...(originalRecipient === null ? {} : { originalRecipient }),
        ...(expanded === null ? {} : { alias: true as const }),
      });
      transaction.texts.push(path.address);
      const aimed = meant.some(({ address }) => address?.text === path.address && (isAimed(request) || address.aimed));
      return `250 2.1.5 ${shown(path.address)}... Recipient ok${aimed ? '' : ' (will queue)'}`;
    },
    whyNoData(greeting) {
      if (transaction === null || greeting === null) return '503 5.0.0 Need MAIL command';
      return transaction.recipients.records.length === 0 ? '503 5.0.0 Need RCPT (recipient)' : null;
    },
    async take(data, greeting) {
      if (transaction === null) return { reply: '503 5.0.0 Need MAIL command' };
      const { sender, parameters, recipients, texts, message: problem, refusals } = transaction;
      const { returnPart, envelopeId, deliverBy, smtpUtf8 } = parameters;
      const bodyType = parameters.bodyType ?? request.bodyType;
      const { protocol, name: receivedFrom } = greeting;
      const meant = { ...request, bodyType, returnPart, envelopeId, protocol, receivedFrom };
      const judge = createJudge('q', environment);
      if (problem !== null) judge.remember(problem);
      judge.log(refusals);
      try {
        const message = await readInput(data, { ignoreDots: true, sevenBit: isSevenBit(meant) });
        const loop = whyLoop(meant, message);
        if (loop !== null) return { reply: `554 5.4.6 ${loop}` };
        const queuedId = await storeMessage({ request: meant, environment, judge, sender, recipients }, message, {
          onlyRecipient: texts.length === 1 ? (texts[0] ?? null) : null,
          oldStyle: false,
          smtpUtf8,
          ...(deliverBy === null ? {} : { deliverBy }),
        });
        return { reply: `250 2.0.0 ${queuedId} Message accepted for delivery`, queuedId };
      } catch (error) {
        if (error instanceof InputLost) throw error;
        return { reply: refusalOf(error, environment) };
      }
    },
    remember(reply) {
      // Unknown commands are no part of it.
      if (transaction === null || !reply.startsWith('5') || /^50[02] /.test(reply)) return;
      transaction.message = reply.replace(/^\d+ \d\.\d+\.\d+ /, '');
    },
    reset() {
      transaction = null;
    },
  };
}

/** Taken UTF-8 has bytes that would be control characters in the seven bits in which replies are said. */
function shown(address: string): string {
  return address.replace(/[\u0080-\u009f]/g, '?');
}

/** Whoever speaks SMTP to us names any sender he likes; the header says who it was. */
function senderOf(address: string, { auth }: MailParameters, environment: SubmissionEnvironment): Sender {
  const { submitter } = environment;
  // -F and NAME are of messages that programs hand over themselves.
  const sender = resolveSender(address, 'f', { ...environment, fullName: null });
  const vouched = isTrusted(environment) ? auth : '<>';
  return {
    ...sender,
    authParameter: auth === null || auth === '' ? auth : vouched,
    warning: sender.warning === null ? null : `${submitter.login} owned process doing -bs`,
  };
}

/** The first hundred: a client that guesses names fills no log. */
function noteRefusal({ refusals }: Transaction, words: string): void {
  if (refusals.length < 100) refusals.push(words);
}

function refusalOf(error: unknown, environment: SubmissionEnvironment): string {
  const { status, words } = explainFailure(error, environment.spoolDirectory);
  environment.log.write(null, `SYSERR(${environment.submitter.login}): ${words}`);
  if (status === ExitStatus.UNAVAILABLE) return `552 5.2.3 ${words}`;
  if (status === ExitStatus.DATAERR) return `552 5.6.0 ${words}`;
  return status === ExitStatus.TEMPFAIL ? `452 4.4.5 ${words}` : `451 4.3.0 ${words}`;
}
