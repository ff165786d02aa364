/**
 * The envelope sender: the submitter, or what -f says. Somebody else's address is taken but noted
 * in an X-Authentication-Warning field unless the submitter is trusted (root, daemon, uucp), as
 * sendmail does. A sender that cannot be read is refused and the submitter's own used. Pure.
 */
import { type Address, isLocal, readAddress } from '../mail/address.js';
import { quoteForAddress, quoteFullName } from '../mail/full-name.js';
import { encodeXtext } from '../mail/xtext.js';
import type { Submitter } from './identity.js';
import { type AddressProblem, problemsOf } from './recipients.js';

export interface Sender {
  /** S line. */
  readonly record: string;
  /** Bare, as in a From field; null for the null reverse-path. */
  readonly address: string | null;
  /** Full name to put in front of it, and in the Full-Name field. */
  readonly fullName: string | null;
  /** A line: who vouches, xtext; null when nobody does. */
  readonly authParameter: string | null;
  readonly warning: string | null;
  readonly problems: readonly AddressProblem[];
}

export interface SenderContext {
  readonly submitter: Submitter;
  readonly hostname: string;
  readonly masqueradeAs: string | null;
  /** -F, or the environment variable NAME. */
  readonly fullName: string | null;
  /** Full name of another user of this computer, null when there is no such user. */
  lookUpFullName(login: string): string | null;
}

const TRUSTED = new Set(['root', 'daemon', 'uucp']);

export function isTrusted({ uid, login }: Submitter): boolean {
  return uid === 0 || TRUSTED.has(login);
}

/** `given` is the text of -f; null when there was none. */
export function resolveSender(given: string | null, option: 'f' | 'r', context: SenderContext): Sender {
  const { submitter } = context;
  if (given === '' || given === '<>') {
    return {
      record: '<>',
      address: null,
      fullName: null,
      authParameter: null,
      warning: isTrusted(submitter) ? null : `${submitter.login} set sender to <> using -${option}`,
      problems: [],
    };
  }
  if (given === null || given.trim() === '') return own(submitter.login, [], context);
  const reading = readAddress(given, null);
  const problems = problemsOf([reading]);
  if (reading.address === null) return own(submitter.login, problems, context);
  return fromAddress(reading.text, reading.address, option, problems, context);
}

function own(record: string, problems: readonly AddressProblem[], context: SenderContext): Sender {
  const address: Address = { text: record, user: record, host: '', uucp: false };
  return fromAddress(record, address, 'f', problems, context);
}

function fromAddress(
  record: string,
  address: Address,
  option: 'f' | 'r',
  problems: readonly AddressProblem[],
  context: SenderContext,
): Sender {
  const { submitter, hostname, masqueradeAs } = context;
  const here = isHere(address, hostname);
  const isOwn = here && address.user === submitter.login;
  const name = here ? fullNameOf(address.user, isOwn, context) : null;
  const masked = address.host === '' && !address.uucp && masqueradeAs !== null;
  const bare = masked ? `${address.user}@${masqueradeAs}` : senderAddress(address, hostname);
  return {
    record: masked ? bare : record,
    address: bare,
    fullName: name,
    authParameter:
      isOwn || isTrusted(submitter) ? encodeXtext(bare.includes('@') ? bare : `${bare}@${hostname}`) : null,
    warning: isOwn || isTrusted(submitter) ? null : `${submitter.login} set sender to ${record} using -${option}`,
    problems,
  };
}

/** A user of this computer, written bare, `@localhost` or with the own host name. */
function isHere(address: Address, hostname: string): boolean {
  return (
    !address.uucp &&
    (address.host === '' || address.host.toLowerCase() === hostname.toLowerCase() || isLocalhost(address))
  );
}

function isLocalhost(address: Address): boolean {
  return isLocal(address) && address.host.toLowerCase() === 'localhost';
}

function senderAddress(address: Address, hostname: string): string {
  if (address.uucp) return `${address.host}!${address.user}`;
  if (address.host === '') return address.user;
  return `${address.user}@${isLocalhost(address) ? hostname : address.host}`;
}

/** A name goes only with a user of this computer; unknown ones get none, even with -F. */
function fullNameOf(login: string, isOwn: boolean, context: SenderContext): string | null {
  const known = isOwn ? context.submitter.fullName : context.lookUpFullName(login);
  if (known === null) return null;
  const name = context.fullName ?? known;
  return name === '' ? null : quoteFullName(name);
}

/** Value of a From field: `Alice Example <alice>`. */
export function formatOriginator(fullName: string | null, address: string): string {
  return fullName === null ? address : `${quoteForAddress(fullName)} <${address}>`;
}
