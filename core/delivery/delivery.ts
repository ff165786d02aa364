/**
 * What the queue asks of delivery, and what it gets back: one session with a relay, over which
 * messages go one after another, each recipient with an outcome of its own. smtp.ts is the
 * implementation; the queue knows only this file.
 */
import type { Readable } from 'node:stream';
import type { Relay, RelayProblem } from './relay.js';

/**
 * What a temporary refusal is about, where it tells. busy: the relay takes no more for now. policy: one message or
 * all of ours. greylisted: come back with this message in some minutes. too-many-recipients: in one transaction.
 */
export type DeferralCause = 'busy' | 'policy' | 'greylisted' | 'too-many-recipients';

/** Temporary unless proven permanent: only a 5yz reply about this recipient or message fails it. */
export type Outcome =
  | { readonly kind: 'sent'; readonly reply: string; readonly status: string }
  | { readonly kind: 'deferred'; readonly reply: string; readonly status: string; readonly why?: DeferralCause }
  /** `own`: nobody asked the relay, the words are ours. */
  | { readonly kind: 'failed'; readonly reply: string; readonly status: string; readonly own?: true }
  /** The final dot went out, no reply came back: it may have been accepted. */
  | { readonly kind: 'uncertain'; readonly reply: string; readonly status: string };

export interface DeliveryRecipient {
  /** Bare forward-path, no brackets. */
  readonly address: string;
  /** NOTIFY (RFC 3461 §4.1); absent when not given. */
  readonly notify?: readonly ('NEVER' | 'SUCCESS' | 'FAILURE' | 'DELAY')[];
  /** ORCPT, xtext as given. */
  readonly originalRecipient?: string;
}

/** RFC 2852. Mode R: return it when the time is up; N: tell the sender. */
export interface DeliverBy {
  readonly deadlineSeconds: number;
  readonly mode: 'N' | 'R';
  readonly trace: boolean;
}

export interface DeliveryRequest {
  /** Bare reverse-path; empty for null. */
  readonly from: string;
  readonly recipients: readonly DeliveryRecipient[];
  /** RET (RFC 3461 §4.3). */
  readonly ret?: 'FULL' | 'HDRS';
  /** ENVID, xtext. */
  readonly envelopeId?: string;
  /** BODY=: `8BITMIME` or `7BIT`; absent when the sender said neither. */
  readonly bodyType?: string;
  /** AUTH= of the message (RFC 4954 §5), xtext. */
  readonly auth?: string;
  /** BY= (RFC 2852). */
  readonly deliverBy?: DeliverBy;
  /** Its header is in UTF-8 by the word of its sender (RFC 6531): only for a relay that offers SMTPUTF8. */
  readonly international?: true;
  /** REQUIRETLS (RFC 8689): only to a relay that promises TLS all the way. */
  readonly requireTls?: true;
  /** Size of the message in bytes, an estimate for SIZE=. */
  readonly sizeBytes: number;
  /** The message: lines end in CRLF, not dot-stuffed. */
  openMessage(): Readable;
  /** Called when all bytes but the final dot are handed over; must have synced its evidence when it returns. */
  beforeFinalDot(accepted: readonly string[]): void;
  /**
   * More recipients than go in one transaction: called between two with all outcomes so far, which must be
   * synced when it returns. What it throws ends the message; the rest is not attempted and gets no outcome.
   */
  betweenTransactions?(outcomes: ReadonlyMap<string, Outcome>): void;
  /** Bytes of the message handed over so far, as they go. */
  onProgress?(bytes: number): void;
  /** Stop before the final dot: the connection is cut, the relay has nothing. Later it is without effect. */
  readonly cancelled?: AbortSignal;
}

export interface Delivery {
  /** Of the relay, where the session leads to. */
  readonly address: string | null;
  /** `TLSv1.3`; null: plain text. */
  readonly tls: string | null;
  /**
   * Hand over one message. Resolves with one outcome for each recipient by address that was attempted; never
   * rejects for what the relay did. After a lost connection `usable` is false.
   */
  deliver(request: DeliveryRequest): Promise<ReadonlyMap<string, Outcome>>;
  readonly usable: boolean;
  /**
   * The session, used before, had ended when the last message began, or was ended in answer to its MAIL: nothing was
   * said about that message, and over another session it may fare better at once.
   */
  readonly stale: boolean;
  /** RSET before the next message over a session that has carried one, as sendmail; no message needs it. */
  reset(): Promise<void>;
  /** Set when the trouble is the relay's rather than the message's (421, lost connection): stop using it for now. */
  readonly problem: RelayProblem | null;
  /** QUIT; a failure to say goodbye is not an error. */
  close(): Promise<void>;
}

/** `>>> EHLO x` for what we say, the reply lines as they come for what the relay says. Never a credential. */
export type Transcript = (line: string) => void;

export interface ConnectOptions {
  readonly relay: Relay;
  /** Name in EHLO. */
  readonly hostname: string;
  /** Milliseconds until greeting, TLS and EHLO must be through. */
  readonly timeoutMs: number;
  readonly transcript?: Transcript;
  readonly signal?: AbortSignal;
}

/** Connect, TLS, EHLO, AUTH. Rejects with RelayError. */
export type Connect = (options: ConnectOptions) => Promise<Delivery>;

/** Greeting, TLS with verified name, EHLO; no credentials are read or sent. */
export type ProbeResult =
  | { readonly ok: true; readonly greeting: string; readonly extensions: readonly string[] }
  | { readonly ok: false; readonly problem: RelayProblem };
export type Probe = (options: ConnectOptions) => Promise<ProbeResult>;
