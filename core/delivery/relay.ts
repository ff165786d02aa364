/**
 * A relay as the settings describe it, and what can go wrong on the way to one. Everything a
 * person is told about a relay's trouble starts from a RelayProblem.
 */

export interface Relay {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** `tls`: from the first byte (465). `starttls`: required upgrade (587). `none`: loopback, or allowPlaintext. */
  readonly security: 'tls' | 'starttls' | 'none';
  readonly allowPlaintext: boolean;
  readonly auth: { readonly method: 'password' | 'oauth2' | 'none'; readonly user?: string | undefined };
  /** Program and arguments that print the secret on their first line, instead of the keychain. */
  readonly passwordCommand?: readonly string[] | undefined;
  /** Own address to connect from; the other family is not tried then. */
  readonly localAddress?: string | null;
  /** `socks5://host:port` or `http://host:port`: it looks the relay's name up and connects to it. */
  readonly proxy?: string | null;
  readonly tls: {
    readonly caFile: string | null;
    /** Own certificate and its key, PEM. */
    readonly certFile?: string | null;
    readonly keyFile?: string | null;
    /** As OpenSSL takes them. */
    readonly ciphers?: string | null;
    /** SHA-256 of the certificate, hex, colons allowed. */
    readonly pin: string | null;
    readonly minVersion: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
  };
  /** Envelope/From patterns this relay serves: address, `*@domain`, `*@*.domain`. */
  readonly from: readonly string[];
  /** Connections at once. */
  readonly concurrency: number;
  /** Messages in any minute, and over one connection; 0: any number. */
  readonly pace: { readonly perMinute: number; readonly perConnection: number };
}

export type RelayProblemKind =
  | 'no-network'
  | 'host-not-found'
  | 'refused'
  | 'timed-out'
  | 'closed'
  | 'not-smtp'
  /** A web page answers in its place: a network that wants a sign-in of its own. */
  | 'sign-in-page'
  | 'greeting'
  | 'certificate'
  | 'starttls-missing'
  | 'tls'
  | 'plaintext-forbidden'
  | 'auth-rejected'
  | 'auth-temporary'
  | 'auth-missing'
  | 'password-missing'
  | 'keychain-locked'
  | 'keychain-absent'
  | 'password-command'
  | 'relay-busy'
  | 'other';

/** Why a relay could not be used. `message` and `remedy` are sentences for people, `reply` the relay's own words. */
export interface RelayProblem {
  readonly kind: RelayProblemKind;
  readonly message: string;
  readonly remedy: string;
  readonly reply?: string;
  /** sendmail's words for the M line and stat=: `Connection refused by [127.0.0.1]`. */
  readonly stat: string;
  /** Enhanced status code (RFC 3463) for the log. */
  readonly status: string;
  /** The address that was tried; absent: none was. */
  readonly address?: string;
  /** How far the session had come; absent: there was none. */
  readonly phase?: 'connect' | 'tls' | 'greeting' | 'ehlo' | 'auth' | 'mail' | 'message';
  /** It asked to be left alone: so long, in milliseconds, it is not asked again by itself. */
  readonly restMs?: number;
}

/** sendmail writes an address as a literal: `[127.0.0.1]`. */
export function hostLiteral(host: string): string {
  return /^[\d.]+$|:/.test(host) ? `[${host}]` : host;
}

/** The relay takes no more for now. `restMs`: how long it is left alone. */
export function busyProblem({ host }: Relay, reply: string, status: string, restMs: number): RelayProblem {
  return {
    kind: 'relay-busy',
    message: `${host} asked us to come back later.`,
    remedy: 'It is tried again by itself.',
    reply,
    stat: reply,
    status,
    restMs,
  };
}

/** It was there, and said that it takes no more for now: mail for it grows old meanwhile, or what it never takes would have no end. */
export function isReached({ kind }: { readonly kind: string }): boolean {
  return kind === ('relay-busy' satisfies RelayProblemKind);
}

export class RelayError extends Error {
  override readonly name = 'RelayError';
  readonly problem: RelayProblem;

  constructor(problem: RelayProblem, options?: ErrorOptions) {
    super(problem.message, options);
    this.problem = problem;
  }
}
