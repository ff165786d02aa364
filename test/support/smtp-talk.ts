/** A raw SMTP client: bytes as given, replies as they come. Ends with the test. */
import { once } from 'node:events';
import net from 'node:net';
import { onTestFinished } from 'vitest';

export interface SmtpTalk {
  readonly socket: net.Socket;
  /** The next reply, its lines joined by LF; rejects when the server hangs up instead. */
  reply(): Promise<string>;
  /** Writes these bytes as they are (latin1) and returns the next reply. */
  say(text: string): Promise<string>;
  /** Each line with CR LF behind it, waiting for each reply; returns the last. */
  lines(...lines: readonly string[]): Promise<string>;
  /** Everything from now to the end of the connection. */
  rest(): Promise<string>;
}

/** Greeting not read. */
export async function talkSmtp(port: number, host = '127.0.0.1'): Promise<SmtpTalk> {
  const socket = net.connect(port, host);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  let text = '';
  let ended = false;
  let wake = (): void => {};
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    wake();
  });
  const end = (): void => {
    ended = true;
    wake();
  };
  socket.on('close', end);
  socket.on('end', end);
  socket.on('error', end);
  const more = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });

  const talk: SmtpTalk = {
    socket,
    async reply() {
      for (;;) {
        const found = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/.exec(text);
        if (found !== null) {
          text = text.slice(found[0].length);
          return found[0].trimEnd().replaceAll('\r\n', '\n');
        }
        if (ended) throw new Error(`the server hung up after ${JSON.stringify(text)}`);
        await more();
      }
    },
    say(bytes) {
      socket.write(bytes, 'latin1');
      return talk.reply();
    },
    async lines(...lines) {
      let last = '';
      for (const line of lines) last = await talk.say(`${line}\r\n`);
      return last;
    },
    async rest() {
      while (!ended) await more();
      return text;
    },
  };
  return talk;
}
