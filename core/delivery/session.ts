/**
 * An open session with a relay, over nodemailer's SMTPConnection: calls as promises that end when the
 * connection does, and a clock of its own for relays that say nothing. open-session.ts makes one.
 */
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Conversation } from './conversation.js';
import { commandWith } from './verbs.js';

/** Silence allowed between commands and between pieces of a message (RFC 5321 §4.5.3.2: MAIL and RCPT five minutes). */
export const COMMAND_TIMEOUT_MS = 5 * 60_000;

/** QUIT is a courtesy: its answer is not waited for any longer. */
export const GOODBYE_MS = 2000;

export interface Session {
  readonly connection: SMTPConnection;
  readonly conversation: Conversation;
  /** The error that ended the session; null while it lives or when it ended in peace. */
  readonly fault: () => unknown;
  readonly closed: () => boolean;
  /** Run one of nodemailer's calls with a callback; rejects too when the connection ends meanwhile. */
  ask<T>(start: (callback: (error?: Error | null, result?: T) => void) => void): Promise<T | undefined>;
  /** Say one command outside of any message; its reply. */
  command(text: string): Promise<string>;
  /** QUIT, wait a moment, close. */
  close(): Promise<void>;
  /** How long the relay may keep from answering, and from taking any of what it is sent, before it counts as lost. */
  allowSilence(milliseconds: number): void;
  /** End it without a word; whatever is under way fails with this error. */
  destroy(error: Error): void;
}

export function createSession(
  connection: SMTPConnection,
  conversation: Conversation,
  transcript: (line: string) => void,
): Session {
  let fault: unknown = null;
  connection.on('error', (error: Error) => {
    fault ??= error;
  });
  // The socket's own clock is set back by every byte; a relay that drips them says nothing either.
  let patienceMs = COMMAND_TIMEOUT_MS;
  let watch: NodeJS.Timeout | undefined;
  const progress = (): string => {
    const socket = connection._socket;
    const sent = socket ? socket.bytesWritten - socket.writableLength : 0;
    return `${conversation.replies} ${sent}`;
  };
  const stopWatching = (): void => {
    clearTimeout(watch);
    watch = undefined;
  };
  const watchProgress = (): void => {
    stopWatching();
    const before = progress();
    watch = setTimeout(() => {
      if (progress() !== before) watchProgress();
      else session.destroy(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' }));
    }, patienceMs);
  };
  const ended = (): unknown => fault ?? Object.assign(new Error('Connection closed'), { code: 'ECONNRESET' });

  const session: Session = {
    connection,
    conversation,
    fault: () => fault,
    closed: () => connection.destroyed,
    ask(start) {
      return new Promise((resolve, reject) => {
        // nodemailer closes first and calls back just after, with the better error.
        const onEnd = (): void => {
          stopWatching();
          setImmediate(() => reject(ended()));
        };
        connection.once('end', onEnd);
        watchProgress();
        start((error, result) => {
          stopWatching();
          connection.off('end', onEnd);
          if (error) reject(error);
          else resolve(result);
        });
      });
    },
    async command(text) {
      if (/[\r\n]/.test(text)) throw new Error('a command is one line');
      transcript(`>>> ${text}`);
      let reply = '';
      await session.ask((callback) =>
        connection.login(
          commandWith(text, (answer) => {
            reply = answer;
          }),
          callback,
        ),
      );
      return reply;
    },
    async close() {
      if (connection.destroyed) return;
      const gone = new Promise<void>((resolve) => connection.once('end', () => resolve()));
      const timer = setTimeout(() => connection.close(), GOODBYE_MS);
      connection.quit();
      await gone;
      clearTimeout(timer);
    },
    allowSilence(milliseconds) {
      const socket = connection._socket;
      if (socket && !socket.destroyed) socket.setTimeout(milliseconds);
      const waiting = patienceMs !== milliseconds && watch !== undefined;
      patienceMs = milliseconds;
      if (waiting && !connection.destroyed) watchProgress();
    },
    destroy(error) {
      fault ??= error;
      const socket = connection._socket;
      if (socket) socket.destroy(error);
      else connection.close();
    },
  };
  return session;
}
