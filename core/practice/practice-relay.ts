/**
 * The practice relay: an SMTP server of our own on 127.0.0.1 that stores what it is given in a
 * Maildir and passes nothing on. No TLS and no AUTH, because nothing leaves this machine.
 *
 * It can be switched off and on and keeps its port. Off means that connections are refused, as
 * with a relay that is down; sessions then open are ended with 421, but a message whose last byte
 * has come is stored and answered first, so that practising shows no duplicates of our making.
 */
import type { AddressInfo } from 'node:net';
import type {
  SMTPServer,
  SMTPServerAddress,
  SMTPServerDataStream,
  SMTPServerOptions,
  SMTPServerSession,
} from 'smtp-server';
import { createUnderWay, endSessions, listen } from '../listener/sessions.js';
import { countMessages, createMaildir, storeMessage } from './maildir.js';

export interface PracticeRelayOptions {
  readonly maildir: string;
  /** 0: any free one, kept from then on. */
  readonly port: number;
  readonly on: boolean;
  readonly maxBytes?: number;
}

export interface PracticeRelay {
  readonly port: number;
  readonly on: boolean;
  /** Rejects with words fit to show when another program has taken the port. */
  setOn(on: boolean): Promise<void>;
  /** Messages in the Maildir at the start, and those stored since. */
  readonly received: number;
  onReceived(listener: () => void): void;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const CLOSE_TIMEOUT_MS = 1000;
const MAX_BYTES = 64 * 1024 * 1024;

/** Takes another port when the wanted one is taken: note the `port` that comes back. */
export async function createPracticeRelay(options: PracticeRelayOptions): Promise<PracticeRelay> {
  const { maildir, maxBytes = MAX_BYTES } = options;
  createMaildir(maildir);
  const { SMTPServer: Server } = await import('smtp-server');
  const listeners = new Set<() => void>();
  const underWay = createUnderWay();
  let received = countMessages(maildir);

  const store: NonNullable<SMTPServerOptions['onData']> = (stream, session, answer) => {
    const stored = keep(maildir, stream, session).then(
      () => {
        received += 1;
        answer(null, 'Ok: stored in the practice mailbox');
        for (const listener of listeners) listener();
      },
      (error: unknown) => {
        stream.resume();
        answer(refusal(error));
      },
    );
    underWay.add(stream, stored);
  };

  const open = async (port: number): Promise<SMTPServer> => {
    const server = new Server({
      name: 'practice.localhost',
      banner: 'Outtray practice relay',
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      hideENHANCEDSTATUSCODES: false,
      size: maxBytes,
      rejectOversized: true,
      // For clients that do not hang up after our 421.
      closeTimeout: CLOSE_TIMEOUT_MS,
      logger: false,
      onData: store,
    });
    // A client that breaks off is its own affair.
    server.on('error', () => {});
    await listen(server, port, HOST);
    return server;
  };

  let server: SMTPServer | null = await open(options.port).catch((error: unknown) => {
    if (options.port === 0 || !portTaken(error)) throw error;
    return open(0);
  });
  const port = (server.server.address() as AddressInfo).port;

  const setOn = async (on: boolean): Promise<void> => {
    if (on && server === null) {
      server = await open(port).catch((error: unknown) => {
        if (!portTaken(error)) throw error;
        throw new Error(
          `Another program has taken port ${port} of the practice relay. End it, or start practising anew.`,
          { cause: error },
        );
      });
    } else if (!on && server !== null) {
      const closing = server;
      server = null;
      await endSessions(closing, underWay, 'The practice relay is switched off');
    }
  };
  /** Off, on, off in quick order end as the last one says. */
  let switching: Promise<void> = Promise.resolve();
  const setOnInTurn = (on: boolean): Promise<void> => {
    const turn = switching.then(() => setOn(on));
    switching = turn.catch(() => {});
    return turn;
  };

  if (!options.on) await setOnInTurn(false);
  return {
    port,
    get on() {
      return server !== null;
    },
    setOn: setOnInTurn,
    get received() {
      return received;
    },
    onReceived: (listener) => void listeners.add(listener),
    stop: () => setOnInTurn(false),
  };
}

async function keep(maildir: string, stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> {
  const { mailFrom, rcptTo } = session.envelope;
  const envelope = {
    from: mailFrom === false ? '' : mailFrom.address,
    recipients: rcptTo.map((recipient: SMTPServerAddress) => recipient.address),
  };
  // Somebody may have thrown the mailbox away meanwhile.
  createMaildir(maildir);
  await storeMessage(maildir, envelope, withinLimit(stream));
}

/** Read to the end whatever happens: before that no answer is allowed, and the sender hears none. */
async function* withinLimit(stream: SMTPServerDataStream): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    if (!stream.sizeExceeded) yield chunk as Uint8Array;
  }
  if (stream.sizeExceeded) throw new Error('the message is too large');
}

function refusal(error: unknown): Error {
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return reply(452, 'The disk is full');
  return reply(451, `Could not store the message: ${error instanceof Error ? error.message : String(error)}`);
}

function reply(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}

function portTaken(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  // Windows reserves ranges of ports and then says EACCES.
  return code === 'EADDRINUSE' || code === 'EACCES';
}
