/**
 * Trouble with the proxy of a relay, in words that name the proxy, and what it says of the relay
 * (SOCKS5 replies of RFC 1928 §6 as the package socks calls them, statuses of an HTTP proxy).
 * Everything is temporary: another network has another way. Pure.
 */
import type { ProxyAddress } from '../system/proxy-address.js';
import { factsOf, hostForLog } from './explain.js';
import { signInPage } from './explain-page.js';
import { explainLocalAddress } from './local-address.js';
import type { Relay, RelayProblem } from './relay.js';

/** How far the way to the relay had come. */
export type ProxyStep = 'lookup' | 'connect' | 'handshake';

/** An HTTP proxy answered, and not with yes. */
export class ProxyRefusal extends Error {
  override readonly name = 'ProxyRefusal';
  readonly status: number;

  constructor(status: number, words: string) {
    super(words);
    this.status = status;
  }
}

export function explainProxy(error: unknown, step: ProxyStep, proxy: ProxyAddress, relay: Relay): RelayProblem {
  const facts = factsOf(error);
  const about = `${facts.code} ${facts.message}`;
  const words = error instanceof ProxyRefusal ? answered(error, proxy, relay) : null;
  return (
    words ??
    explainLocalAddress(facts, relay) ??
    unreachable(about, step, proxy, relay) ??
    saidOfRelay(about, proxy, relay) ?? {
      kind: 'other',
      message: `The proxy ${shown(proxy)} of relay ${relay.name} could not be used: ${facts.message || 'unknown error'}.`,
      remedy: check(relay),
      stat: `Proxy ${shown(proxy)}: ${facts.message || 'unknown error'}`,
      status: '4.4.1',
    }
  );
}

function shown({ host, port }: ProxyAddress): string {
  return `${hostForLog(host)}:${port}`;
}

function check({ name }: Relay): string {
  return `Check "proxy" of relay ${name} in the settings.`;
}

/** The proxy itself. */
function unreachable(about: string, step: ProxyStep, proxy: ProxyAddress, relay: Relay): RelayProblem | null {
  const name = shown(proxy);
  if (/ENOTFOUND|ENODATA|EAI_NONAME|EAI_NODATA/.test(about)) {
    return {
      kind: 'host-not-found',
      message: `There is no host named ${proxy.host}, which is the proxy of relay ${relay.name}.`,
      remedy: `Some proxies are known in their own network alone: mail leaves by itself when this computer is there. Else: ${check(relay)}`,
      stat: `Name server: ${proxy.host}: host not found`,
      status: '4.4.3',
    };
  }
  if (
    /EAI_AGAIN|EAI_FAIL|ESERVFAIL|DNS_TIMEOUT|ETIMEOUT/.test(about) ||
    (step === 'lookup' && /ETIMEDOUT/.test(about))
  ) {
    return {
      kind: 'no-network',
      message: `The name of the proxy ${proxy.host} could not be looked up: no name server answered.`,
      remedy: 'Most often there is no network. Mail leaves by itself when it is back.',
      stat: `Name server: ${proxy.host}: host name lookup failure`,
      status: '4.4.3',
    };
  }
  if (/ECONNREFUSED/.test(about)) {
    return {
      kind: 'refused',
      message: `The proxy ${name} of relay ${relay.name} refused the connection.`,
      remedy: `Start it, or the tunnel it belongs to (ssh -D, Tor, VPN); mail leaves by itself then. Else: ${check(relay)}`,
      stat: `Connection refused by proxy ${name}`,
      status: '4.4.1',
    };
  }
  if (/ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|EHOSTUNREACH|EHOSTDOWN/.test(about)) {
    return {
      kind: 'no-network',
      message: `No network leads to the proxy ${name} of relay ${relay.name}.`,
      remedy: 'Mail leaves by itself when the network is back.',
      stat: `No route to proxy ${name}`,
      status: '4.4.1',
    };
  }
  if (/ETIMEDOUT|timed.?out/i.test(about)) {
    const silent = step === 'connect';
    return {
      kind: 'timed-out',
      message: silent
        ? `The proxy ${name} of relay ${relay.name} did not answer.`
        : `The proxy ${name} took the connection and did not say in time whether it reaches ${relay.host}.`,
      remedy: `It is tried again by itself. If it stays so: ${check(relay)}${silent ? '' : ` It has to be ${kindOf(proxy)}.`}`,
      stat: `Operation timed out with proxy ${name}`,
      status: '4.4.1',
    };
  }
  if (/HPE_|Parse Error|invalid socks version|Malformed/i.test(about)) {
    return {
      kind: 'not-smtp',
      message: `What answers at ${name} is not ${kindOf(proxy)}.`,
      remedy: check(relay),
      stat: `Proxy ${name}: protocol error`,
      status: '4.5.0',
    };
  }
  if (/ECONNRESET|EPIPE|ECONNABORTED|closed|hang up|disconnected/i.test(about)) {
    return {
      kind: 'closed',
      message: `The proxy ${name} closed the connection before it reached ${relay.host}.`,
      remedy: `It is tried again by itself. If it stays so: ${check(relay)} It has to be ${kindOf(proxy)}.`,
      stat: `Connection closed by proxy ${name}`,
      status: '4.4.2',
    };
  }
  return null;
}

