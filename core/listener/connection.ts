/**
 * One SMTP session of the listener. The library carries it: lines, sign-in, dots, time limits; what a
 * command means is core/submission's, the same as in `sendmail -bs`, so both write the same
 * queue files. Each message goes to the data file as it comes, and is synced before its 250.
 */
import type { Socket } from 'node:net';
import type { SMTPServer, SMTPServerDataStream } from 'smtp-server';
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js';
import type { SMTPStream } from 'smtp-server/lib/smtp-stream.js';
import type { SubmissionEnvironment } from '../submission/environment.js';
import type { SubmissionRequest } from '../submission/request.js';
import { greetClient } from '../submission/smtp-greeting.js';
import { InputLost } from '../submission/smtp-input.js';
import { replyTo, sevenBits } from '../submission/smtp-replies.js';
import { createTransactions, type Greeting, type SmtpTransactions } from '../submission/smtp-transactions.js';
import { makeStrict } from './parser.js';
import { strictLines } from './strict-lines.js';

export interface SessionOptions {
  readonly request: SubmissionRequest;
  readonly environment: SubmissionEnvironment;
  readonly passwordNeeded: boolean;
}

type Done = () => void;

export class ListenerConnection extends SMTPConnection {
  readonly #environment: SubmissionEnvironment;
  readonly #transactions: SmtpTransactions;
  readonly #passwordNeeded: boolean;
  #greeting: Greeting | null = null;
  /** No command has come. */
  #unheard = true;

  constructor(server: SMTPServer, socket: Socket, { request, environment, passwordNeeded }: SessionOptions) {
    super(server, socket);
    this.#environment = environment;
    this.#transactions = createTransactions(request, environment);
    this.#passwordNeeded = passwordNeeded;
    this.name = environment.hostname;
  }

  override _createParser(): SMTPStream {
    return makeStrict(super._createParser());
  }

  /** Without the library's wait for early talkers: admission took a while, and who begins with anything else than SMTP is sent away. */
  override init(): void {
    this._setListeners(() => this.connectionReady());
  }

  override _onCommand(command: Buffer, done?: Done): void {
    const verb = /^\S*/.exec(command.toString('latin1'))?.[0] ?? '';
    if (this._ready && this.#unheard && !this._isSupported(verb)) {
      this.send(421, '5.5.1 This is SMTP for programs of this computer');
      return;
    }
    this.#unheard = false;
    super._onCommand(command, done);
  }

  /** Replies that bring their enhanced code along (RFC 2034) get no second one. */
  override send(code: number, text?: string | string[] | null, context?: string | false): void {
    const complete = /^[245]\.\d{1,3}\.\d{1,3} /.test([text].flat()[0] ?? '');
    super.send(code, text, complete ? false : context);
  }

  override handler_EHLO(command: Buffer, done: Done): void {
    this.#greet('EHLO', command);
    done();
  }

  override handler_HELO(command: Buffer, done: Done): void {
    this.#greet('HELO', command);
    done();
  }

  override handler_MAIL(command: Buffer, done: Done): void {
    this.#answer(whyUnfit(command) ?? this.#transactions.mail(argumentOf(command), this.#greeting));
    done();
  }

  override handler_RCPT(command: Buffer, done: Done): void {
    this.#answer(whyUnfit(command) ?? this.#transactions.recipient(argumentOf(command)));
    done();
  }

  override handler_RSET(_command: Buffer, done: Done): void {
    this.#transactions.reset();
    this.#answer('250 2.0.0 Reset state');
    done();
  }

  override handler_HELP(command: Buffer, done: Done): void {
    this.#answerAsEver('HELP', command);
    done();
  }

  override handler_VRFY(command: Buffer, done: Done): void {
    this.#answerAsEver('VRFY', command);
    done();
  }

  override handler_DATA(command: Buffer, done: Done): void {
    const missing = this.#transactions.whyNoData(this.#greeting);
    if (missing !== null) {
      this.#answer(missing);
      done();
      return;
    }
    // The library asks for one of its own recipients before it reads a message.
    this.session.envelope.rcptTo = [{ address: '', args: false }];
    super.handler_DATA(command, done);
  }

  /** The reply to a message. Rejects only when nobody is there to hear one. */
  async take(stream: SMTPServerDataStream): Promise<string> {
    if (this.#greeting === null) throw new InputLost('nobody has introduced himself');
    try {
      const data = strictLines(stream.iterator({ destroyOnReturn: false }));
      const { reply } = await this.#transactions.take(data, this.#greeting);
      return reply;
    } catch (error) {
      const { log } = this.#environment;
      const why = error instanceof InputLost ? 'unexpected close' : String(error);
      log.write(null, `collect: relay=localhost, from=${this.#transactions.sender}, info=${why}`);
      throw error;
    } finally {
      this.#transactions.reset();
    }
  }

  #greet(verb: 'HELO' | 'EHLO', command: Buffer): void {
    const more = this.#passwordNeeded && !this.session.user ? ['AUTH PLAIN LOGIN'] : [];
    const { reply, greeting } = greetClient(verb, argumentOf(command).trim(), this.#environment, more);
    if (greeting !== null) {
      this.#greeting = greeting;
      this.#transactions.reset();
      this.hostNameAppearsAs = greeting.name;
    }
    this.send(codeOf(reply[0]), reply.map(textOf), false);
  }

  #answerAsEver(verb: string, command: Buffer): void {
    const line = command.toString('latin1');
    this.#answer(replyTo(verb, argumentOf(command).trim(), line, this.#transactions.isOpen) ?? '500 5.5.1 Unknown');
  }

  #answer(reply: string): void {
    this.#transactions.remember(reply);
    this.send(codeOf(reply), textOf(reply), false);
  }
}

/** sendmail takes a CR for a blank; here it would be half of a line end. */
function whyUnfit(command: Buffer): string | null {
  return /[\0-\x08\v-\x1f\x7f]/.test(command.toString('latin1')) ? '501 5.5.2 Control character in the command' : null;
}

/** What stands behind the verb, one byte a character. */
function argumentOf(command: Buffer): string {
  return command.toString('latin1').replace(/^\S*\s*/, '');
}

export function codeOf(reply = ''): number {
  return Number(reply.slice(0, 3));
}

export function textOf(reply: string): string {
  return sevenBits(reply.slice(4));
}
