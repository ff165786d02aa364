/**
 * Parameters of MAIL and RCPT: SIZE (RFC 1870), BODY (6152), RET, ENVID, NOTIFY, ORCPT (3461), AUTH
 * (4954), BY (2852). A refusal is the reply to give. Pure.
 */
import { parseNotify, parseReturn } from '../mail/delivery-status.js';
import { isXtext } from '../mail/xtext.js';

export interface MailParameters {
  readonly bodyType: '7BIT' | '8BITMIME' | null;
  readonly returnPart: 'full' | 'headers' | null;
  readonly envelopeId: string | null;
  readonly sizeBytes: number | null;
  readonly auth: string | null;
  /** As in the queue: one byte of flags, a blank, seconds. */
  readonly deliverBy: string | null;
}

export interface RecipientParameters {
  /** Flags of the R line; null when not given. */
  readonly notify: string | null;
  readonly originalRecipient: string | null;
}

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reply: string };

const bad = (name: string): { ok: false; reply: string } => ({
  ok: false,
  reply: `501 5.5.4 ${name} parameter: bad value`,
});
const unknown = (name: string): { ok: false; reply: string } => ({
  ok: false,
  reply: `555 5.5.4 ${name} parameter unrecognized`,
});

export function parseMailParameters(text: string): Parsed<MailParameters> {
  const value = {
    bodyType: null as MailParameters['bodyType'],
    returnPart: null as MailParameters['returnPart'],
    envelopeId: null as string | null,
    sizeBytes: null as number | null,
    auth: null as string | null,
    deliverBy: null as string | null,
  };
  for (const [name, given] of split(text)) {
    switch (name) {
      case 'SIZE':
        if (!/^\d{1,20}$/.test(given)) return bad(name);
        value.sizeBytes = Number(given);
        break;
      case 'BODY':
        if (!/^(?:7BIT|8BITMIME)$/i.test(given)) return bad(name);
        value.bodyType = given.startsWith('7') ? '7BIT' : '8BITMIME';
        break;
      case 'RET':
        value.returnPart = parseReturn(given);
        if (value.returnPart === null) return bad(name);
        break;
      case 'ENVID':
        if (!isXtext(given)) return bad(name);
        value.envelopeId = given;
        break;
      case 'AUTH':
        if (!isXtext(given) && given !== '<>') return bad(name);
        value.auth = given;
        break;
      case 'BY':
        value.deliverBy = parseDeliverBy(given);
        if (value.deliverBy === null) return bad(name);
        break;
      default:
        return unknown(name);
    }
  }
  return { ok: true, value };
}

export function parseRecipientParameters(text: string): Parsed<RecipientParameters> {
  const value = { notify: null as string | null, originalRecipient: null as string | null };
  for (const [name, given] of split(text)) {
    switch (name) {
      case 'NOTIFY':
        value.notify = parseNotify(given);
        if (value.notify === null) return bad(name);
        break;
      case 'ORCPT':
        if (!/^[^;]+;./.test(given) || !isXtext(given)) return bad(name);
        value.originalRecipient = given;
        break;
      default:
        return unknown(name);
    }
  }
  return { ok: true, value };
}

function split(text: string): (readonly [name: string, value: string])[] {
  return text
    .split(/[ \t]+/)
    .filter((word) => word !== '')
    .map((word) => {
      const equals = word.indexOf('=');
      return equals < 0 ? [word.toUpperCase(), ''] : [word.slice(0, equals).toUpperCase(), word.slice(equals + 1)];
    });
}

const BY_FLAGS = new Map([
  ['N', 0x01],
  ['R', 0x02],
  ['T', 0x10],
]);

function parseDeliverBy(text: string): string | null {
  const [, seconds = '', flags = ''] = /^(-?\d{1,9});([NR]T?)$/i.exec(text) ?? [];
  if (seconds === '') return null;
  const bits = [...flags.toUpperCase()].reduce((sum, flag) => sum | (BY_FLAGS.get(flag) ?? 0), 0);
  return `${String.fromCharCode(bits)} ${seconds}`;
}
