/**
 * Delivery through nodemailer's SMTPConnection: one session, messages one after another, each
 * recipient with an outcome of its own. nodemailer speaks; what a reply means is decided in
 * outcome.ts and explain.ts.
 *
 * After the final dot the relay has ten minutes to answer (RFC 5321 §4.5.3.2.6). A session that
 * ends before the dot defers; after the dot it leaves the accepted recipients uncertain. A fault
 * on our side (the message cannot be read, the evidence not be written) closes the connection
 * without a dot and defers.
 */
import type { Readable } from 'node:stream';
import tls from 'node:tls';
import type { SMTPConnectionEnvelope } from 'nodemailer/lib/smtp-connection';
import {
  type EnvelopeCommands,
  envelopeCommands,
  offersThatCount,
  replaceCommands,
  type SaidCommands,
} from './commands.js';
import type { Delivery, DeliveryRecipient, DeliveryRequest, Outcome } from './delivery.js';
import { sift } from './early-refusals.js';
import { explain, explainSignIn, factsOf } from './explain.js';
import { hiddenSignIn } from './hidden-sign-in.js';
import { asksForSignIn, asTemporary, enhancedStatus, joinReply } from './outcome.js';
import { busyProblem, type Relay, type RelayProblem } from './relay.js';
import { restAfter } from './reply-words.js';
import { COMMAND_TIMEOUT_MS, type Session } from './session.js';
import { createEnvelope, type Ending, gateMessage, inHundreds, judgeRecipient } from './transaction.js';
import {
  CANCELLED,
  isBeforeIt,
  isNoted,
  isTooMany,
  LocalFault,
  OutOfStep,
  openLocally,
  PHASES,
} from './transaction-faults.js';

const DOT_TIMEOUT_MS = 10 * 60_000;

export class SmtpDelivery implements Delivery {
  readonly #session: Session;
  readonly #relay: Relay;
  #problem: RelayProblem | null = null;
  #broken = false;
  #used = false;
  #commands: EnvelopeCommands | null = null;
  readonly #said: SaidCommands;
  /** The last transaction did not end with 250: RSET before the next. */
  #dirty = false;
  #stale = false;
  /** Somebody was accepted, of this message or one before it in the session: without a sign-in, where there was none. */
  #dataReached = false;

  readonly address: string | null;
  readonly tls: string | null;

