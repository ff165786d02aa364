/**
 * Listens to what nodemailer and a relay say to each other, through nodemailer's logger: keeps the
 * greeting and the extensions of the last EHLO, and writes the transcript as sendmail -v shows it,
 *
 *   >>> MAIL FROM:<me@example.org>
 *   250 2.1.0 Ok
 *
 * Of a sign-in only `>>> AUTH PLAIN` and the relay's final answer are written: challenges and
 * responses carry the name and the secret. The message itself is never passed to the logger
 * (transactionLog, not debug); its end is written as `>>> .`.
 */
import type { TLSSocket } from 'node:tls';
import type { Transcript } from './delivery.js';
import { cleanReply } from './outcome.js';

/** nodemailer's stand-in for a line of a custom authentication. */
const MASKED = '/* secret */';

/** What happened, for whoever times the steps. */
export type SessionEvent =
  /** Of the relay, or of the proxy before it. */
  | { readonly kind: 'looked-up'; readonly host: string; readonly addresses: readonly string[] }
  /** Through a proxy the address of the relay is not known. */
  | { readonly kind: 'connected'; readonly address: string }
  | { readonly kind: 'connected'; readonly address: null; readonly proxy: string }
  | { readonly kind: 'secured'; readonly socket: TLSSocket }
  | { readonly kind: 'greeted'; readonly greeting: string }
  | { readonly kind: 'ehlo'; readonly extensions: readonly string[] }
  | { readonly kind: 'signed-in'; readonly method: string };

export interface Conversation {
  readonly greeting: string;
  /** Lines of the EHLO reply after the first: `SIZE 1000`, `AUTH PLAIN LOGIN`. */
  readonly extensions: readonly string[];
  /** The relay's last complete reply, and how many there were. */
  readonly lastReply: string;
  readonly replies: number;
  /** While true, lines of both sides are secret apart from the AUTH verb and the final reply. */
  signingIn: boolean;
  /** The connection is closed: what still comes is a piece of a reply, and none. */
  ended: boolean;
  /** What nodemailer takes as its logger. */
  readonly logger: Record<'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal', (...args: unknown[]) => void>;
}

/** `upgraded` is called when STARTTLS has put TLS on the connection. */
export function createConversation(
  transcript: Transcript,
  observe: (event: SessionEvent) => void,
  upgraded: () => void,
): Conversation {
  let greeting = '';
  let extensions: readonly string[] = [];
  let lastCommand = '';
  let lastReply = '';
  let replies = 0;

  const client = (text: string): void => {
    if (text === MASKED) return;
    lastCommand = text.split(' ', 1)[0]?.toUpperCase() ?? '';
    if (!state.signingIn) transcript(`>>> ${text}`);
    else if (lastCommand === 'AUTH') transcript(`>>> ${text.split(' ', 2).join(' ')}`);
  };

  const server = (text: string): void => {
    if (state.ended) return;
    lastReply = text;
    replies += 1;
    const lines = cleanReply(text);
    if (!(state.signingIn && text.startsWith('334'))) for (const line of lines) transcript(line);
    if (greeting === '') {
      greeting = text;
      observe({ kind: 'greeted', greeting: text });
    } else if (lastCommand === 'EHLO' && text.startsWith('2')) {
      extensions = lines.slice(1).map((line) => line.slice(4).trim());
      observe({ kind: 'ehlo', extensions });
    }
    lastCommand = '';
  };

  const listen = (...args: unknown[]): void => {
    const [entry, text] = args;
    const topic = typeof entry === 'object' && entry !== null && 'tnx' in entry ? entry.tnx : '';
    if (topic === 'client' && typeof text === 'string') client(text);
    else if (topic === 'server' && typeof text === 'string') server(text);
    else if (topic === 'message') transcript('>>> .');
    else if (topic === 'smtp' && text === 'Connection upgraded with STARTTLS') upgraded();
  };

  const ignore = (): void => {};
  const state = {
    get greeting() {
      return greeting;
    },
    get extensions() {
      return extensions;
    },
    get lastReply() {
      return lastReply;
    },
    get replies() {
      return replies;
    },
    signingIn: false,
    ended: false,
    logger: { trace: ignore, debug: listen, info: listen, warn: ignore, error: ignore, fatal: ignore },
  };
  return state;
}
