/**
 * Addresses as the relay gets them: bare and complete in the envelope; in header fields within the
 * name and comments they were written with. What sendmail 8.17's relay mailer makes of them, by
 * way of canonical-address.ts. Strings hold one byte a character. Pure.
 */
import { addressFrame } from './address-frame.js';
import { joinTokens, tokenizeAddress } from './address-tokens.js';
import {
  type Canonical,
  canonify,
  canonifyOffline,
  formatCanonical,
  hostTokens,
  isOwnHost,
} from './canonical-address.js';
import { outsideAddressee, outsideReversePath, outsideSender, type Rewriting, recipientDomain } from './rewriting.js';

/** One element of an address field. */
export function rewriteElement(element: string, sender: boolean, rewriting: Rewriting): string {
  const { tokens } = tokenizeAddress(element, null);
  if (tokens.length === 0) return element;
  const address = canonify(tokens, rewriting.hostname);
  const outside = sender ? outsideSender(relative(address), rewriting) : outsideAddressee(address, rewriting);
  return addressFrame(element)(formatCanonical(outside, rewriting.hostname));
}

/** Bare, the first address of a From field as it goes out. */
export function originatorOnWire(text: string, rewriting: Rewriting): string {
  return bareSender(tokenizeAddress(text, ',').tokens, rewriting, outsideSender);
}

/** The same for a file: nothing is looked up, and what has no domain gets none. */
export function rewriteElementInFile(element: string, hostname: string): string {
  const { tokens } = tokenizeAddress(element, null);
  if (tokens.length === 0) return element;
  return addressFrame(element)(formatCanonical(canonifyOffline(tokens, hostname), hostname, false));
}

/** Reverse-path; empty for the null one. */
export function senderOnWire(text: string, rewriting: Rewriting): string {
  return bareSender(tokenizeAddress(text, null).tokens, rewriting, outsideReversePath);
}

function bareSender(
  tokens: readonly string[],
  rewriting: Rewriting,
  outside: (address: Canonical, rewriting: Rewriting) => Canonical,
): string {
  const address = canonify(tokens, rewriting.hostname);
  return address.kind === 'list' ? '' : formatCanonical(outside(relative(address), rewriting), rewriting.hostname);
}

/**
 * Forward-path. Our own host in it is taken off, as often as there is another address behind it. `writer`: somebody
 * of this computer is reached where his mail comes from.
 */
export function recipientOnWire(text: string, rewriting: Rewriting, writer = false): string {
  const { hostname } = rewriting;
  const address = parse(canonify(tokenizeAddress(text, ',').tokens, hostname), hostname);
  const host = address.host !== null && isOwnHost(address.host, hostname) ? null : address.host;
  // Aimed at the relay: read once more, now with nothing around it.
  const aimed = host === null ? joinTokens(address.user) : formatCanonical({ ...address, host }, hostname);
  const again = parse(canonify(tokenizeAddress(aimed, null).tokens, hostname), hostname);
  const bare = { ...again, user: dequoted(again.user) };
  return formatCanonical(again.host === null ? reachable(bare, rewriting, writer) : bare, hostname);
}

function reachable(address: Canonical, rewriting: Rewriting, writer: boolean): Canonical {
  if (address.kind !== 'address') return address;
  const outside = writer ? outsideSender(address, rewriting) : address;
  return outside.host === null ? { ...outside, host: hostTokens(recipientDomain(rewriting)), dotted: true } : outside;
}

/** `host.UUCP.` of a sender is nobody's domain. */
function relative(address: Canonical): Canonical {
  const { host, user, dotted } = address;
  if (host === null || !dotted || user.length === 0 || host.at(-1)?.toUpperCase() !== 'UUCP' || host.at(-2) !== '.')
    return address;
  return { ...address, user: [...host.slice(0, -2), '!', ...user], host: null };
}

const OPERATORS = new Set(['@', '%', '!']);

/** While it is for us and holds another address, that one. */
function parse(address: Canonical, hostname: string): Canonical {
  let current = address;
  for (let left = 10; left > 0 && current.kind === 'address'; left -= 1) {
    const { host } = current;
    if (host !== null && host.length > 0 && !isOwnHost(host, hostname)) break;
    const user = host === null || host.length > 0 ? dequoted(current.user) : current.user;
    if (host === null && current.user.length !== 1) break;
    current = { ...current, user };
    if (host?.length !== 0 && !user.some((token) => OPERATORS.has(token))) break;
    current = canonify(user, hostname);
  }
  return current;
}

/** A local part that is one quoted string without need of quotes loses them. */
function dequoted(user: readonly string[]): readonly string[] {
  const [token = ''] = user;
  if (user.length !== 1 || !token.startsWith('"')) return user;
  const text = token.replace(/(\\[\s\S])|"/g, '$1');
  return /^(?:[^\\\s()<>]|\\[\s\S])+$/.test(text) ? tokenizeAddress(text, null).tokens : user;
}
