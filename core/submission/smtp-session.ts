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
import { type AddressProblem, createRecipientList, problemsOf, type RecipientList } from './recipients.js';
import { isAimed, isSevenBit, type SubmissionRequest } from './request.js';
import { isTrusted, resolveSender, type Sender } from './sender.js';
import { createSmtpInput, InputLost, type SmtpInput } from './smtp-input.js';
import { type MailParameters, parseMailParameters, parseRecipientParameters } from './smtp-parameters.js';
import { splitPath } from './smtp-path.js';
import { replyTo, sevenBits } from './smtp-replies.js';
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
  /** What was refused last, for the M line. */
  message: string | null;
}

interface Session {
  readonly request: SubmissionRequest;
  readonly environment: SubmissionEnvironment;
  readonly input: SmtpInput;
  helo: { readonly name: string; readonly protocol: string } | null;
  transaction: Transaction | null;
  /** Of the first bad address. */
  status: ExitStatus;
  commands: number;
  unknownCommands: number;
}

const MAX_UNKNOWN_COMMANDS = 25;
/** A web page that makes a browser talk to us begins with one of these. */
const PROXY_COMMANDS = new Set(['GET', 'POST', 'CONNECT', 'USER']);

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
  const session: Session = {
    request,
    environment,
    input,
    helo: null,
    transaction: null,
    status: ExitStatus.OK,
    commands: 0,
    unknownCommands: 0,
  };
  const now = environment.clock.now();
  say(environment, `220 ${hostname} ESMTP ${software}; ${formatDate(now, environment.offsetMinutes(now))}`);
  try {
    for (let open = true; open; ) {
      const line = await input.readLine();
      if (line === null) break;
      const { reply, queuedId, closes } = await answer(session, line);
      say(environment, reply);
      remember(session, reply);
      if (queuedId !== undefined) await onQueued(queuedId);
      open = closes !== true;
    }
  } catch (error) {
    if (!(error instanceof InputLost)) throw error;
    const from = session.transaction?.sender.record ?? '';
    say(environment, `421 4.4.1 collect: relay=localhost, from=${from}, info=unexpected close`);
  }
  return session.status;
}

/** What was wrong with a transaction stands in its queue file; unknown commands are no part of it. */
function remember({ transaction }: Session, reply: Answer['reply']): void {
  if (transaction === null || typeof reply !== 'string' || !reply.startsWith('5') || /^50[02] /.test(reply)) return;
  transaction.message = reply.replace(/^\d+ \d\.\d+\.\d+ /, '');
}

function say(environment: SubmissionEnvironment, reply: string | readonly string[]): void {
  environment.say(
    [reply]
      .flat()
      .map((line) => `${sevenBits(line)}\r\n`)
      .join(''),
  );
}

async function answer(session: Session, line: string): Promise<Answer> {
  session.commands += 1;
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
    case 'QUIT':
      return { reply: `221 2.0.0 ${session.environment.hostname} closing connection`, closes: true };
    default:
      return answerOther(session, verb, text.trim(), line);
  }
}

/** Commands that do nothing here, known or not. */
function answerOther(session: Session, verb: string, text: string, line: string): Answer {
  const { hostname, submitter } = session.environment;
  if (session.commands === 1 && PROXY_COMMANDS.has(verb))
    return { reply: `421 4.7.0 ${hostname} Rejecting open proxy ${submitter.login}@localhost`, closes: true };
  const reply = replyTo(verb, text, line, session.transaction !== null);
  if (reply !== null) return { reply };
  session.unknownCommands += 1;
  return session.unknownCommands > MAX_UNKNOWN_COMMANDS
    ? { reply: `421 4.7.0 ${hostname} Too many bad commands; closing connection`, closes: true }
    : { reply: `500 5.5.1 Command unrecognized: "${line}"` };
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
  if ('reply' in path) return path.reply;
  const parsed = parseMailParameters(path.parameters);
  if (!parsed.ok) return parsed.reply;
  const limit = environment.settings.queue.maxMessageBytes;
  if (limit > 0 && (parsed.value.sizeBytes ?? 0) > limit)
    return `552 5.2.3 Message size exceeds fixed maximum message size (${limit})`;
  const sender = senderOf(path.address, parsed.value, request, environment);
  const problem = sender.problems[0];
  if (problem !== undefined) return refuse(session, problem, '5.1.7');
  const recipients = createRecipientList({
    hostname: environment.hostname,
    notify: null,
    aimed: isAimed(request),
  });
  session.transaction = { sender, parameters: parsed.value, recipients, texts: [], message: null };
  return `250 2.1.0 ${path.address}... Sender ok`;
}

