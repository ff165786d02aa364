/**
 * The envelope sender: the submitter, or what -f says. Somebody else's address is taken but noted
 * in an X-Authentication-Warning field unless the submitter is trusted (root, daemon, uucp, `trustedUsers`), as
 * sendmail does. A sender that cannot be read is refused and the submitter's own used. Pure.
 */
import type { SubmissionSettings } from '../config/submission-settings.js';
import { type AddressReading, originAddress, readSender } from '../mail/address.js';
import { tokenizeAddress } from '../mail/address-tokens.js';
import { quoteFullName } from '../mail/full-name.js';
import { encodeXtext } from '../mail/xtext.js';
import type { Submitter } from './identity.js';
import { type AddressProblem, problemsOf } from './recipients.js';

export interface Sender {
  /** S line. */
  readonly record: string;
  /** Bare, as in a From field; empty for the null reverse-path. */
  readonly address: string;
  /** The local name, or the address again. */
  readonly user: string;
  /** Full name to put in front of it, and in the Full-Name field. */
  readonly fullName: string | null;
  /** A line: who vouches, xtext; null when nobody does. */
  readonly authParameter: string | null;
  readonly warning: string | null;
  /** It is the submitter, under whatever name. */
  readonly isOwn: boolean;
  readonly problems: readonly AddressProblem[];
  /** It could not be read, and the submitter's own is used. */
  readonly refused: boolean;
}

export interface SenderContext {
  readonly submitter: Submitter;
  readonly hostname: string;
  /** -F, or the environment variable NAME. */
  readonly fullName: string | null;
  /** Full name of another user of this computer, null when there is no such user. */
  lookUpFullName(login: string): string | null;
  readonly settings: Pick<SubmissionSettings, 'trustedUsers'>;
}

const TRUSTED = new Set(['root', 'daemon', 'uucp']);

export function isTrusted({ submitter, settings }: Pick<SenderContext, 'submitter' | 'settings'>): boolean {
  const { uid, login } = submitter;
  return uid === 0 || TRUSTED.has(login) || settings.trustedUsers.includes(login);
}

/** `given` is the text of -f; null when there was none. */
export function resolveSender(given: string | null, option: 'f' | 'r', context: SenderContext): Sender {
  const { hostname } = context;
  if (given !== null && given !== '') {
    const reading = readSender(given, hostname);
    const { address, refusal } = reading;
    const problems = problemsOf([reading]).filter(({ kind }) => kind !== 'unknown');
    if (address !== null || refusal?.fault === 'user') return fromReading(given, reading, option, problems, context);
    return ownSender(problems, context);
  }
  // An empty word is the null reverse-path.
  if (given === '') return fromReading('<>', readSender('<>', hostname), option, [], context);
  return ownSender([], context);
}

function ownSender(problems: readonly AddressProblem[], context: SenderContext): Sender {
  const { login } = context.submitter;
  const reading = readSender(login, context.hostname);
  return { ...fromReading(login, reading, 'f', problems, context), refused: problems.length > 0 };
}

function fromReading(
  given: string,
  { text, address }: AddressReading,
  option: 'f' | 'r',
  problems: readonly AddressProblem[],
  context: SenderContext,
): Sender {
  const { submitter, hostname } = context;
  const isLocal = address === null || address.local;
  // A detail is no part of the user's name.
  const detailed = address?.user ?? '';
  const detail = detailed.indexOf('+', 1);
  const user = detail < 0 ? detailed : detailed.slice(0, detail);
  const isOwn = isLocal && user === submitter.login;
  const bare = address?.user === text && !isLocal ? text : originAddress(tokenizeAddress(text, null).tokens, hostname);
  const vouched = bare !== '' && (isOwn || isTrusted(context));
  return {
    record: text,
    address: bare,
    user: address?.user ?? '',
    fullName: isLocal ? fullNameOf(user, isOwn, context) : null,
    authParameter: vouched ? encodeXtext(bare.includes('@') ? bare : `${bare}@${hostname}`) : null,
    warning:
      isOwn || isTrusted(context)
        ? null
        : `${submitter.login} set sender to ${given.replaceAll('\n', ' ')} using -${option}`,
    isOwn,
    problems,
    refused: false,
  };
}

/** Only the local mailer has names: the one given, quoted if need be, or that of the user as it is. */
function fullNameOf(login: string, isOwn: boolean, context: SenderContext): string | null {
  if (context.fullName !== null) return context.fullName === '' ? null : quoteFullName(context.fullName);
  return (isOwn ? context.submitter.fullName : context.lookUpFullName(login)) || null;
}
