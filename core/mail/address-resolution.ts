/**
 * Where an address leads by the rules of sendmail's stock client configuration (cf/README, "Ruleset
 * 0"): to the local mailer, to a domain, or nowhere, with sendmail's words for it. Our own host name
 * is taken off as long as there is another address in front of it. Nothing is looked up, but
 * where sendmail would have asked DNS is known, since it then leaves the recipient for later. Pure.
 */

import { joinTokens, tokenizeAddress } from './address-tokens.js';
import { type Canonical, canonifyOffline, formatCanonical } from './canonical-address.js';
import { reaches } from './characters.js';

/** syntax, unknown host form, unknown user: sendmail's exit statuses 64, 68 and 67; software: 70. */
export type ResolutionFault = 'syntax' | 'host' | 'user' | 'software';

export type Resolution =
  | {
      readonly kind: 'local' | 'remote';
      /** Local part; complete address for a domain. */
      readonly user: string;
      /** Empty for the local mailer. */
      readonly host: string;
      /** DNS was to be asked on the way. */
      readonly lookedUp: boolean;
    }
  | {
      readonly kind: 'refused';
      readonly fault: ResolutionFault;
      readonly words: string;
      readonly before?: readonly string[];
    };

type Tokens = readonly string[];

/** sendmail gives up after 50 levels of its rules; two of them are one of ours. */
const MAX_LEVELS = 25;

export function resolveTokens(tokens: Tokens, hostname: string): Resolution {
  let lookedUp = false;
  let endless = false;
  let address = canonifyOffline(tokens, hostname);
  for (let level = 0; level < MAX_LEVELS; level += 1) {
    const { user, host } = address;
    if (isNull(address)) return refused('user', 'User unknown');
    lookedUp ||= needsLookUp(address);
    const fault = faultOf(address);
    if (fault !== null) return fault;
    if (host !== null && !isOwn(host, hostname)) return remote(address, host, lookedUp, hostname);
    const single = user.length === 1;
    const bare = single ? dequoted(user[0] ?? '') : user;
    if (bare.length === 0) return refused('syntax', 'User address required');
    if ((host === null && !single) || !bare.some((token) => OPERATORS.has(token)))
      return { kind: 'local', user: joinTokens(single ? withoutAngles(bare) : bare), host: '', lookedUp };
    endless = bare.length === 1 && bare[0] === '!';
    address = canonifyOffline(bare, hostname);
  }
  return { ...refused('software', 'buildaddr: no mailer in parsed address'), ...(endless ? { before: ENDLESS } : {}) };
}

/** What a lone `!` makes it say, too. */
const ENDLESS = Array<string>(2).fill('rewrite: excessive recursion (max 50), ruleset Canonify2');

/** Brackets that come out of quotes mean something to the rules: the first pair goes with what it holds, of the others only the marks, and empty ones stay. */
function withoutAngles(tokens: Tokens): Tokens {
  const close = tokens.indexOf('>');
  const rest = tokens[0] === '<' && close < tokens.length - 1 ? tokens.slice(close + 1) : tokens;
  return rest.filter((token, at) =>
    token === '<' ? rest[at + 1] === '>' : token !== '>' || (at > 0 && rest[at - 1] === '<'),
  );
}

const OPERATORS = new Set(['@', '%', '!']);

function refused(fault: ResolutionFault, words: string): Resolution & { readonly kind: 'refused' } {
  return { kind: 'refused', fault, words };
}

function isNull({ kind, user, host }: Canonical): boolean {
  return kind === 'null' || (kind === 'address' && user.length === 0 && host?.length === 0);
}

/** A domain in full, neither ours by another name nor a literal. */
function needsLookUp({ kind, host, dotted, direct }: Canonical): boolean {
  return kind === 'address' && host !== null && host.length > 0 && !dotted && !direct;
}

function isLiteral(host: Tokens): boolean {
  return host.length > 2 && host[0] === '[' && host.at(-1) === ']';
}

function isOwn(host: Tokens, hostname: string): boolean {
  const name = joinTokens(host).toLowerCase();
  return name === 'localhost' || name === hostname.toLowerCase();
}

function faultOf({ kind, user, host, dotted }: Canonical): Resolution | null {
  const list = 'List:; syntax illegal for recipient addresses';
  if (kind === 'list') return refused('syntax', list);
  if (host === null) return badComma(user) ? refused('syntax', 'Invalid route address') : null;
  if (host.length === 0) {
    const group = user.at(-1) === ';' && user.includes(':');
    return refused('syntax', group ? list : 'Hostname required');
  }
  if (user.length === 0 || (user.length === 1 && user[0] === '@')) return refused('syntax', 'User address required');
  const literal = host[0] === '[' ? host.indexOf(']') : -1;
  const route =
    literal > 0
      ? host.findIndex((token, at) => token === ']' && /^[:,]$/.test(host[at + 1] ?? '') && at + 2 < host.length)
      : -1;
  if (route < 0 && literal > 0 && (literal < host.length - 1 || dotted)) return refused('host', 'Invalid address');
  if (route < 0 && !isLiteral(host) && host.includes(':')) return refused('syntax', 'Colon illegal in host name part');
  if (host[0] === '.' || host.some((token, at) => token === '.' && host[at + 1] === '.'))
    return refused('host', 'Invalid host name');
  if (host.at(-1) === '@') return refused('host', 'Invalid route address');
  if (user.includes('@') || badComma([...user, '<']) || badComma([...host, '>']))
    return refused('syntax', 'Invalid route address');
  return null;
}

/** A comma is for routes only. */
function badComma(tokens: Tokens): boolean {
  return tokens.some((token, at) => token === ',' && at + 1 < tokens.length && !OPERATORS.has(tokens[at + 1] ?? ''));
}

function remote(address: Canonical, host: Tokens, lookedUp: boolean, hostname: string): Resolution {
  const literal = host[0] === '[' ? host.findIndex((token, at) => token === ']' && host[at + 1] === ':') : -1;
  const place = literal > 0 ? host.slice(literal + 2) : host;
  const sentTo = literal > 0 ? host.slice(0, literal + 1) : host;
  return {
    kind: 'remote',
    user: formatCanonical({ ...address, host: sentTo }, hostname),
    host: lowerCase(joinTokens(place)) + (address.dotted ? '.' : ''),
    lookedUp,
  };
}

/** Of ASCII only: other characters are bytes here. */
function lowerCase(text: string): string {
  return reaches(text, 0x80) ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text.toLowerCase();
}

/** One word out of its quotes, where nothing needs them (parseaddr.c, dequote_map). */
function dequoted(word: string): Tokens {
  let text = '';
  let angles = 0;
  let comments = 0;
  let quoted = false;
  for (let at = 0; at < word.length; at += 1) {
    const character = word.charAt(at);
    if (character === '\\') {
      at += 1;
      if (at === word.length) return [word];
      text += character + word.charAt(at);
      continue;
    }
    if (/[ \t]/.test(character)) return [word];
    if (character === '(') comments += 1;
    else if (character === ')') comments -= 1;
    if (comments < 0) return [word];
    if (comments === 0) {
      if (character === '"') {
        quoted = !quoted;
        continue;
      }
      if (character === '<') angles += 1;
      else if (character === '>') angles -= 1;
      if (angles < 0) return [word];
    }
    text += character;
  }
  if (quoted || comments > 0 || angles > 0 || !word.includes('"')) return [word];
  return tokenizeAddress(text, null).tokens;
}