function addRecipient(session: Session, text: string): string {
  const { transaction, request, environment } = session;
  if (transaction === null) return '503 5.0.0 Need MAIL before RCPT';
  const path = splitPath(text, 'TO');
  if ('reply' in path) return path.reply;
  if (path.address === '<>') {
    session.status ||= ExitStatus.NOUSER;
    return '553 5.0.0 <>... User address required';
  }
  const parsed = parseRecipientParameters(path.parameters);
  if (!parsed.ok) return parsed.reply;
  const reading = readAddress(path.address, null, environment.hostname);
  const problem = problemsOf([reading])[0];
  if (problem !== undefined) return refuse(session, problem, '5.1.3');
  if (reading.address === null) return `553 5.1.3 ${path.address}... User address required`;
  const { notify, originalRecipient } = parsed.value;
  const expanded = request.noAliases ? null : environment.aliases.expand(reading);
  transaction.recipients.add(expanded ?? [reading], {
    notify,
    ...(originalRecipient === null ? {} : { originalRecipient }),
    ...(expanded === null ? {} : { alias: true as const }),
  });
  transaction.texts.push(path.address);
  const how = transaction.recipients.records.some(
    ({ address, controllingUser }) => address === path.address && controllingUser !== undefined,
  );
  return `250 2.1.5 ${path.address}... Recipient ok${how ? '' : ' (will queue)'}`;
}

/** Only what an address must have counts for the exit status, not what the reader stumbled over. */
function refuse(session: Session, { words, status, kind }: AddressProblem, charsetCode: string): string {
  if (kind === 'repaired') return `553 ${words.endsWith('too long') ? '5.1.0' : '5.0.0'} ${words}`;
  session.status ||= status;
  if (kind === 'charset') return `501 ${charsetCode} ${words}`;
  return `553 ${status === ExitStatus.NOHOST ? '5.1.2' : '5.1.3'} ${words}`;
}

async function takeMessage(session: Session): Promise<Answer> {
  const { request, environment, input, helo, transaction } = session;
  if (transaction === null || helo === null) return { reply: '503 5.0.0 Need MAIL command' };
  const { sender, parameters, recipients, texts } = transaction;
  if (recipients.records.length === 0) return { reply: '503 5.0.0 Need RCPT (recipient)' };
  say(environment, '354 End data with <CR><LF>.<CR><LF>');
  const { returnPart, envelopeId, deliverBy } = parameters;
  const bodyType = parameters.bodyType ?? request.bodyType;
  const meant = { ...request, bodyType, returnPart, envelopeId, protocol: helo.protocol, receivedFrom: helo.name };
  const judge = createJudge('q', environment);
  if (transaction.message !== null) judge.remember(transaction.message);
  try {
    const message = await readInput(input.readData(), {
      ignoreDots: true,
      sevenBit: isSevenBit(meant),
    });
    const queuedId = await storeMessage({ request: meant, environment, judge, sender, recipients }, message, {
      onlyRecipient: texts.length === 1 ? (texts[0] ?? null) : null,
      oldStyle: false,
      ...(deliverBy === null ? {} : { deliverBy }),
    });
    session.transaction = null;
    return { reply: `250 2.0.0 ${queuedId} Message accepted for delivery`, queuedId };
  } catch (error) {
    if (error instanceof InputLost) throw error;
    await input.skipData();
    session.transaction = null;
    return { reply: refusalOf(error, environment) };
  }
}

/** Whoever speaks SMTP to us names any sender he likes; the header says who it was. */
function senderOf(
  address: string,
  { auth }: MailParameters,
  request: SubmissionRequest,
  environment: SubmissionEnvironment,
): Sender {
  const { submitter, settings } = environment;
  const sender = resolveSender(address, 'f', {
    ...environment,
    masqueradeAs: settings.masqueradeAs,
    fullName: request.fullName ?? environment.fullName,
  });
  const vouched = isTrusted(submitter) ? auth : '<>';
  return {
    ...sender,
    authParameter: auth === null || auth === '' ? auth : vouched,
    warning: sender.warning === null ? null : `${submitter.login} owned process doing -bs`,
  };
}

function refusalOf(error: unknown, environment: SubmissionEnvironment): string {
  const { status, words } = explainFailure(error, environment.spoolDirectory);
  environment.log.write(null, `SYSERR(${environment.submitter.login}): ${words}`);
  if (status === ExitStatus.UNAVAILABLE) return `552 5.2.3 ${words}`;
  if (status === ExitStatus.DATAERR) return `552 5.6.0 ${words}`;
  return status === ExitStatus.TEMPFAIL ? `452 4.4.5 ${words}` : `451 4.3.0 ${words}`;
}