  constructor(session: Session, relay: Relay, address: string | null) {
    this.address = address;
    const socket = session.connection._socket;
    this.tls = socket instanceof tls.TLSSocket ? socket.getProtocol() : null;
    this.#session = session;
    this.#relay = relay;
    this.#said = replaceCommands(
      session.connection,
      () => this.#commands,
      (error) => session.destroy(error),
    );
  }

  get usable(): boolean {
    return !this.#broken && !this.#session.closed();
  }

  get stale(): boolean {
    return this.#stale;
  }

  get problem(): RelayProblem | null {
    return this.#problem;
  }

  async reset(): Promise<void> {
    if (this.#used && !this.#dirty) await this.#resetOrGiveUp();
  }

  async #resetOrGiveUp(): Promise<void> {
    if (!this.usable) return;
    await this.#sayReset().catch(() => {
      this.#broken = true;
    });
  }

  async #sayReset(): Promise<void> {
    await this.#session.ask<boolean>((callback) => this.#session.connection.reset(callback));
    this.#dirty = false;
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  async deliver(request: DeliveryRequest): Promise<ReadonlyMap<string, Outcome>> {
    const extensions = offersThatCount(this.#session.conversation.extensions, this.#relay);
    const { sayable, refused } = sift(request, extensions, Math.floor(Date.now() / 1000));
    const outcomes = new Map(refused);
    this.#stale = false;
    const groups = inHundreds(sayable);
    for (let some = groups.shift(), first = true; some !== undefined; some = groups.shift(), first = false) {
      if (!first && this.usable) {
        if (!isNoted(request, outcomes)) break;
        await this.reset();
      }
      const envelope = createEnvelope(request.from, some);
      const nowSeconds = Math.floor(Date.now() / 1000);
      this.#commands = envelopeCommands(request, some, extensions, nowSeconds);
      const ending = this.usable ? await this.#transact(request, envelope, first) : this.#lost();
      for (const { address } of some) outcomes.set(address, judgeRecipient(address, envelope, ending));
      const isSurplus = ({ address }: DeliveryRecipient): boolean => isTooMany(outcomes.get(address));
      // Some were taken, and these were too many beside them: the next transaction is for them.
      const surplus = some.some(({ address }) => outcomes.get(address)?.kind === 'sent') ? some.filter(isSurplus) : [];
      if (surplus.length > 0) groups.unshift(surplus);
    }
    this.#restIfAsked(outcomes);
    const hidden = this.#dataReached ? null : hiddenSignIn(this.#relay, extensions, outcomes);
    if (hidden === null) return outcomes;
    this.#problem ??= explainSignIn(hidden.reply, this.#relay);
    return hidden.outcomes;
  }

  /** One who takes no more for now has said so to somebody. */
  #restIfAsked(outcomes: ReadonlyMap<string, Outcome>): void {
    if (this.#problem !== null) return;
    const busy = [...outcomes.values()].find((outcome) => outcome.kind === 'deferred' && outcome.why === 'busy');
    if (busy === undefined) return;
    const { reply } = busy;
    this.#problem = busyProblem(this.#relay, reply, asTemporary(enhancedStatus(reply)), restAfter(reply));
  }

  async #transact(request: DeliveryRequest, envelope: SMTPConnectionEnvelope, first: boolean): Promise<Ending> {
    const { connection, conversation } = this.#session;
    const reused = this.#used && first;
    /** Replies before this message's; null: its turn has not come. */
    let before: number | null = null;
    let dotSent = false;
    let source: Readable | null = null;
    const cancel = (): void => {
      if (!dotSent) this.#abandon(CANCELLED);
    };
    request.cancelled?.addEventListener('abort', cancel, { once: true });
    try {
      request.cancelled?.throwIfAborted();
      if (this.#dirty) await this.#sayReset();
      before = conversation.replies;
      this.#used = true;
      source = openLocally(request);
      // Its beginning is read while the relay thinks about the envelope.
      source.read(0);
      this.#dirty = true;
      const message = gateMessage(
        source,
        () => this.#expectGoAhead(envelope),
        () => {
          request.cancelled?.throwIfAborted();
          this.#expectNoMore();
          request.beforeFinalDot([...envelope.accepted]);
          dotSent = true;
          this.#session.allowSilence(DOT_TIMEOUT_MS);
        },
        request.onProgress,
      );
      const info = await this.#session.ask<{ response: string }>((callback) =>
        connection.send(envelope, message, callback),
      );
      const reply = info?.response ?? '';
      if (!dotSent) {
        this.#abandon('Answered before the end');
        return {
          kind: 'lost',
          dotSent,
          stat: `Answered before the end of the message: ${joinReply(reply)}`,
          status: '4.5.0',
        };
      }
      this.#dirty = false;
      return { kind: 'reply', phase: 'message', reply };
    } catch (error) {
      if (!dotSent && request.cancelled?.aborted === true) {
        this.#abandon(CANCELLED);
        return { kind: 'lost', dotSent, stat: CANCELLED, status: '4.4.2' };
      }
      const ending = this.#endingOf(error, dotSent);
      this.#stale = reused && !dotSent && (before === null || isBeforeIt(ending, conversation.replies - before));
      if (this.#stale) this.#problem = null;
      // As sendmail does: RSET at once, a new session when DATA is put off; what a refused MAIL leaves waits for the next message.
      if (ending.kind === 'reply' && ending.phase === 'message') this.#dirty = false;
      else if (ending.kind === 'reply' && ending.phase !== 'mail') {
        if (ending.phase === 'data' && ending.reply.startsWith('4')) await this.close();
        else await this.#resetOrGiveUp();
        const { lastReply } = this.#session.conversation;
        if (this.#broken && lastReply.startsWith('3')) {
          this.#abandon('Unexpected answer');
          return {
            kind: 'lost',
            dotSent,
            stat: `Protocol error: ${joinReply(lastReply)}`,
            status: '4.5.0',
            outOfStep: true,
          };
        }
      }
      return ending;
    } finally {
      request.cancelled?.removeEventListener('abort', cancel);
      source?.destroy();
      this.#session.allowSilence(COMMAND_TIMEOUT_MS);
    }
  }

  /** No byte of a message goes to a relay that did not ask for it, or asks for another envelope's. */
  #expectGoAhead(envelope: SMTPConnectionEnvelope): void {
    this.#dataReached = true;
    const objection = this.#said.objection(envelope.accepted ?? []);
    if (objection !== null) throw new Error(objection);
    const { lastReply } = this.#session.conversation;
    if (!lastReply.startsWith('3')) throw new OutOfStep(`Protocol error: ${joinReply(lastReply)}`);
  }

  /** An answer behind the go-ahead is none to the message. */
  #expectNoMore(): void {
    const { connection } = this.#session;
    const { _responseQueue: waiting = [] } = connection as unknown as { readonly _responseQueue?: readonly string[] };
    if (waiting.length > 0) throw new OutOfStep(`Protocol error: ${joinReply(waiting[0] ?? '')}`);
  }

  /** What an error of a transaction means for the message, and, kept on the side, for the session. */
  #endingOf(error: unknown, dotSent: boolean): Ending {
    if (error instanceof OutOfStep) {
      this.#abandon(error.message);
      return { kind: 'lost', dotSent, stat: error.message, status: '4.5.0', outOfStep: true };
    }
    const { response, command, category, message } = factsOf(error);
    if (error instanceof LocalFault || category === 'ESTREAM') {
      if (this.#dirty) this.#abandon(message);
      return { kind: 'local', message };
    }
    const phase = PHASES.get(command);
    if (phase === undefined || response === '') {
      const { stat, status } = this.#giveUp(this.#session.fault() ?? error, dotSent);
      return { kind: 'lost', dotSent, stat, status };
    }
    if (response.startsWith('421')) this.#giveUp(error, dotSent);
    else if (asksForSignIn(response)) this.#problem = explainSignIn(response, this.#relay);
    // Neither yes nor no to the dot, or a no in the middle of the message: both sides are out of step.
    else if (dotSent ? !/^[245]\d\d/.test(response) : category === 'EMESSAGE') this.#abandon('Unexpected answer');
    return { kind: 'reply', phase: dotSent ? 'message' : phase, reply: response };
  }

  /** The session ended before this part of the recipients. */
  #lost(): Ending {
    const { stat, status } = this.#problem ?? { stat: 'Connection lost', status: '4.4.2' };
    return { kind: 'lost', dotSent: false, stat, status };
  }

  #giveUp(error: unknown, dotSent: boolean): RelayProblem {
    this.#broken = true;
    this.#problem = explain(error, { relay: this.#relay, phase: dotSent ? 'message' : 'mail' });
    return this.#problem;
  }

  /** No way on: without a dot the relay throws the message away. */
  #abandon(why: string): void {
    this.#broken = true;
    this.#session.destroy(new Error(why));
  }
}
