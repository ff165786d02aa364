/**
 * From a relay's name to a socket: look the name up, connect to its addresses one after another,
 * and put TLS on it. nodemailer could do it, but it keeps answers of the name server for minutes,
 * and a laptop that moved to another network must ask anew. Errors are Node's own, explained by
 * the caller; an aborted signal destroys what was opened and rejects with its reason.
 */
import dns from 'node:dns';
import net from 'node:net';
import tls from 'node:tls';

/** An address gets this long before the next is tried; the last one gets all that is left. */
const ATTEMPT_MS = 2000;

export async function lookUp(host: string, signal: AbortSignal): Promise<string[]> {
  if (net.isIP(host) !== 0) return [host];
  const found = await abortable(dns.promises.lookup(host, { all: true }), signal);
  return alternateFamilies(found.map(({ address }) => address));
}

/** A network with a broken IPv6 shall cost one attempt, not one for each IPv6 address (RFC 8305 §4). */
export function alternateFamilies(addresses: readonly string[]): string[] {
  const unique = [...new Set(addresses)];
  const first = unique.filter((address) => net.isIP(address) === net.isIP(unique[0] ?? ''));
  const second = unique.filter((address) => !first.includes(address));
  return Array.from({ length: Math.max(first.length, second.length) }, (_, index) => [first[index], second[index]])
    .flat()
    .filter((address) => address !== undefined);
}

/** `localAddress`: own address to connect from; null: as the system chooses. */
export async function connectTo(
  addresses: readonly string[],
  port: number,
  localAddress: string | null,
  signal: AbortSignal,
): Promise<net.Socket> {
  let failure: unknown = new Error('The name has no address');
  for (const [index, address] of addresses.entries()) {
    const last = index === addresses.length - 1;
    try {
      return await connectOnce(
        { host: address, port, ...(localAddress !== null && { localAddress }) },
        last ? null : ATTEMPT_MS,
        signal,
      );
    } catch (error) {
      failure = error;
      signal.throwIfAborted();
    }
  }
  throw failure;
}

async function connectOnce(
  to: net.TcpNetConnectOpts,
  limitMs: number | null,
  signal: AbortSignal,
): Promise<net.Socket> {
  const socket = net.connect(to);
  // Commands are short and answered one by one; waiting to fill a packet only costs time.
  socket.setNoDelay(true);
  const giveUp = (): unknown => socket.destroy(Object.assign(new Error('connect timed out'), { code: 'ETIMEDOUT' }));
  const timer = limitMs === null ? undefined : setTimeout(giveUp, limitMs);
  try {
    return await ready(socket, 'connect', signal);
  } finally {
    clearTimeout(timer);
  }
}

export function startTls(
  socket: net.Socket,
  options: tls.ConnectionOptions,
  signal: AbortSignal,
): Promise<tls.TLSSocket> {
  return ready(tls.connect({ ...options, socket }), 'secureConnect', signal);
}

/** The socket once it says `event`; destroyed when it fails first or the signal is aborted. */
function ready<S extends net.Socket>(socket: S, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<S> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      socket.off(event, onReady);
      socket.off('close', onClose);
      socket.off('error', onError);
      act();
    };
    const fail = (error: unknown): void => {
      settle(() => reject(error));
      socket.on('error', () => {});
      socket.destroy();
    };
    const onReady = (): void => settle(() => resolve(socket));
    const onError = (error: Error): void => fail(error);
    const onClose = (): void => fail(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
    const onAbort = (): void => fail(signal.reason);
    socket.once(event, onReady);
    socket.once('error', onError);
    socket.once('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

/** A promise that cannot be cancelled, given up when the signal is aborted. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
