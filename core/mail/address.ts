/**
 * Mail addresses as sendmail's client configuration reads them: names and comments around a bare
 * address, route addresses, groups' debris, `a%b`, `host!user`. An address is either good, or
 * refused with sendmail's words. Nothing is looked up. Strings hold one byte a character. Pure.
 */
import { type Delimiter, joinTokens, tokenizeAddress } from './address-tokens.js';

export interface Address {
  /** As typed, name and comments included; line feeds are blanks. */
  readonly text: string;
  readonly user: string;
  /** Empty for a local name. */
  readonly host: string;
  /** `host!user` with a host that is no domain: the next relay must know it. */
  readonly uucp: boolean;
}

/** syntax and charset, unknown host form, unknown user: sendmail's exit statuses 64, 68 and 67. */
export type AddressFault = 'syntax' | 'charset' | 'host' | 'user';

export interface AddressReading {
  readonly text: string;
  /** null when refused, and when there is no address at all. */
  readonly address: Address | null;
  /** Why it was refused. */
  readonly refusal: { readonly fault: AddressFault; readonly words: string } | null;
  /** What was repaired: the address is used all the same. */
  readonly repairs: readonly string[];
  /** Index of the delimiter after it. */
  readonly end: number;
}

type Judged = Pick<AddressReading, 'address' | 'refusal'>;

export function readAddress(source: string, delimiter: Delimiter, start = 0): AddressReading {
  const { tokens, end, problems } = tokenizeAddress(source, delimiter, start);
  const text = source.slice(start, end).replace(/\n/g, ' ');
  const repairs = problems.map((problem) => `${text}... ${problem}`);
  if (tokens.length === 0) return { text, address: null, refusal: null, repairs, end };
  if (/[\u0080-\u009f]/.test(text)) {
    const words = `8-bit character in mailbox address "${text.replace(/[\u0080-\u009f]/g, '?')}"`;
    return { text, address: null, refusal: { fault: 'charset', words }, repairs: [], end };
  }
  return { text, ...judge(text, tokens), repairs, end };
}

/**
 * The first address of the text without name, comments and brackets; empty for the null
 * reverse-path `<>`. Takes any byte, since names in the queue have some that sendmail refuses.
 */
export function bareAddress(text: string): string {
  const { tokens } = tokenizeAddress(text, ',');
  const { address } = judge(text, tokens);
  if (address?.uucp === true) return `${address.host}!${address.user}`;
  if (address !== null) return address.host === '' ? address.user : `${address.user}@${address.host}`;
  return text.trim().replace(/^<|>$/g, '');
}

/** Bare and complete: what a recipient without domain becomes at the relay. */
export function qualifiedAddress({ user, host, uucp }: Address, ownHost: string): string {
  if (uucp) return `${host}!${user}@${ownHost}`;
  if (host.includes(':')) return `${user}@${host}`;
  return `${user}@${host === '' ? ownHost : host}`;
}

/** Taken by the local mailer: no domain, this computer, or a domain literal. */
export function isLocal({ host, uucp }: Address): boolean {
  if (uucp) return false;
  return host === '' || host.toLowerCase() === 'localhost' || host.includes(':') || /^\[.*\]$/.test(host);
}

function judge(text: string, all: readonly string[]): Judged {
  const inner = innermost(all);
  const tokens = inner ?? withoutGroup(all);
  const refuse = (fault: AddressFault, reason: string): Judged => ({
    address: null,
    refusal: { fault, words: `${text}... ${reason}` },
  });
  const accept = (user: readonly string[], host: readonly string[], uucp = false): Judged => ({
    address: { text, user: joinTokens(user), host: joinTokens(host), uucp },
    refusal: null,
  });

  if (tokens.length === 0) {
    return inner === null
      ? refuse('syntax', 'List:; syntax illegal for recipient addresses')
      : refuse('user', 'User unknown');
  }
  const direct = withoutRoute(tokens);
  if (direct.length === 1 && direct[0] === '@') return refuse('user', 'User unknown');
  if (direct[0] === '@') {
    return refuse('syntax', direct[1] === '@' ? 'Invalid route address' : 'User address required');
  }

  const at = direct.lastIndexOf('@');
  if (at >= 0) {
    const user = direct.slice(0, at);
    const host = direct.slice(at + 1);
    if (host.length === 0) return refuse('syntax', 'Hostname required');
    if (user.includes('@')) return refuse('syntax', 'Invalid route address');
    const name = host.at(-1) === '.' ? host.slice(0, -1) : host;
    if (name.length === 0 || name[0] === '.' || joinTokens(name).includes('..'))
      return refuse('host', 'Invalid host name');
    return accept(user, name);
  }
  const bang = direct.indexOf('!');
  if (bang > 0 && bang < direct.length - 1) {
    const host = direct.slice(0, bang);
    return accept(direct.slice(bang + 1), host, !host.includes('.'));
  }
  const percent = direct.lastIndexOf('%');
  if (percent > 0 && percent < direct.length - 1) return accept(direct.slice(0, percent), direct.slice(percent + 1));
  return accept(direct, []);
}

/** Between the innermost angle brackets; null when there are none. */
function innermost(tokens: readonly string[]): readonly string[] | null {
  const open = tokens.lastIndexOf('<');
  if (open < 0) return null;
  const close = tokens.indexOf('>', open);
  return tokens.slice(open + 1, close < 0 ? undefined : close).filter((token) => token !== ';');
}

/** `friends: bob@x` and `carol@y;`: what a comma leaves of a group. */
function withoutGroup(tokens: readonly string[]): readonly string[] {
  let rest = tokens;
  const colon = rest.indexOf(':');
  const exempt = rest[0] === '@' || rest[colon + 1] === ':' || (colon === 0 && rest[1] === 'include');
  const host = rest.lastIndexOf('@', colon);
  if (colon >= 0 && !exempt && host < 0) rest = rest.slice(colon + 1);
  return rest.at(-1) === ';' ? rest.slice(0, -1) : rest;
}

/** `@a,@b:user@c` goes to user@c: routes are not followed (RFC 5321 appendix C). */
function withoutRoute(tokens: readonly string[]): readonly string[] {
  if (tokens[0] !== '@') return tokens;
  const colon = tokens.lastIndexOf(':');
  return colon > 0 ? tokens.slice(colon + 1) : tokens;
}
