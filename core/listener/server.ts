/**
 * One listening socket of the listener. A connection is let in by its owner before the library
 * sees a byte of it; what is refused hears one sentence. The library refuses whoever talks before
 * the greeting, which a browser or a TLS client that a web page has sent here does.
 */
import type { Socket } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { codeOf, ListenerConnection, type SessionOptions, textOf } from './connection.js';
import { createUnderWay, endSessions } from './sessions.js';
import type { SignInDesk } from './sign-in.js';

export interface ListenerPolicy {
  readonly software: string;
  readonly passwordNeeded: boolean;
  /** null: come in; otherwise it has been counted, and these are the words for the program. */
  whyNot(socket: Socket): Promise<string | null>;
  /** The surroundings of one session, as they are now. */
  session(): Promise<Omit<SessionOptions, 'passwordNeeded'>>;
  readonly desk: SignInDesk;
  onRefused(words: string): void;
  complain(error: unknown): void;
}

/** What one client may take of us; the tests have less. */
export interface Limits {
  readonly idleMs?: number;
  readonly signInMs?: number;
  readonly maxClients?: number;
}

/** Far more than the programs of one person need. */
const MAX_CLIENTS = 50;
/** Strangers who connect as fast as they can are not to use up what the agent may open. */
const MAX_WAITING = 100;
/** RFC 5321 §4.5.3.2.7. */
const IDLE_MS = 5 * 60_000;
/** Strangers may connect where a password is asked for; they are not to sit there. */
const SIGN_IN_MS = 60_000;
/** RFC 5321 §4.5.3.1.4 asks for 512; ORCPT, ENVID and AUTH may be long. */
const MAX_COMMAND_BYTES = 8192;
/** For clients that do not hang up. */
const CLOSE_MS = 1000;

export class ListenerServer extends SMTPServer {
  readonly #policy: ListenerPolicy;
  readonly #signInMs: number;
  readonly #maxClients: number;
  readonly #underWay = createUnderWay();
  /** Not let in yet, or not at all and still there to hear it. */
  readonly #waiting = new Set<Socket>();

  constructor(
    policy: ListenerPolicy,
    { idleMs = IDLE_MS, signInMs = SIGN_IN_MS, maxClients = MAX_CLIENTS }: Limits = {},
  ) {
    super({
      banner: policy.software,
      disabledCommands: [
        'STARTTLS',
        'XCLIENT',
        'XFORWARD',
        'WIZ',
        'SHELL',
        'KILL',
        ...(policy.passwordNeeded ? [] : ['AUTH']),
      ],
      authMethods: ['PLAIN', 'LOGIN'],
      authRequiredMessage: 'Sign in first; the password is shown by: outtray listener password',
      disableReverseLookup: true,
      hideENHANCEDSTATUSCODES: false,
      hideSTARTTLS: true,
      maxCommandLength: MAX_COMMAND_BYTES,
      socketTimeout: idleMs,
      closeTimeout: CLOSE_MS,
      logger: false,
      onAuth: ({ password }, session, answer) => {
        this.#signIn(session, password ?? '')
          .then((user) => answer(null, user), answer)
          .catch((error: unknown) => policy.complain(error));
      },
    });
    this.#policy = policy;
    this.#signInMs = signInMs;
    this.#maxClients = maxClients;
    // A client that breaks off is its own affair.
    this.on('error', () => {});
  }

  override connect(socket: Socket): void {
    socket.on('error', () => {});
    // Where the port of a client is used again, the connection before is gone, whatever has been read of it.
    for (const other of this.#waiting)
      if (other.remotePort === socket.remotePort && other.remoteAddress === socket.remoteAddress) other.destroy();
    if (this.#waiting.size >= MAX_WAITING) {
      socket.destroy();
      return;
    }
    this.#waiting.add(socket);
    socket.once('close', () => this.#waiting.delete(socket));
    this.#admit(socket).catch((error: unknown) => {
      this.#policy.complain(error);
      turnAway(socket, '421 4.3.0 The listener cannot take mail now; its log says why');
    });
  }

  override onData(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    answer: (error?: Error | null, message?: string) => void,
  ): void {
    const connection = [...this.connections].find((one) => one.session === session);
    if (!(connection instanceof ListenerConnection)) {
      answer(refusal('451 4.3.0 This session has ended'));
      return;
    }
    const taken = connection
      .take(stream)
      .then(async (reply) => {
        await readOn(stream);
        return reply;
      })
      // Nobody is there to hear it then.
      .catch((error: unknown) => `451 4.3.0 ${error instanceof Error ? error.message : String(error)}`)
      .then((reply) => (codeOf(reply) < 400 ? answer(null, textOf(reply)) : answer(refusal(reply))))
      .catch((error: unknown) => this.#policy.complain(error));
    this.#underWay.add(stream, taken);
  }

  /** Sessions hear 421; a message whose last byte has come is stored and answered first. */
  async stop(): Promise<void> {
    for (const socket of this.#waiting) socket.destroy();
    await endSessions(this, this.#underWay, 'The listener of Outtray is switched off');
  }

  async #admit(socket: Socket): Promise<void> {
    const why = await this.#policy.whyNot(socket);
    if (why !== null) {
      turnAway(socket, `554 5.7.1 ${why}`);
      return;
    }
    const session = await this.#policy.session();
    if (socket.destroyed) return;
    if (this.connections.size >= this.#maxClients) {
      turnAway(socket, '421 4.3.2 Too many sessions at once; try again in a moment');
      return;
    }
    const connection = new ListenerConnection(this, socket, {
      ...session,
      passwordNeeded: this.#policy.passwordNeeded,
    });
    this.#waiting.delete(socket);
    this.connections.add(connection);
    connection.on('error', () => {});
    connection.init();
    if (this.#policy.passwordNeeded) this.#hurry(connection, socket);
  }

  #hurry(connection: ListenerConnection, socket: Socket): void {
    const timer = setTimeout(() => {
      if (!connection.session.user) connection.send(421, '4.7.0 Nobody has signed in');
    }, this.#signInMs);
    socket.once('close', () => clearTimeout(timer));
  }

  async #signIn(session: SMTPServerSession, password: string): Promise<{ user: string }> {
    const found = await this.#policy.desk.signIn(session, password);
    if (found === 'in') return { user: 'owner' };
    if (found === 'wrong')
      throw refusal('535 5.7.8 That is not the password; it is shown by: outtray listener password');
    this.#policy.onRefused(found === 'ended' ? 'three wrong passwords' : found.unable);
    throw refusal(found === 'ended' ? '421 4.7.0 Too many wrong passwords' : `454 4.7.0 ${found.unable}`);
  }
}

/** Whatever is left of a message that nobody wants: it must not be taken for commands. */
async function readOn(stream: SMTPServerDataStream): Promise<void> {
  for await (const _ of stream.iterator({ destroyOnReturn: false }));
}

function turnAway(socket: Socket, reply: string): void {
  socket.end(`${reply}\r\n`);
  // Unread bytes would turn the end into a reset, and the sentence would be lost.
  socket.resume();
  setTimeout(() => socket.destroy(), CLOSE_MS).unref();
}

function refusal(reply: string): Error {
  return Object.assign(new Error(textOf(reply)), { responseCode: codeOf(reply) });
}
