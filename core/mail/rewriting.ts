/**
 * Addresses of this computer as the world sees them: sendmail's MASQUERADE_AS with its features and
 * genericstable (cf/README, "MASQUERADING AND RELAYING"; proto.m4, ruleset 93), decided when a message
 * goes out. The table comes first: `user+detail@host`, `user+*@host`, `user@host`, `@host`, `user+detail`,
 * `user+*`, `user`; a value with a domain is final, one without is masqueraded like any other. Then
 * exceptions and exposed users stay, and our own name and the masqueraded domains become the one name.
 * Strings hold one byte a character. Pure.
 */
import { joinTokens } from './address-tokens.js';
import { type Canonical, canonify, hostTokens, isOwnHost } from './canonical-address.js';

/** With a host name alone, addresses without a domain get that and nothing else happens. */
export interface Rewriting {
  /** Our own. */
  readonly hostname: string;
  /** Domain of names without one, instead of our own. */
  readonly qualifyWith?: string | null;
  readonly masquerade?: Masquerade | null;
  readonly senders?: SenderTable | null;
}

export interface Masquerade {
  /** MASQUERADE_AS; null: nothing is, but the table and the exceptions hold. */
  readonly as: string | null;
  /** FEATURE(masquerade_envelope): the reverse-path, too, and local recipients are there. */
  readonly envelope: boolean;
  /** FEATURE(allmasquerade): To and Cc, too. */
  readonly recipients: boolean;
  /** MASQUERADE_DOMAIN */
  readonly domains: readonly string[];
  /** FEATURE(masquerade_entire_domain): hosts in them, too. */
  readonly entireDomains: boolean;
  /** FEATURE(limited_masquerade): the domains, but not our own name. */
  readonly limited: boolean;
  /** MASQUERADE_EXCEPTION, hosts in them included. */
  readonly exceptions: readonly string[];
  /** EXPOSED_USER */
  readonly exposedUsers: readonly string[];
}

export interface SenderTable {
  /** By key in lower case. `%1` in a value is the detail, or for `@host` the user. */
  readonly entries: ReadonlyMap<string, string>;
  /** GENERICS_DOMAIN: users of these hosts are looked up by name alone, as those of our own are. */
  readonly domains: readonly string[];
}

/** Of a header field that says whom a message is from, and where masqueraded, of the reverse-path. */
export function outsideSender(address: Canonical, rewriting: Rewriting): Canonical {
  if (!isRewritable(address)) return address;
  const found = lookUp(address, rewriting);
  if (found === null) return masked(address, rewriting);
  const tokens = hostTokens(found);
  return found.includes('@')
    ? canonify(tokens, rewriting.hostname)
    : masked({ ...address, user: tokens, host: null }, rewriting);
}

/** Of the reverse-path. */
export function outsideReversePath(address: Canonical, rewriting: Rewriting): Canonical {
  return rewriting.masquerade?.envelope === true
    ? outsideSender(address, rewriting)
    : completed(address, localDomain(rewriting));
}

/** Of To and Cc. */
export function outsideAddressee(address: Canonical, rewriting: Rewriting): Canonical {
  return rewriting.masquerade?.recipients === true
    ? outsideSender(address, rewriting)
    : completed(address, localDomain(rewriting));
}

/** Where recipients of this computer are reached: their mail is elsewhere. */
export function recipientDomain({ hostname, qualifyWith, masquerade }: Rewriting): string {
  return qualifyWith ?? (masquerade?.envelope === true ? masquerade.as : null) ?? hostname;
}

function localDomain({ hostname, qualifyWith }: Rewriting): string {
  return qualifyWith ?? hostname;
}

/** Not `<>`, not a group. */
function isRewritable({ kind, user, host }: Canonical): boolean {
  return kind === 'address' && user.length > 0 && host?.length !== 0;
}

function completed(address: Canonical, domain: string): Canonical {
  if (!isRewritable(address) || address.host !== null) return address;
  return { ...address, host: hostTokens(domain), dotted: true };
}

function masked(address: Canonical, rewriting: Rewriting): Canonical {
  const { hostname, masquerade } = rewriting;
  const { host } = address;
  if (masquerade == null) return completed(address, localDomain(rewriting));
  const isOurs = host === null || (!masquerade.limited && isOwnHost(host, hostname));
  const isMasked = isOurs || (host !== null && isIn(host, masquerade.domains, masquerade.entireDomains));
  if (!isMasked || (host !== null && isIn(host, masquerade.exceptions, true))) return address;
  if (masquerade.as === null) return completed(address, localDomain(rewriting));
  const user = joinTokens(address.user).toLowerCase();
  if (masquerade.exposedUsers.some((exposed) => exposed.toLowerCase() === user)) return completed(address, hostname);
  return { ...address, host: hostTokens(masquerade.as), dotted: true };
}

function isIn(host: readonly string[], domains: readonly string[], entire: boolean): boolean {
  const name = joinTokens(host).toLowerCase();
  return domains.some((domain) => {
    const wanted = domain.toLowerCase();
    return name === wanted || (entire && name.endsWith(`.${wanted}`));
  });
}

function lookUp({ user, host }: Canonical, { hostname, senders }: Rewriting): string | null {
  if (senders == null || senders.entries.size === 0) return null;
  const name = joinTokens(user);
  const plus = user.indexOf('+', 1);
  const base = plus < 0 ? name : joinTokens(user.slice(0, plus));
  const detail = plus < 0 ? '' : joinTokens(user.slice(plus + 1));
  const isOwn = host === null || isOwnHost(host, hostname);
  const domain = isOwn ? hostname : joinTokens(host);
  const detailed = (suffix: string): (readonly [string, string])[] =>
    plus < 0
      ? []
      : [
          [`${base}+*${suffix}`, detail],
          [`${base}${suffix}`, ''],
        ];
  const questions: (readonly [key: string, argument: string])[] = [
    [`${name}@${domain}`, ''],
    ...detailed(`@${domain}`),
    ...(host === null ? [] : [[`@${domain}`, name] as const]),
    ...(isOwn || isIn(host, senders.domains, false) ? [[name, ''] as const, ...detailed('')] : []),
  ];
  for (const [key, argument] of questions) {
    const value = senders.entries.get(key.toLowerCase());
    const found = value === undefined ? '' : filledIn(value, key, argument);
    // `%1@x` of a name without a detail is nobody.
    if (found !== '' && !found.startsWith('@')) return found;
  }
  return null;
}

/** sendmail's map_rewrite: `%0` is the key. */
function filledIn(value: string, key: string, argument: string): string {
  return value.replace(/%(?:(\d)|%)/g, (_, digit: string | undefined) => {
    if (digit === undefined) return '%';
    return digit === '0' ? key : digit === '1' ? argument : '';
  });
}
