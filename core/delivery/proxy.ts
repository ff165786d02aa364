/**
 * A connection to a relay through a proxy: SOCKS5 (RFC 1928, the package socks) or HTTP CONNECT (RFC 9110
 * §9.3.6, Node's own http). The proxy gets the relay's name and looks it up itself. It is asked for no
 * sign-in: the settings hold no secrets. What the relay says along with the proxy's yes is kept.
 * Every failure leaves as a RelayError that says whether proxy or relay is to blame.
 */
import http from 'node:http';
import net from 'node:net';
import type { ProxyAddress } from '../system/proxy-address.js';
import type { SessionEvent } from './conversation.js';
import { explainProxy, ProxyRefusal, type ProxyStep } from './explain-proxy.js';
import { addressesWithin } from './local-address.js';
import { type Relay, RelayError } from './relay.js';
import { abortable, connectTo, lookUp } from './socket.js';

export async function connectThrough(
  proxy: ProxyAddress,
  relay: Relay,
  signal: AbortSignal,
  observe: (event: SessionEvent) => void,
): Promise<net.Socket> {
  let step: ProxyStep = 'lookup';
  let socket: net.Socket | null = null;
  try {
    const addresses = addressesWithin(relay, proxy.host, await lookUp(proxy.host, signal));
    observe({ kind: 'looked-up', host: proxy.host, addresses });
    step = 'connect';
    socket = await connectTo(addresses, proxy.port, relay.localAddress ?? null, signal);
    step = 'handshake';
    await abortable(proxy.kind === 'http' ? askHttp(socket, relay) : askSocks(socket, proxy, relay), signal);
    observe({ kind: 'connected', address: null, proxy: socket.remoteAddress ?? proxy.host });
    return socket;
  } catch (error) {
    socket?.on('error', () => {});
    socket?.destroy();
    if (error instanceof RelayError) throw error;
    throw new RelayError(explainProxy(error, step, proxy, relay), { cause: error });
  }
}

/** Longer than any set-up of a session may take, which has a clock of its own. */
const NEVER_MS = 24 * 3_600_000;

async function askSocks(socket: net.Socket, proxy: ProxyAddress, { host, port }: Relay): Promise<void> {
  const { SocksClient } = await import('socks');
  const client = new SocksClient({
    proxy: { host: proxy.host, port: proxy.port, type: 5 },
    command: 'connect',
    destination: { host, port },
    existing_socket: socket,
    timeout: NEVER_MS,
  });
  await new Promise<void>((resolve, reject) => {
    const early: Buffer[] = [];
    const keep = (bytes: Buffer): void => void early.push(bytes);
    client.once('error', reject);
    client.once('established', () => {
      // In the next turn socks hands on, as an event, what came along with the proxy's answer.
      socket.on('data', keep);
      setImmediate(() => {
        socket.pause();
        socket.off('data', keep);
        if (early.length > 0) socket.unshift(Buffer.concat(early));
        resolve();
      });
    });
    client.connect(socket);
  });
}

function askHttp(socket: net.Socket, { host, port }: Relay): Promise<void> {
  const target = `${net.isIPv6(host) ? `[${host}]` : host}:${port}`;
  return new Promise((resolve, reject) => {
    const request = http.request({
      method: 'CONNECT',
      path: target,
      headers: { host: target },
      createConnection: () => socket,
    });
    const refuse = ({ statusCode = 0, statusMessage = '' }: http.IncomingMessage): void =>
      reject(new ProxyRefusal(statusCode, `HTTP ${statusCode} ${statusMessage}`.trim()));
    request.once('error', reject);
    request.once('response', refuse);
    request.once('connect', (response, _socket, head) => {
      if (Math.trunc((response.statusCode ?? 0) / 100) !== 2) return refuse(response);
      if (head.length > 0) socket.unshift(head);
      resolve();
    });
    request.end();
  });
}
