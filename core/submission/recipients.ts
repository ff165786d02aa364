/**
 * The recipients of a message in sendmail's order: sorted by host, those of one host in the order
 * they were added. A list in one field or one word is read first and added from its end. Only an
 * exact repetition of the same bare address is dropped. Pure.
 */
import { type Address, type AddressFault, type AddressReading, qualifiedAddress } from '../mail/address.js';
import type { RecipientRecord } from '../spool/control-file.js';
import { ExitStatus } from '../system/exit-status.js';

export interface RecipientRules {
  /** Own host name. */
  readonly hostname: string;
  /** Flags of -N; null when not given. */
  readonly notify: string | null;
  /** Every recipient gets its C line at once: -odq and -G, where sendmail aims each at the relay. */
  readonly aimed: boolean;
}

export interface RecipientList {
  add(readings: readonly AddressReading[], origin?: Origin): void;
  readonly records: readonly RecipientRecord[];
}

export interface Origin {
  /** -bs: NOTIFY of this recipient instead of the command line's. */
  readonly notify?: string | null;
  /** ORCPT, xtext as given. */
  readonly originalRecipient?: string;
  /** The recipients come out of an alias. */
  readonly alias?: true;
}

/** Where sendmail's relay is, as it sorts local recipients, which it aims at the relay at once. */
const RELAY_PLACE = '[127.0.0.1]';

export function createRecipientList(rules: RecipientRules): RecipientList {
  const keys = new Set<string>();
  const aimedKeys = new Set<string>();
  const places = new Map<string, RecipientRecord[]>();
  let sorted: readonly RecipientRecord[] | null = null;
  const insert = (address: Address, origin: Origin): void => {
    const key = `${address.user}\0${address.host}`;
    const aimedKey = address.aimed ? `${address.aimedUser}\0${RELAY_PLACE}` : null;
    if (keys.has(key) || (aimedKey !== null && aimedKeys.has(aimedKey))) return;
    keys.add(key);
    if (aimedKey !== null) aimedKeys.add(aimedKey);
    const place = placeOf(address, rules);
    const there = places.get(place);
    const record = toRecord(address, rules, origin);
    if (there === undefined) places.set(place, [record]);
    else there.push(record);
    sorted = null;
  };
  return {
    add(readings, origin = {}) {
      for (const { address } of [...readings].reverse()) if (address !== null) insert(address, origin);
    },
    get records() {
      if (sorted !== null) return sorted;
      const all: RecipientRecord[] = [];
      const inOrder = places.size > 1 ? [...places.keys()].sort() : places.keys();
      for (const place of inOrder) for (const record of places.get(place) ?? []) all.push(record);
      sorted = all;
      return all;
    },
  };
}

function placeOf(address: Address, { aimed }: RecipientRules): string {
  return aimed || address.aimed ? RELAY_PLACE : address.host;
}

function toRecord(address: Address, { hostname, notify, aimed }: RecipientRules, origin: Origin): RecipientRecord {
  const asked = origin.notify === undefined ? notify : origin.notify;
  const flags = asked === null ? 'FD' : `N${asked}`;
  return {
    ...(aimed || address.aimed ? { controllingUser: `:${address.text}` } : {}),
    ...(origin.originalRecipient === undefined ? {} : { originalRecipient: origin.originalRecipient }),
    finalRecipient: `RFC822; ${qualifiedAddress(address, hostname)}`,
    flags: origin.alias === true ? `${flags}A` : `P${flags}`,
    address: address.text,
  };
}

export interface AddressProblem {
  /** The address it is about. */
  readonly text: string;
  readonly words: string;
  /** The M line. */
  readonly message: string;
  /** OK: it leaves the status to others. */
  readonly status: ExitStatus;
  /** refused: no recipient. unknown: none either, but counted. charset: as if it were not there. repaired: used all the same. */
  readonly kind: 'refused' | 'unknown' | 'charset' | 'repaired';
  /** The user of one refused as it was added: a second of that name is a duplicate. */
  readonly lateUser?: string;
}

const STATUS: Readonly<Record<AddressFault, ExitStatus>> = {
  syntax: ExitStatus.USAGE,
  charset: ExitStatus.USAGE,
  host: ExitStatus.NOHOST,
  user: ExitStatus.NOUSER,
  software: ExitStatus.SOFTWARE,
};

/** In sendmail's order: what reading the list says, then what it finds as it adds them from the end. */
export function problemsOf(readings: readonly AddressReading[]): AddressProblem[] {
  const late: AddressProblem[] = [];
  const others: AddressProblem[] = [];
  for (const { text, refusal, repairs } of readings) {
    for (const words of repairs) others.push({ text, words, message: words, status: ExitStatus.OK, kind: 'repaired' });
    if (refusal === null) continue;
    const problem = problemOf(text, refusal.fault, refusal.words);
    if (refusal.lateUser === undefined) others.push(problem);
    else late.unshift({ ...problem, lateUser: refusal.lateUser });
  }
  for (const problem of late) others.push(problem);
  return others;
}

function problemOf(text: string, fault: AddressFault, words: string): AddressProblem {
  if (fault === 'user') return { text, words, message: 'User unknown', status: STATUS[fault], kind: 'unknown' };
  const status = / too long | \(non-printable/.test(words) ? ExitStatus.OK : STATUS[fault];
  return { text, words, message: words, status, kind: fault === 'charset' ? 'charset' : 'refused' };
}
