/**
 * Parameters of MAIL and RCPT: SIZE (RFC 1870), BODY (6152), RET, ENVID, NOTIFY, ORCPT (3461), AUTH
 * (4954), BY (2852), SMTPUTF8 (6531), taken and refused as sendmail does. A refusal is the reply to give. Pure.
 */
import { parseNotify, parseReturn } from '../mail/delivery-status.js';
import { encodeOriginalRecipient, isXtext } from '../mail/xtext.js';
import { isBodyType } from './request.js';

export interface MailParameters {
  /** As typed. */
  readonly bodyType: string | null;
  readonly returnPart: 'full' | 'headers' | null;
  readonly envelopeId: string | null;
  readonly sizeBytes: number | null;
  readonly auth: string | null;
  /** As in the queue: one byte of flags, a blank, seconds. */
  readonly deliverBy: string | null;
  /** The header may be in UTF-8, addresses in it, too. */
  readonly smtpUtf8: boolean;
}

export interface RecipientParameters {
  /** Flags of the R line; null when not given. */
  readonly notify: string | null;
  readonly originalRecipient: string | null;
}

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reply: string };

export function parseMailParameters(text: string): Parsed<MailParameters> {
  const value = {
    bodyType: null as string | null,
    returnPart: null as MailParameters['returnPart'],
    envelopeId: null as string | null,
    sizeBytes: null as number | null,
    auth: null as string | null,
    deliverBy: null as string | null,
    smtpUtf8: false,
  };
  const reply = readEach(text, (name, given) => {
    switch (name) {
      case 'SIZE':
        if (given === null) return needsValue(name);
        // strtol(3): what is no number is 0.
        value.sizeBytes = Number.parseInt(given, 10) || 0;
        if (value.sizeBytes < 0) return '552 5.2.3 Message size invalid';
        return value.sizeBytes >= 2 ** 63 ? '552 5.2.3 Message size exceeds maximum value' : null;
      case 'BODY':
        if (given === null) return needsValue(name);
        value.bodyType = given;
        return isBodyType(given) ? null : `501 5.5.4 Unknown BODY type ${given}`;
      case 'RET':
        if (given === null) return needsValue(name);
        if (value.returnPart !== null) return duplicate(name);
        value.returnPart = parseReturn(given);
        return value.returnPart === null ? `501 5.5.2 Bad argument "${given}" to RET` : null;
      case 'ENVID':
        if (given === null) return needsValue(name);
        if (!isXtext(given)) return syntaxError(name);
        if (value.envelopeId !== null) return duplicate(name);
        value.envelopeId = given;
        return null;
      case 'AUTH':
        if (given === null) return needsValue('AUTH=');
        if (value.auth !== null) return duplicate(name);
        value.auth = given;
        return isXtext(given) || given === '<>' ? null : syntaxError(name);
      case 'BY': {
        if (given === null) return needsValue('BY=');
        const by = parseDeliverBy(given);
        value.deliverBy = 'record' in by ? by.record : null;
        return 'reply' in by ? by.reply : null;
      }
      case 'SMTPUTF8':
        value.smtpUtf8 = true;
        return given === null ? null : '501 5.5.4 SMTPUTF8 takes no value';
      default:
        return undefined;
    }
  });
  return reply === null ? { ok: true, value } : { ok: false, reply };
}

export function parseRecipientParameters(text: string): Parsed<RecipientParameters> {
  const value = { notify: null as string | null, originalRecipient: null as string | null };
  const reply = readEach(text, (name, given) => {
    switch (name) {
      case 'NOTIFY': {
        if (given === null) return needsValue(name);
        value.notify = parseNotify(given);
        const bad = given.split(',').find((word) => parseNotify(word) === null || /^never$/i.test(word));
        return value.notify === null ? `501 5.5.4 Bad argument "${bad ?? given}"  to NOTIFY` : null;
      }
      case 'ORCPT':
        if (given === null) return needsValue(name);
        if (value.originalRecipient !== null && isXtext(given)) return duplicate(name);
        value.originalRecipient = /^[^;]+;/.test(given) ? encodeOriginalRecipient(given) : null;
        return value.originalRecipient === null ? syntaxError(name) : null;
      default:
        return undefined;
    }
  });
  return reply === null ? { ok: true, value } : { ok: false, reply };
}

/** A parameter's refusal; null when it is right, undefined when there is none of that name. */
type Reader = (name: string, value: string | null) => string | null | undefined;

/** The first refusal. A value ends at a blank or `=`; whatever ends it is skipped. sendmail skips control characters, too. */
function readEach(text: string, read: Reader): string | null {
  if (/[\0-\x08\x0a-\x1f\x7f]/.test(text)) return '501 5.5.4 Control character in parameters';
  let rest = text;
  for (;;) {
    rest = rest.replace(/^\s+/, '');
    if (rest === '') return null;
    const [whole, name = '', , value] = /^([A-Za-z0-9-]*)(=([^ \t=]*))?/.exec(rest) ?? [''];
    const reply = read(name.toUpperCase(), value ?? null);
    if (reply === undefined) return `555 5.5.4 ${name} parameter unrecognized`;
    if (reply !== null) return reply;
    rest = rest.slice(whole.length + 1);
  }
}

function needsValue(name: string): string {
  return `501 5.5.2 ${name} requires a value`;
}

function duplicate(name: string): string {
  return `501 5.5.0 Duplicate ${name} parameter`;
}

function syntaxError(name: string): string {
  return `501 5.5.4 Syntax error in ${name} parameter value`;
}

const BY_FLAGS = new Map([
  ['N', 0x01],
  ['R', 0x02],
  ['T', 0x10],
]);

function parseDeliverBy(text: string): { readonly record: string } | { readonly reply: string } {
  const [, digits = '', mode = '', trace = ''] = /^([-+]?\d*);(.?)(.?)/s.exec(text) ?? [];
  if (!/^[-+]?\d*;/.test(text)) return { reply: `501 5.5.2 BY= missing ';'` };
  const seconds = Number(digits);
  if (Number.isNaN(seconds) || Math.abs(seconds) > 999_999_999) return { reply: `501 5.5.2 BY=${text} out of range` };
  if (!/[NR]/i.test(mode)) return { reply: `501 5.5.2 illegal by-mode '${mode || '?'}'` };
  if (!/^T?$/i.test(trace)) return { reply: `501 5.5.2 illegal by-trace '${trace}'` };
  if (/R/i.test(mode) && seconds <= 0) return { reply: '501 5.5.4 mode R requires BY time > 0' };
  const bits = [mode, trace].reduce((sum, flag) => sum | (BY_FLAGS.get(flag.toUpperCase()) ?? 0), 0);
  return { record: `${String.fromCharCode(bits)} ${seconds}` };
}