function kindOf({ kind }: ProxyAddress): string {
  return kind === 'http' ? 'an HTTP proxy ("http://")' : 'a SOCKS5 proxy ("socks5://")';
}

/** What the proxy says of the relay, or of us: SOCKS5. */
function saidOfRelay(about: string, proxy: ProxyAddress, relay: Relay): RelayProblem | null {
  if (/no accepted authentication type|unknown authentication type|authentication failed/i.test(about)) {
    return wantsSignIn(proxy, relay);
  }
  const reply = /rejected connection - (\w+)/.exec(about)?.[1];
  switch (reply) {
    case undefined:
      return null;
    case 'NotAllowed':
      return forbidden(proxy, relay, '');
    case 'ConnectionRefused':
      return {
        kind: 'refused',
        message: `${relay.host} refused the connection on port ${relay.port}, says the proxy ${shown(proxy)}.`,
        remedy: `Check "port" of relay ${relay.name} in the settings; if it is right, the server is not running.`,
        stat: `Connection refused by ${hostForLog(relay.host)}`,
        status: '4.4.1',
      };
    case 'NetworkUnreachable':
    case 'HostUnreachable':
    case 'TTLExpired':
    case 'Failure':
      return outOfReach(proxy, relay, reply);
    default:
      return null;
  }
}

/** What an HTTP proxy says instead of yes. */
function answered({ status, message }: ProxyRefusal, proxy: ProxyAddress, relay: Relay): RelayProblem | null {
  if (status === 407) return wantsSignIn(proxy, relay);
  if ([302, 303, 307, 511].includes(status)) return signInPage(relay, message);
  if ([401, 403, 405].includes(status)) return forbidden(proxy, relay, message);
  if (status === 504) return { ...outOfReach(proxy, relay, message), kind: 'timed-out' };
  if (status >= 500) return outOfReach(proxy, relay, message);
  return null;
}

function wantsSignIn(proxy: ProxyAddress, relay: Relay): RelayProblem {
  return {
    kind: 'refused',
    message: `The proxy ${shown(proxy)} of relay ${relay.name} asks for a user and a password.`,
    remedy: `The settings hold no secrets: use a proxy that asks this computer for none, or run one here that signs in to it. ${check(relay)}`,
    stat: `Proxy ${shown(proxy)} asks for a sign-in`,
    status: '4.7.0',
  };
}

function forbidden(proxy: ProxyAddress, relay: Relay, reply: string): RelayProblem {
  return {
    kind: 'refused',
    message: `The proxy ${shown(proxy)} does not let connections through to port ${relay.port} of ${relay.host}.`,
    remedy: `Ask who runs it to allow that. ${check(relay)}`,
    ...(reply !== '' && { reply }),
    stat: `Proxy ${shown(proxy)} does not allow ${relay.host}`,
    status: '4.7.0',
  };
}

function outOfReach(proxy: ProxyAddress, relay: Relay, reply: string): RelayProblem {
  return {
    kind: 'no-network',
    message: `The proxy ${shown(proxy)} does not reach ${relay.host} on port ${relay.port}.`,
    remedy: `It is tried again by itself. If it stays so, check "host" and "port" of relay ${relay.name} in the settings: the proxy looks the name up.`,
    reply,
    stat: `Proxy ${shown(proxy)}: no route to ${hostForLog(relay.host)}`,
    status: '4.4.1',
  };
}
