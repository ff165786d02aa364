/**
 * SMTP on standard input and output (`sendmail -bs`, RFC 5321), for programs that prefer to hand
 * over mail so. Each message is queued, synced, before 250 is said to its final dot. Replies are
 * sendmail's; those to commands sent together (PIPELINING, RFC 2920) go back together. There is nobody
 * to authenticate: who runs the program is known to the system.
 */
import { withoutMiddle } from '../mail/characters.js';
import { formatDate } from '../mail/date.js';
import type { ExitStatus } from '../system/exit-status.js';
import type { SubmissionEnvironment } from './environment.js';
import type { SubmissionRequest } from './request.js';
import { greetClient } from './smtp-greeting.js';
import { CommandTooLong, createSmtpInput, InputLost, type SmtpInput } from './smtp-input.js';
import { replyTo, sevenBits } from './smtp-replies.js';
import { createTransactions, type Greeting, type SmtpTransactions } from './smtp-transactions.js';

export interface SmtpOptions {
  /** After ESMTP in the greeting: `Outtray/0.1.0/Submit`. */
  readonly software: string;
  /** A message has been queued and acknowledged. */
  onQueued(id: string): Promise<void>;
}

interface Session {
  readonly environment: SubmissionEnvironment;
  readonly input: SmtpInput;
  readonly transactions: SmtpTransactions;
  helo: Greeting | null;
  commands: number;
  unknownCommands: number;
  /** Replies that wait for those to the commands that have come with theirs. */
  unsaid: string;
  /** MAIL has been said, or another command that comes to something. */
  gotMail: boolean;
  /** As the log calls the last command that is known. */
  lastVerb: string;
}

const MAX_UNKNOWN_COMMANDS = 25;
const KNOWN = /^(?:HELO|EHLO|MAIL|RCPT|DATA|RSET|VRFY|EXPN|ETRN|NOOP|HELP|AUTH|STARTTLS)$/;
const NOT_ANSWERED = /^(?:VRFY|EXPN|ETRN)$/;
const TO_SOME_END = /^(?:MAIL|VRFY|EXPN|ETRN)$/;
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
  const transactions = createTransactions(request, environment);
  const session: Session = {
    environment,
    input,
    transactions,
    helo: null,
    commands: 0,
    unknownCommands: 0,
    unsaid: '',
    gotMail: false,
    lastVerb: 'startup',
  };
  const now = environment.clock.now();
  say(session, `220 ${hostname} ESMTP ${software}; ${formatDate(now, environment.offsetMinutes(now))}`);
  sayAll(session);
  try {
    for (let open = true; open; ) {
      const line = await input.readLine();
      if (line === null) {
        noteLostInput(session);
        break;
      }
      const { reply, queuedId, closes } = await answer(session, line);
      say(session, reply);
      if (queuedId !== undefined || !input.hasLine()) sayAll(session);
      if (typeof reply === 'string') transactions.remember(reply);
      if (queuedId !== undefined) await onQueued(queuedId);
      open = closes !== true;
    }
    sayAll(session);
  } catch (error) {
    say(session, parting(error, session));
    sayAll(session);
  }
  if (!session.gotMail)
    note(session, `${peerOf(session)} did not issue MAIL/EXPN/VRFY/ETRN during connection to stdin`);
  return transactions.status;
}

/** What is said where the session cannot go on. */
function parting(error: unknown, session: Session): string {
  if (error instanceof InputLost) {
    const words = `collect: relay=localhost, from=${session.transactions.sender}, info=unexpected close`;
    note(session, words);
    return `421 4.4.1 ${words}`;
  }
  if (!(error instanceof CommandTooLong)) throw error;
  return `421 4.7.0 ${session.environment.hostname} Command too long, possible attack ${peerOf(session)}`;
}

/** Input has ended without QUIT: nobody is left to be told. */
function noteLostInput(session: Session): void {
  if (session.gotMail) note(session, `lost input channel from ${peerOf(session)} to stdin after ${session.lastVerb}`);
}

function note({ environment }: Session, words: string): void {
  environment.log.write(null, `NOQUEUE: ${words}`);
}

function peerOf({ environment }: Session): string {
  return `${environment.submitter.login}@localhost`;
}

function say(session: Session, reply: Answer['reply']): void {
  for (const line of [reply].flat()) session.unsaid += `${sevenBits(line)}\r\n`;
}

function sayAll(session: Session): void {
  if (session.unsaid !== '') session.environment.say(session.unsaid);
  session.unsaid = '';
}

async function answer(session: Session, line: string): Promise<Answer> {
  session.commands += 1;
  const [, word = '', text = ''] = /^\s*(\S*)\s*([\s\S]*)$/.exec(line) ?? [];
  const verb = word.toUpperCase();
  if (KNOWN.test(verb)) session.lastVerb = verb.toLowerCase();
  session.gotMail ||= TO_SOME_END.test(verb);
  switch (verb) {
    case 'HELO':
    case 'EHLO':
      return { reply: greet(session, verb, text.trim()) };
    case 'MAIL':
      return { reply: session.transactions.mail(text, session.helo) };
    case 'RCPT':
      return { reply: session.transactions.recipient(text) };
    case 'DATA':
      return takeMessage(session);
    case 'RSET':
      session.transactions.reset();
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
  if (session.commands === 1 && PROXY_COMMANDS.has(verb)) {
    note(session, `${peerOf(session)}: probable open proxy: command=${line}\r\n`);
    return { reply: `421 4.7.0 ${hostname} Rejecting open proxy ${submitter.login}@localhost`, closes: true };
  }
  if (NOT_ANSWERED.test(verb)) note(session, `${peerOf(session)}: ${verb} ${text} [rejected]`);
  const reply = replyTo(verb, text, line, session.transactions.isOpen);
  if (reply !== null) return { reply };
  session.unknownCommands += 1;
  return session.unknownCommands > MAX_UNKNOWN_COMMANDS
    ? { reply: `421 4.7.0 ${hostname} Too many bad commands; closing connection`, closes: true }
    : { reply: `500 5.5.1 Command unrecognized: "${withoutMiddle(line.split('\0', 1)[0] ?? line)}"` };
}

function greet(session: Session, verb: 'HELO' | 'EHLO', name: string): readonly string[] {
  const { reply, greeting } = greetClient(verb, name, session.environment);
  if (greeting !== null) {
    session.helo = greeting;
    session.transactions.reset();
  }
  return reply;
}

async function takeMessage(session: Session): Promise<Answer> {
  const { input, helo, transactions } = session;
  const missing = transactions.whyNoData(helo);
  if (missing !== null || helo === null) return { reply: missing ?? '' };
  say(session, '354 End data with <CR><LF>.<CR><LF>');
  sayAll(session);
  const taken = await transactions.take(input.readData(), helo);
  if (taken.queuedId === undefined) await input.skipData();
  transactions.reset();
  return taken;
}
