/**
 * Messages under way in an smtp-server, and how it is closed without losing or doubling one: nobody
 * new comes in, a message whose last byte has come is stored and answered, all others hear 421.
 */
import type { SMTPServer, SMTPServerDataStream } from 'smtp-server';

export interface UnderWay {
  /** `stored` settles when the message has been answered. */
  add(stream: SMTPServerDataStream, stored: Promise<void>): void;
  /** No message is left whose last byte has come and whose answer has not gone. */
  answered(): Promise<void>;
  /** Nor any that will never be whole. */
  abandon(): Promise<void>;
}

export function createUnderWay(): UnderWay {
  const storing = new Map<SMTPServerDataStream, Promise<void>>();
  const answered = async (): Promise<void> => {
    const complete = [...storing].filter(([stream]) => stream.writableEnded).map(([, stored]) => stored);
    if (complete.length === 0) return;
    await Promise.all(complete);
    await answered();
  };
  return {
    add(stream, stored) {
      storing.set(
        stream,
        stored.finally(() => storing.delete(stream)),
      );
    },
    answered,
    async abandon() {
      for (const stream of storing.keys()) if (!stream.writableEnded) stream.destroy();
      await Promise.all(storing.values());
    },
  };
}

/** Resolves when all are gone; who does not hang up is cut off after the server's `closeTimeout`. */
export async function endSessions(server: SMTPServer, underWay: UnderWay, words: string): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  await underWay.answered();
  for (const connection of server.connections) connection.send(421, words);
  await underWay.abandon();
  await closed;
}

/** Rejects with the system's error. */
export function listen(server: SMTPServer, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(port, address, () => {
      server.server.off('error', reject);
      resolve();
    });
  });
}
