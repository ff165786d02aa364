/**
 * A relay that answers as the one of the recorded runs (test/corpus) did: its greeting, extensions
 * and words, commands taken as they come, pipelined or not. What it answers otherwise is given
 * by address. It keeps the messages it took and ends with the test that started it.
 */
import { type RawConnection, startRawRelay } from './raw-relay.js';

export interface SinkOptions {
  /** Instead of 220. */
  readonly greeting?: string;
  readonly toEhlo?: () => string | undefined;
  /** EHLO's lines after the first. */
  readonly extensions?: readonly string[];
  /** Replies without their CR LF, lines parted by LF; undefined: yes. 421 ends the connection, HANG_UP says nothing. */
  readonly toMail?: (command: string) => string | undefined;
  readonly toRecipient?: (address: string) => string | undefined;
  /** DATA, when a recipient was taken. */
  readonly toData?: () => string | undefined;
  readonly toMessage?: (message: SinkMessage) => string | undefined;
}

export interface SinkMessage {
  readonly mail: string;
  readonly rcpt: readonly string[];
  /** One character a byte, dot-stuffing undone. */
  readonly text: string;
}

export interface Sink {
  readonly port: number;
  readonly messages: readonly SinkMessage[];
}

export const HANG_UP = 'hang up';

const EXTENSIONS = ['PIPELINING', '8BITMIME', 'SIZE', 'DSN', 'SMTPUTF8', 'ENHANCEDSTATUSCODES'];

export async function startSink(options: SinkOptions = {}): Promise<Sink> {
  const messages: SinkMessage[] = [];
  const relay = await startRawRelay((connection) => serve(connection, options, messages));
  return { port: relay.port, messages };
}

async function serve(connection: RawConnection, options: SinkOptions, messages: SinkMessage[]): Promise<void> {
  const { extensions = EXTENSIONS } = options;
  let over = false;
  const say = (reply: string): void => {
    if (reply !== HANG_UP && !over) connection.say(`${reply.split('\n').join('\r\n')}\r\n`);
    if (reply !== HANG_UP && !reply.startsWith('421')) return;
    over = true;
    connection.end();
  };
  let mail = '';
  let rcpt: string[] = [];
  say(options.greeting ?? '220 sink.example.net ESMTP sink');
  for (let line = await connection.line(); line !== null; line = await connection.line()) {
    const verb = line.split(/[ :]/, 1)[0]?.toUpperCase();
    const address = /<([^>]*)>/.exec(line)?.[1] ?? '';
    if (verb === 'EHLO') {
      const refused = options.toEhlo?.();
      if (refused !== undefined) {
        say(refused);
        continue;
      }
      const offered = ['sink.example.net Hello', ...extensions];
      say(offered.map((text, index) => `250${index === offered.length - 1 ? ' ' : '-'}${text}`).join('\n'));
    } else if (verb === 'MAIL') {
      const reply = options.toMail?.(line);
      if (reply === undefined) mail = line;
      rcpt = [];
      say(reply ?? '250 2.1.0 Sender ok');
    } else if (verb === 'RCPT') {
      const reply = mail === '' ? '503 5.5.1 No sender' : options.toRecipient?.(address);
      if (reply === undefined) rcpt.push(line);
      say(reply ?? '250 2.1.5 Recipient ok');
    } else if (verb === 'DATA') {
      const reply = rcpt.length === 0 ? '503 5.5.1 No recipients' : options.toData?.();
      say(reply ?? '354 go ahead');
      if (reply !== undefined) continue;
      const lines = await readMessage(connection);
      // Cut off before its end, it is none.
      if (lines === null) return;
      const text = lines.map((text) => `${text.replace(/^\./, '')}\r\n`).join('');
      const message = { mail, rcpt, text };
      const refused = options.toMessage?.(message);
      if (refused === undefined) messages.push(message);
      say(refused ?? `250 2.0.0 m${String(messages.length).padStart(4, '0')} Message accepted for delivery`);
      mail = '';
    } else if (verb === 'RSET') {
      mail = '';
      say('250 2.0.0 Reset');
    } else if (verb === 'QUIT') {
      say('221 2.0.0 bye');
      connection.end();
    } else say('250 2.0.0 ok');
  }
}

async function readMessage(connection: RawConnection): Promise<string[] | null> {
  const lines: string[] = [];
  for (let line = await connection.line(); line !== '.'; line = await connection.line()) {
    if (line === null) return null;
    lines.push(line);
  }
  return lines;
}
