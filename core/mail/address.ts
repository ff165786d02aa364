/**
 * Mail addresses as sendmail's client configuration reads them: names and comments around a bare
 * address, route addresses, groups' debris, `a%b`, `host!user`. An address is either good, or
 * refused with sendmail's words; what was open is closed, and said. Nothing is looked up. Strings
 * hold one byte a character. Pure.
 */
import { resolveTokens } from './address-resolution.js';
import { type Delimiter, joinTokens, tokenizeAddress } from './address-tokens.js';
import { canonifyOffline, formatCanonical } from './canonical-address.js';
import { isPrintableAscii, isUtf8, withoutMiddle } from './characters.js';
import { plainAddressAt } from './plain-address.js';

export interface Address {
  /** As typed, name and comments included; line feeds are blanks. */
  readonly text: string;
  /** Of a local name that name, else the bare address. */
  readonly user: string;
  /** Domain in lower case; empty for a local name. */
  readonly host: string;
  /** Taken by the local mailer: no domain, or this computer's. */
  readonly local: boolean;
  /** sendmail knows without DNS where it goes, and aims it at the relay at once. */
  readonly aimed: boolean;
  /** What it is called there: a second reading may find less in it. */
  readonly aimedUser: string;
}

/** syntax and charset, unknown host form, unknown user, rules without end: exit statuses 64, 68, 67 and 70. */
export type AddressFault = 'syntax' | 'charset' | 'host' | 'user' | 'software';

export interface AddressReading {
  readonly text: string;
  /** null when refused, and when there is no address at all. */
  readonly address: Address | null;
  /** Why it was refused. `lateUser`: the user, when it was not as it was read, but as it was added to the recipients. */
  readonly refusal: { readonly fault: AddressFault; readonly words: string; readonly lateUser?: string } | null;
  /** What was repaired: the address is used all the same. */
  readonly repairs: readonly string[];
  /** Index of the delimiter after it. */
  readonly end: number;
}

const MAX_ADDRESS_BYTES = 255;

/** A recipient. `hostname` is our own. */
export function readAddress(source: string, delimiter: Delimiter, hostname: string, start = 0): AddressReading {
  const plain = plainAddressAt(source, start, delimiter, hostname);
  return plain === null ? interpretAddress(source, delimiter, hostname, start, true) : readingOf(plain);
}

/** A sender, who is not aimed at anything. */
export function readSender(source: string, hostname: string): AddressReading {
  const plain = plainAddressAt(source, 0, null, hostname);
  return plain === null ? interpretAddress(source, null, hostname, 0, false) : readingOf(plain);
}

function readingOf({ address, end }: { readonly address: Address; readonly end: number }): AddressReading {
  return { text: address.text, address, refusal: null, repairs: [], end };
}

