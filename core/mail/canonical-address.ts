/**
 * An address taken apart by the rules of sendmail's stock configuration and put together again as
 * its relay mailer writes it: names, routes and groups stripped, the domain found in `a@b`, `a%b`
 * and `a!b`, localhost turned into our host name (cf/README, "Rulesets 3 and 4"). Works on the tokens
 * of address-tokens.ts. Nothing is looked up, so no name is replaced by what DNS calls it. Pure.
 */
import { joinTokens, tokenizeAddress } from './address-tokens.js';

type Tokens = readonly string[];

export interface Canonical {
  /** null: `<>`. list: a group without members. */
  readonly kind: 'null' | 'list' | 'address';
  /** Local part, or the group's name. */
  readonly user: Tokens;
  /** Domain without trailing dots; null when there is none. */
  readonly host: Tokens | null;
  /** It had such a dot. */
  readonly dotted: boolean;
  /** There is no name in it to look up. */
  readonly direct: boolean;
}

const NULL: Canonical = { kind: 'null', user: [], host: null, dotted: false, direct: false };
const UUCP: Tokens = ['.', 'UUCP'];

/** As it is found offline: only localhost is known to be us. */
export function canonifyOffline(tokens: Tokens, hostname: string): Canonical {
  const address = takeApart(tokens);
  return !address.dotted && isLocalhost(address, hostname) ? onThisHost(address, hostname) : address;
}

/** As it is found when names are looked up: our host name without its domain, or in other letters, is us, too. */
export function canonify(tokens: Tokens, hostname: string): Canonical {
  const address = takeApart(tokens);
  const own = hostname.toLowerCase();
  const short = own.replace(/\..*/, '');
  const host = address.host === null ? '' : joinTokens(address.host).toLowerCase();
  const isOwn = host !== '' && (host === short || host === own);
  return isOwn || isLocalhost(address, hostname) ? onThisHost(address, hostname) : address;
}

function onThisHost(address: Canonical, hostname: string): Canonical {
  return { ...address, host: hostTokens(hostname), dotted: true };
}

function isLocalhost({ host }: Canonical, hostname: string): boolean {
  const name = host === null ? '' : joinTokens(host).toLowerCase();
  const domain = hostname.includes('.') ? hostname.slice(hostname.indexOf('.')).toLowerCase() : null;
  return name === 'localhost' || name === 'localhost.uucp' || (domain !== null && name === `localhost${domain}`);
}

function takeApart(tokens: Tokens): Canonical {
  if (tokens.length === 0) return NULL;
  let rest = withoutGroup(tokens);
  while (rest.at(-1) === ';') rest = rest.slice(0, -1);
  const members = emptyGroup(rest);
  if (members !== null) return { kind: 'list', user: members, host: null, dotted: false, direct: false };
  while (rest.at(-1) === '>' && rest.at(-2) === ';' && rest.includes('<')) rest = [...rest.slice(0, -2), '>'];
  if (rest.length === 0) return { kind: 'list', user: [], host: null, dotted: false, direct: false };
  const inner = withinAngles(rest);
  return inner.length === 0 ? NULL : focus(withoutRoute(inner));
}

/** `friends: bob@x` loses its name, `host::user` and addresses in brackets do not. */
function withoutGroup(tokens: Tokens): Tokens {
  const open = tokens.indexOf('<');
  const colon = tokens.indexOf(':');
  const literal = tokens.findIndex(
    (token, at) => token === '[' && /^ipv6$/i.test(tokens[at + 1] ?? '') && tokens[at + 2] === ':',
  );
  const exempt =
    (open >= 0 && tokens.indexOf('>', open) > open) ||
    tokens[0] === '@' ||
    (literal >= 0 && tokens.length > literal + 4 && tokens.at(-1) === ']') ||
    tokens.some((token, at) => token === ':' && tokens[at + 1] === ':') ||
    (colon === 0 && /^include$/i.test(tokens[1] ?? '') && tokens[2] === ':');
  const beforeLiteral = colon >= 0 && tokens.indexOf('[', colon) > 0 && tokens.at(-1) === ']';
  // `Name <@>`: sendmail takes the empty brackets for a mark of its own.
  const emptied = exempt && tokens.slice(-3).join('') === '<@>';
  const rest = emptied ? tokens.slice(0, -3) : tokens;
  return colon >= 0 && colon < rest.length && (!exempt || beforeLiteral || emptied) ? rest.slice(colon + 1) : rest;
}

/** `<name:;>` */
function emptyGroup(tokens: Tokens): Tokens | null {
  const open = tokens.indexOf('<');
  if (open < 0) return null;
  for (let at = open + 2; at < tokens.length; at += 1) {
    if (tokens[at] === ':' && tokens[at + 1] === ';' && tokens[at + 2] === '>') return tokens.slice(open + 1, at);
  }
  return null;
}

/** What the innermost angle brackets hold; all of it when there are none. */
function withinAngles(tokens: Tokens): Tokens {
  let rest: Tokens = ['<', ...tokens, '>'];
  for (let open = rest.indexOf('<', 1); open > 0; open = rest.indexOf('<', 1)) rest = rest.slice(open);
  return rest.slice(1, rest.indexOf('>'));
}

/** `@a,@b:user@c` goes to user@c. */
function withoutRoute(tokens: Tokens): Tokens {
  let rest = strip(tokens, (route) => route.indexOf(',', 2) + 1);
  rest = strip(rest, (route) => (route[1] === '[' ? literalEnd(route) : 0));
  return strip(rest, (route) => route.indexOf(':', 2) + 1);
}

