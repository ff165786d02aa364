/**
 * SMTP on standard input and output (`sendmail -bs`, RFC 5321), for programs that prefer to hand
 * over mail so. Each message is queued, synced, before 250 is said to its final dot. Replies are
 * sendmail's. There is nobody to authenticate: who runs the program is known to the system.
 */
import { readAddress } from '../mail/address.js';
import { formatDate } from '../mail/date.js';
import { ExitStatus } from '../system/exit-status.js';
import type { SubmissionEnvironment } from './environment.js';
import { readInput } from './input.js';
import { createRecipientList, problemsOf, type RecipientList } from './recipients.js';
import { isSevenBit, type SubmissionRequest } from './request.js';
import { isTrusted, resolveSender, type Sender } from './sender.js';
import { createSmtpInput, InputLost, type SmtpInput } from './smtp-input.js';
import { type MailParameters, parseMailParameters, parseRecipientParameters } from './smtp-parameters.js';
import { explainFailure, storeMessage } from './storage.js';
import { createJudge } from './verdict.js';

export interface SmtpOptions {
  /** After ESMTP in the greeting: `Outtray/0.1.0/Submit`. */
  readonly software: string;
  /** A message has been queued and acknowledged. */
  onQueued(id: string): Promise<void>;
}

interface Transaction {
  readonly sender: Sender;
  readonly parameters: MailParameters;
  readonly recipients: RecipientList;
  readonly texts: string[];
}

interface Session {
  readonly request: SubmissionRequest;
  readonly environment: SubmissionEnvironment;
  readonly input: SmtpInput;
  helo: { readonly name: string; readonly protocol: string } | null;
  transaction: Transaction | null;
}

interface Answer {
  /** One line, or several. */
  readonly reply: string | readonly string[];
  readonly queuedId?: string;
  readonly closes?: true;
}

export async function serveSmtp(
  request: SubmissionRequest,
  environment: SubmissionEnvironment,
  { software, onQueued }: SmtpOptions,
): Promise<ExitStatus> {
  const { hostname } = environment;
  const input = createSmtpInput(environment.input);
  const session: Session = { request, environment, input, helo: null, transaction: null };
  const now = environment.clock.now();
  say(environment, `220 ${hostname} ESMTP ${software}; ${formatDate(now, environment.offsetMinutes(now))}`);
  try {
    for (let open = true; open; ) {
      const line = await input.readLine();
      if (line === null) throw new InputLost('input ended without QUIT');
      const { reply, queuedId, closes } = await answer(session, line);
      say(environment, reply);
      if (queuedId !== undefined) await onQueued(queuedId);
      open = closes !== true;
    }
  } catch (error) {
    if (!(error instanceof InputLost)) throw error;
    say(environment, `421 4.4.1 ${hostname} Lost input channel`);
  }
  return ExitStatus.OK;
}

function say(environment: SubmissionEnvironment, reply: string | readonly string[]): void {
  environment.say(
    [reply]
      .flat()
      .map((line) => `${line}\r\n`)
      .join(''),
  );
}

async function answer(session: Session, line: string): Promise<Answer> {
  const [, word = '', text = ''] = /^\s*(\S*)\s*([\s\S]*)$/.exec(line) ?? [];
  const verb = word.toUpperCase();
  switch (verb) {
    case 'HELO':
    case 'EHLO':
      return { reply: greet(session, verb, text.trim()) };
    case 'MAIL':
      return { reply: beginTransaction(session, text) };
    case 'RCPT':
      return { reply: addRecipient(session, text) };
    case 'DATA':
      return takeMessage(session);
    case 'RSET':
      session.transaction = null;
      return { reply: '250 2.0.0 Reset state' };
    case 'NOOP':
      return { reply: '250 2.0.0 OK' };
    case 'VRFY':
      return { reply: '252 2.5.2 Cannot VRFY user; try RCPT to attempt delivery (or try finger)' };
    case 'EXPN':
      return { reply: '502 5.7.0 Sorry, we do not allow this operation' };
    case 'HELP':
      return { reply: '214 2.0.0 HELO EHLO MAIL RCPT DATA RSET NOOP QUIT HELP VRFY' };
    case 'QUIT':
      return { reply: `221 2.0.0 ${session.environment.hostname} closing connection`, closes: true };
    default:
      return { reply: `500 5.5.1 Command unrecognized: "${line}"` };
  }
}

function greet(session: Session, verb: 'HELO' | 'EHLO', name: string): string | string[] {
  const { hostname, submitter, settings } = session.environment;
  if (name === '') return `501 5.0.0 ${verb} requires domain address`;
  if (!/^[\w.:[\]-]+$/.test(name)) return '501 5.0.0 Invalid domain name';
  session.helo = { name, protocol: verb === 'EHLO' ? 'ESMTP' : 'SMTP' };
  session.transaction = null;
  const hello = `${hostname} Hello ${submitter.login}@localhost, pleased to meet you`;
  if (verb === 'HELO') return `250 ${hello}`;
  const limit = settings.queue.maxMessageBytes;
  const size = limit > 0 ? `SIZE ${limit}` : 'SIZE';
  const extensions = ['ENHANCEDSTATUSCODES', 'PIPELINING', '8BITMIME', size, 'DSN', 'DELIVERBY'];
  return [`250-${hello}`, ...extensions.map((line) => `250-${line}`), '250 HELP'];
}