/** Whatever stands there, by all of sendmail's rules. */
export function interpretAddress(
  source: string,
  delimiter: Delimiter,
  hostname: string,
  start: number,
  aim: boolean,
): AddressReading {
  const { tokens, end, problems } = tokenizeAddress(source, delimiter, start);
  const raw = source.slice(start, end);
  // Most are: then nothing below has to be looked at byte by byte.
  const plain = isPrintableAscii(raw);
  const text = plain ? raw : raw.replace(/[\r\n]/g, ' ');
  const repairs = problems.map((problem) => aboutAddress(source.slice(start).replace(/\n/g, ' '), problem));
  if (tokens.length === 0) return { text, address: null, refusal: null, repairs, end };
  const refuse = (fault: AddressFault, words: string, lateUser?: string): AddressReading => ({
    text,
    address: null,
    refusal: { fault, words, ...(lateUser === undefined ? {} : { lateUser }) },
    repairs,
    end,
  });
  const beyondSendmail = !plain && isInternational(text);
  const cleaned = plain || beyondSendmail ? text : text.replace(/[\u0080-\u009f]/g, '?');
  if (text.length > MAX_ADDRESS_BYTES) {
    const words = `Address "${sevenBit(cleaned.slice(0, MAX_ADDRESS_BYTES))}" too long (${MAX_ADDRESS_BYTES} bytes max)`;
    return refuse('charset', aboutAddress(cleaned.slice(0, MAX_ADDRESS_BYTES), words));
  }
  if (cleaned !== text) return refuse('charset', `8-bit character in mailbox address "${sevenBit(cleaned)}"`);
  const resolution = resolveTokens(tokens, hostname);
  if (resolution.kind === 'refused') {
    const { fault, words, before = [] } = resolution;
    repairs.push(...before);
    return refuse(fault, fault === 'software' ? words : aboutAddress(text, words), fault === 'user' ? '' : undefined);
  }
  const printable = plain ? resolution.user : withoutControls(resolution.user);
  if (printable !== resolution.user) {
    const words = `Syntax error in mailbox address "${sevenBit(printable)}" (non-printable character)`;
    return refuse('syntax', words);
  }
  const { kind, user, host, lookedUp } = resolution;
  // What needs no look-up sendmail aims at the relay at once, and reads it once more for that.
  const again = lookedUp || !aim ? resolution : resolveTokens(tokenizeAddress(user, null).tokens, hostname);
  if (again.kind === 'refused' && again.fault !== 'user')
    return refuse(again.fault, aboutAddress(text, again.words), user);
  const aimed = again.kind === 'refused' || !again.lookedUp;
  const aimedUser = again.kind === 'refused' ? user : again.user;
  // Bytes that sendmail keeps for itself stay out of the queue where they are only in a name.
  const kept = beyondSendmail ? user : text;
  const address = { text: kept, user, host, local: kind === 'local', aimed, aimedUser };
  return { text, address, refusal: null, repairs, end };
}

/** `a@@b... Invalid route address`, the address in seven bits and shortened in the middle. */
export function aboutAddress(text: string, words: string): string {
  return `${sevenBit(withoutMiddle(text))}... ${words}`;
}

/** As sendmail says bytes; none of them becomes a control character. */
function sevenBit(text: string): string {
  return text.replace(/[\u0080-\u00ff]/g, (byte) =>
    byte < '\u00a0' ? '?' : String.fromCharCode(byte.charCodeAt(0) & 0x7f),
  );
}

/** RFC 6531 §3.3: UTF-8, here with bytes that sendmail 8.17 refuses in any address. U+0080 to U+009F are controls. */
function isInternational(text: string): boolean {
  return /[\u0080-\u009f]/.test(text) && !/\u00c2[\u0080-\u009f]/.test(text) && isUtf8(text);
}

/** Control characters made question marks; tabs and 0xFF too, outside quotes, unless behind a backslash. `kept` is one that stays. */
export function withoutControls(text: string, kept = ''): string {
  let quoted = false;
  return text.replace(/\\[\t \u0021-\u007e\u0080-\u00ff]|["\u0000-\u001f\u007f\u00ff]/g, (found) => {
    if (found === '"') quoted = !quoted;
    const stays = found.length > 1 || found === '"' || found === kept || (quoted && /[\t\u00ff]/.test(found));
    return stays ? found : '?';
  });
}

/**
 * The first address of the text without name, comments and brackets; empty for the null
 * reverse-path `<>`. Takes any byte, since names in the queue have some that sendmail refuses.
 */
export function bareAddress(text: string): string {
  return originAddress(tokenizeAddress(text, ',').tokens, 'localhost');
}

/** What a sender is called in a From field: bare, its domain only where one was given. */
export function originAddress(tokens: readonly string[], hostname: string): string {
  const address = canonifyOffline(tokens, hostname);
  const text =
    address.kind === 'address' && address.host === null ? joinTokens(address.user) : formatCanonical(address, hostname);
  return text.startsWith('@') ? `<${text}>` : text;
}

/** Final recipient (RFC 3464 §2.3.2) as sendmail writes it: bare where that has a domain, else as typed or completed. */
export function qualifiedAddress({ text, user }: Address, ownHost: string): string {
  if (user.includes('@')) return user;
  if (!text.includes('@')) return `${user}@${ownHost}`;
  return text.startsWith('<') ? text.slice(1).replace(/>$/, '') : text;
}