/** Cuts at the place that is found, as long as there is a route and something behind it. */
function strip(tokens: Tokens, find: (route: Tokens) => number): Tokens {
  let rest = tokens;
  for (;;) {
    const end = rest[0] === '@' ? find(rest) : 0;
    if (end <= 0 || end >= rest.length) return rest;
    rest = rest.slice(end);
  }
}

function literalEnd(route: Tokens): number {
  const at = route.findIndex((token, index) => index > 1 && token === ']' && route[index + 1] === ':');
  return at < 0 ? 0 : at + 2;
}

function focus(tokens: Tokens): Canonical {
  const colon = tokens.indexOf(':', 1);
  if (colon > 0) {
    if (tokens.at(-1) === ';') return canonical(tokens, null);
    const end = tokens.findIndex((token, at) => at > colon && token === ';' && tokens[at + 1] === '@');
    if (end > 0 && end + 2 < tokens.length) return canonical(tokens.slice(0, end + 1), tokens.slice(end + 2));
  }
  const first = tokens.indexOf('@', 1);
  if (first > 0 && first < tokens.length - 1) {
    let at = first;
    for (
      let next = tokens.indexOf('@', at + 1);
      next > 0 && next < tokens.length - 1;
      next = tokens.indexOf('@', at + 1)
    )
      at = next;
    return canonical(tokens.slice(0, at), tokens.slice(at + 1));
  }
  return bang(tokens) ?? percent(tokens);
}

/** `host!user`, and `host.domain!user`, which is as good as user@host.domain. */
function bang(tokens: Tokens): Canonical | null {
  const at = tokens.indexOf('!', 1);
  if (at < 0) return null;
  if (at === 1) return tokens.length > 2 ? canonical(tokens.slice(2), [...tokens.slice(0, 1), ...UUCP]) : null;
  const dotted = tokens.findIndex(
    (token, index) => index > 0 && token === '.' && tokens[index + 2] === '!' && index + 3 < tokens.length,
  );
  if (dotted > 0) return canonical(tokens.slice(dotted + 3), tokens.slice(0, dotted + 2));
  return at < tokens.length - 1 ? canonical(tokens.slice(at + 1), [...tokens.slice(0, at), ...UUCP]) : null;
}

function percent(tokens: Tokens): Canonical {
  const ats = tokens.map((token) => (token === '%' ? '@' : token));
  const last = ats.lastIndexOf('@');
  if (last < 0) return canonical(tokens, null);
  const user = ats.slice(0, last).map((token) => (token === '@' ? '%' : token));
  return canonical(user, ats.slice(last + 1));
}

function canonical(user: Tokens, found: Tokens | null): Canonical {
  if (found === null) return { kind: 'address', user, host: null, dotted: false, direct: false };
  // `@a!b` leaves two signs, which stand for a literal.
  const doubled = found[0] === '@' && found.length > 1;
  const direct = doubled || (found.length > 2 && found[0] === '[' && found.at(-1) === ']');
  let host = doubled ? found.slice(1) : found;
  const { length } = host;
  while (host.length > 1 && host.at(-1) === '.') host = host.slice(0, -1);
  return { kind: 'address', user, host, dotted: host.length < length, direct };
}

export function hostTokens(name: string): Tokens {
  return tokenizeAddress(name, null).tokens;
}

/** This computer by any name it knows. */
export function isOwnHost(host: Tokens, hostname: string): boolean {
  const name = joinTokens(host).toLowerCase();
  const own = hostname.toLowerCase();
  return name === 'localhost' || name === own || name === own.replace(/\..*/, '');
}

/** Text of it for the relay, completed with our host name; empty for `<>` and a group without name. */
export function formatCanonical(address: Canonical, hostname: string, complete = true): string {
  if (address.kind === 'null') return '';
  if (address.host?.length === 0) return nameOfEmptyGroup(address.user);
  if (address.kind === 'list') return address.user.length === 0 ? '' : joinTokens([...address.user, ':']);
  if (address.host === null && !complete) return joinTokens(address.user);
  let tokens: Tokens = [...address.user, '@', ...(address.host ?? hostTokens(hostname))];
  while (tokens[0] !== '@' && tokens.at(-1)?.toUpperCase() === 'UUCP' && tokens.at(-2) === '.' && tokens.at(-4) === '@')
    tokens = [...tokens.slice(-3, -2), '!', ...tokens.slice(0, -4)];
  return joinTokens(withoutOwnRelay(tokens, hostname));
}

/** `name:;%`, which leaves a domain without a name behind a group. */
function nameOfEmptyGroup(user: Tokens): string {
  const { length } = user;
  return length > 2 && user[length - 2] === ':' && user[length - 1] === ';' ? joinTokens(user.slice(0, -1)) : '';
}

/** `user%host@host`, both of them us, is user@host. */
function withoutOwnRelay(tokens: Tokens, hostname: string): Tokens {
  let rest = tokens;
  for (;;) {
    const at = rest.lastIndexOf('@');
    const via = rest.lastIndexOf('%', at);
    if (
      rest[0] === '@' ||
      via < 1 ||
      !isOwnHost(rest.slice(via + 1, at), hostname) ||
      !isOwnHost(rest.slice(at + 1), hostname)
    )
      return rest;
    rest = [...rest.slice(0, via), '@', ...rest.slice(via + 1, at)];
  }
}
