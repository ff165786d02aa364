/**
 * A socket that speaks from a script, for what no decent server does: cut connections, odd bytes,
 * silence. A script gets the connection as lines to read and text to write, and may end, cut or
 * stall it. It ends with the test that started it.
 */
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import { onTestFinished } from 'vitest';
import type { ServerCertificate } from './certificates.js';

export interface RawConnection {
  /** The next line without its CRLF; null when the client has gone. */
  line(): Promise<string | null>;
  /** Lines up to one that equals `last`, without it. */
  until(last: string): Promise<string[]>;
  say(text: string): void;
  /** FIN. */
  end(): void;
  /** RST, as a crashed host or a strict firewall does it. */
  cut(): void;
  /** Read no more: what the client sends fills the buffers between. */
  deafen(): void;
  /** TLS from here on. */
  secure(certificate: ServerCertificate): void;
}

export type Script = (connection: RawConnection) => Promise<void> | void;

export interface RawRelay {
  readonly port: number;
  /** Every line that any client sent. */
  readonly lines: readonly string[];
}

export async function startRawRelay(script: Script): Promise<RawRelay> {
  const lines: string[] = [];
  const sockets = new Set<net.Socket>();
  // Else each short answer waits 40 ms for the acknowledgement of the one before.
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    void Promise.resolve(script(openConnection(socket, lines)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, lines };
}

/** Greeting, EHLO and everything up to DATA as a plain server answers it; the script goes on from there. */
export async function answerUpToData(connection: RawConnection, extensions: readonly string[] = []): Promise<void> {
  connection.say('220 raw.example.net ESMTP\r\n');
  for (;;) {
    const line = await connection.line();
    if (line === null) return;
    const verb = line.split(' ', 1)[0]?.toUpperCase();
    if (verb === 'EHLO') {
      const offered = ['raw.example.net', ...extensions];
      connection.say(offered.map((text, i) => `250${i === offered.length - 1 ? ' ' : '-'}${text}\r\n`).join(''));
    } else if (verb === 'DATA') {
      connection.say('354 go ahead\r\n');
      return;
    } else {
      connection.say('250 2.0.0 ok\r\n');
    }
  }
}

function openConnection(plain: net.Socket, log: string[]): RawConnection {
  const ready: string[] = [];
  let wire = plain;
  let wake: (() => void) | null = null;
  let gone = false;
  let partial = '';
  const listen = (socket: net.Socket): void => {
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      const pieces = (partial + String(chunk)).split('\r\n');
      partial = pieces.pop() ?? '';
      // Not spread: a message may have more lines than a call may have arguments.
      for (const piece of pieces) {
        ready.push(piece);
        log.push(piece);
      }
      wake?.();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      gone = true;
      wake?.();
    });
  };
  const line = async (): Promise<string | null> => {
    while (ready.length === 0 && !gone) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return ready.shift() ?? null;
  };
  listen(plain);
  return {
    line,
    async until(last) {
      const before: string[] = [];
      for (let text = await line(); text !== null && text !== last; text = await line()) before.push(text);
      return before;
    },
    say: (text) => wire.write(text, 'latin1'),
    end: () => wire.end(),
    // What was said before has gone out, also where it had to be encrypted first.
    cut: () => wire.write('', () => plain.resetAndDestroy()),
    deafen: () => wire.pause(),
    secure({ key, cert }) {
      plain.removeAllListeners('data');
      partial = '';
      wire = new tls.TLSSocket(plain, { isServer: true, key, cert });
      listen(wire);
    },
  };
}