function beginTransaction(session: Session, text: string): string {
  const { request, environment } = session;
  if (session.helo === null) return '503 5.0.0 Polite people say HELO first';
  if (session.transaction !== null) return '503 5.5.0 Sender already specified';
  const path = splitPath(text, 'FROM');
  if (path === null) return '501 5.5.2 Syntax error in parameters scanning "FROM"';
  const parsed = parseMailParameters(path.parameters);
  if (!parsed.ok) return parsed.reply;
  const limit = environment.settings.queue.maxMessageBytes;
  if (limit > 0 && (parsed.value.sizeBytes ?? 0) > limit)
    return `552 5.2.3 Message size exceeds fixed maximum message size (${limit})`;
  const { sender, problem } = senderOf(path.address, parsed.value, request, environment);
  if (problem !== null) return `553 5.1.8 ${problem}`;
  const recipients = createRecipientList({
    hostname: environment.hostname,
    notify: null,
    aimed: request.relayed || request.deliveryMode === 'q',
  });
  session.transaction = { sender, parameters: parsed.value, recipients, texts: [] };
  return `250 2.1.0 ${path.address}... Sender ok`;
}

function addRecipient({ transaction, request, environment }: Session, text: string): string {
  if (transaction === null) return '503 5.0.0 Need MAIL before RCPT';
  const path = splitPath(text, 'TO');
  if (path === null) return '501 5.5.2 Syntax error in parameters scanning "TO"';
  const parsed = parseRecipientParameters(path.parameters);
  if (!parsed.ok) return parsed.reply;
  const reading = readAddress(path.address, null, environment.hostname);
  const problem = problemsOf([reading])[0];
  if (problem !== undefined) return `553 5.1.3 ${problem.words}`;
  if (reading.address === null) return `553 5.1.3 ${path.address}... User address required`;
  const { notify, originalRecipient } = parsed.value;
  const expanded = request.noAliases ? null : environment.aliases.expand(reading);
  transaction.recipients.add(expanded ?? [reading], {
    notify,
    ...(originalRecipient === null ? {} : { originalRecipient }),
    ...(expanded === null ? {} : { alias: true as const }),
  });
  transaction.texts.push(path.address);
  return `250 2.1.5 ${path.address}... Recipient ok (will queue)`;
}

async function takeMessage(session: Session): Promise<Answer> {
  const { request, environment, input, helo, transaction } = session;
  if (transaction === null || helo === null) return { reply: '503 5.0.0 Need MAIL command' };
  const { sender, parameters, recipients, texts } = transaction;
  if (recipients.records.length === 0) return { reply: '503 5.0.0 Need RCPT (recipient)' };
  session.transaction = null;
  say(environment, '354 End data with <CR><LF>.<CR><LF>');
  const { bodyType, returnPart, envelopeId, deliverBy } = parameters;
  const meant = { ...request, bodyType, returnPart, envelopeId, protocol: helo.protocol, receivedFrom: helo.name };
  const judge = createJudge('q', environment);
  try {
    const message = await readInput(input.readData(), { ignoreDots: true, sevenBit: isSevenBit(meant) });
    const queuedId = await storeMessage({ request: meant, environment, judge, sender, recipients }, message, {
      onlyRecipient: texts.length === 1 ? (texts[0] ?? null) : null,
      oldStyle: false,
      ...(deliverBy === null ? {} : { deliverBy }),
    });
    return { reply: `250 2.0.0 ${queuedId} Message accepted for delivery`, queuedId };
  } catch (error) {
    if (error instanceof InputLost) throw error;
    await input.skipData();
    return { reply: refusalOf(error, environment) };
  }
}

/** `FROM:<a@b> SIZE=1` as `<a@b>` and ` SIZE=1`; blanks after the colon are common and harmless. */
function splitPath(text: string, keyword: 'FROM' | 'TO'): { address: string; parameters: string } | null {
  const found = /^(FROM|TO)\s*:\s*(<(?:"(?:[^"\\]|\\.)*"|[^">])*>|[^\s<]\S*)(.*)$/i.exec(text);
  if (found?.[1]?.toUpperCase() !== keyword) return null;
  return { address: found[2] ?? '', parameters: found[3] ?? '' };
}

/** Whoever speaks SMTP to us names any sender he likes; the header says who it was. */
function senderOf(
  address: string,
  { auth }: MailParameters,
  request: SubmissionRequest,
  environment: SubmissionEnvironment,
): { sender: Sender; problem: string | null } {
  const { submitter, settings } = environment;
  const sender = resolveSender(address, 'f', {
    ...environment,
    masqueradeAs: settings.masqueradeAs,
    fullName: request.fullName ?? environment.fullName,
  });
  const vouched = isTrusted(submitter) ? auth : '<>';
  return {
    sender: {
      ...sender,
      authParameter: auth === null ? null : vouched,
      warning: isTrusted(submitter) ? null : `${submitter.login} owned process doing -bs`,
    },
    problem: sender.problems[0]?.words ?? null,
  };
}

function refusalOf(error: unknown, environment: SubmissionEnvironment): string {
  const { status, words } = explainFailure(error, environment.spoolDirectory);
  environment.log.write(null, `SYSERR(${environment.submitter.login}): ${words}`);
  if (status === ExitStatus.UNAVAILABLE) return `552 5.2.3 ${words}`;
  if (status === ExitStatus.DATAERR) return `552 5.6.0 ${words}`;
  return status === ExitStatus.TEMPFAIL ? `452 4.4.5 ${words}` : `451 4.3.0 ${words}`;
}
