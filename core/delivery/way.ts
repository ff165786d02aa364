/**
 * The way to a relay, up to a socket on which it can be spoken to: straight, or through the proxy of its
 * settings. In the second case nothing about the relay is looked up here. Rejects with Node's own errors, or with RelayError
 * where more is known.
 */
import type net from 'node:net';
import { type ProxyAddress, parseProxy } from '../system/proxy-address.js';
import type { SessionEvent } from './conversation.js';
import { addressesWithin } from './local-address.js';
import { forbidPlaintext } from './plaintext.js';
import { connectThrough } from './proxy.js';
import { type Relay, RelayError } from './relay.js';
import { connectTo, lookUp } from './socket.js';

export async function openWay(
  relay: Relay,
  signal: AbortSignal,
  observe: (event: SessionEvent) => void = () => {},
): Promise<net.Socket> {
  const proxy = proxyOf(relay);
  if (proxy !== null) return await connectThrough(proxy, relay, signal, observe);
  const found = await lookUp(relay.host, signal);
  for (const address of found) forbidPlaintext(relay, address);
  const addresses = addressesWithin(relay, relay.host, found);
  observe({ kind: 'looked-up', host: relay.host, addresses });
  const socket = await connectTo(addresses, relay.port, relay.localAddress ?? null, signal);
  observe({ kind: 'connected', address: socket.remoteAddress ?? relay.host });
  return socket;
}

function proxyOf({ name, proxy }: Relay): ProxyAddress | null {
  if (!proxy) return null;
  const parsed = parseProxy(proxy);
  if (parsed !== null) return parsed;
  // The schema sees to it; a way around the proxy must not be what comes of a mistake.
  throw new RelayError({
    kind: 'other',
    message: `The proxy of relay ${name} is written wrongly.`,
    remedy: `Write "proxy" of relay ${name} as "socks5://host:port" or "http://host:port".`,
    stat: 'Proxy is written wrongly',
    status: '4.3.5',
  });
}
