/**
 * The control file of a new message: sendmail's records and default header fields, in the order
 * of its configuration file (FORMAT.md; Installation and Operation Guide, "H - Define Header").
 * Text of the message's own fields is escaped, text of ours is not. Pure.
 */

import { layOutAddressField } from '../mail/address-list.js';
import { isBlankText } from '../mail/characters.js';
import { dateOfFromLine, formatDate } from '../mail/date.js';
import {
  type Field,
  fieldValue,
  isOriginatorField,
  isRecipientField,
  isResentMark,
  isVisibleRecipientField,
  precedenceClass,
} from '../mail/header.js';
import { priorityOf } from '../mail/priority.js';
import type { ControlFile, HeaderRecord, RecipientRecord } from '../spool/control-file.js';
import { escapeHeaderBytes } from '../spool/header-bytes.js';
import { defaultFrom } from './originator.js';
import { isBodyType, type SubmissionRequest } from './request.js';
import type { Sender } from './sender.js';

export interface Composition {
  readonly id: string;
  readonly atMilliseconds: number;
  /** Minutes east of Greenwich at that time. */
  readonly offsetMinutes: number;
  readonly hostname: string;
  /** In the parentheses of Received: `Outtray/0.1.0/Submit`. */
  readonly version: string;
  readonly login: string;
  readonly request: SubmissionRequest;
  readonly sender: Sender;
  readonly recipients: readonly RecipientRecord[];
  /** The recipient for `for` in Received: the only one given on the command line. */
  readonly onlyRecipient: string | null;
  readonly fields: readonly Field[];
  /** Fields of ours behind them. */
  readonly addedFields?: readonly Field[];
  readonly fromLine: string | null;
  readonly sizeBytes: number;
  readonly eightBit: boolean;
  /** Of that, some before the body. */
  readonly eightBitHeader: boolean;
  /** X-Authentication-Warning. */
  readonly warnings: readonly string[];
  /** Last thing that was wrong, for the M line. */
  readonly message: string | null;
  /** Something was wrong with an address in the header: sendmail then leaves out flag `s`. */
  readonly headerProblem: boolean;
  /** Recipients that turned out to be none, but count. */
  readonly unknownRecipients: number;
  /** Lists were still in the old style after reading all recipients. */
  readonly oldStyle: boolean;
  /** Deliver-by of -bs, raw. */
  readonly deliverBy?: string;
  /** The client said that the header may be in UTF-8. */
  readonly smtpUtf8?: boolean;
}

export function composeControlFile(composition: Composition): ControlFile {
  const { request, sender, recipients, fields, sizeBytes, message } = composition;
  const messageClass = precedenceClass(fields);
  const bodyType = bodyTypeOf(composition);
  return {
    version: 8,
    createdAtSeconds: Math.floor(composition.atMilliseconds / 1000),
    lastAttemptSeconds: 0,
    attempts: 0,
    priority: priorityOf(sizeBytes, recipients.length + composition.unknownRecipients, messageClass, request.tuning),
    ...(bodyType === null ? {} : { bodyType }),
    ...(message === null ? {} : { message }),
    flags: flagsOf(composition, messageClass),
    macros: macrosOf(composition),
    sender: sender.record,
    ...(request.envelopeId === null ? {} : { envelopeId: request.envelopeId }),
    ...(sender.authParameter === null ? {} : { authParameter: sender.authParameter }),
    ...(composition.deliverBy === undefined ? {} : { deliverBy: composition.deliverBy }),
    recipients,
    headers: [...defaultFields(composition), ...warningFields(composition), ...ownFields(composition)],
  };
}

/** What the log knows the message by: Message-Id as it will be in the header, of a resent message Resent-Message-Id. */
export function messageIdOf({ fields, id, hostname, atMilliseconds }: Composition): string {
  const resent = fields.some(({ name }) => isResentMark(name));
  const given = fieldValue(fields, resent ? 'resent-message-id' : 'message-id')?.trim();
  return given === undefined || given === '' ? newMessageId(id, hostname, atMilliseconds) : given;
}

function newMessageId(id: string, hostname: string, atMilliseconds: number): string {
  const iso = new Date(atMilliseconds).toISOString();
  const day = iso.slice(0, 4) + iso.slice(5, 7) + iso.slice(8, 10);
  return `<${day}${iso.slice(11, 13)}${iso.slice(14, 16)}.${id}@${hostname}>`;
}

/** sendmail looks for MIME-Version when the header ends: 8-bit text that comes only later it does not know yet. */
export function bodyTypeOf({ request, fields, eightBit, eightBitHeader }: Composition): string | null {
  const { bodyType } = request;
  const asked = bodyType?.toUpperCase() === '8BITMIME';
  if (eightBitHeader && (asked || fieldValue(fields, 'mime-version') !== undefined)) return '8BITMIME';
  if (bodyType === null || !isBodyType(bodyType)) return null;
  return asked && !eightBit ? '7BIT' : bodyType;
}

/** In sendmail's order: 8-bit data, delete Bcc, RET given, no body in reports, split already tried, UTF-8 in the header. */
function flagsOf(
  { request, fields, eightBit, headerProblem, smtpUtf8, eightBitHeader }: Composition,
  messageClass: number,
): string {
  const flags: readonly (readonly [string, boolean])[] = [
    ['8', eightBit],
    ['b', fields.some(({ name }) => isVisibleRecipientField(name))],
    ['d', request.returnPart !== null],
    ['n', request.returnPart === 'headers' || messageClass < 0],
    ['s', !headerProblem],
    ['e', smtpUtf8 === true && eightBitHeader],
  ];
  return flags.map(([flag, set]) => (set ? flag : '')).join('');
}

function macrosOf({ request, login }: Composition): (readonly [string, string])[] {
  return [
    ['_', `${login}@localhost`],
    ...(request.protocol === null ? [] : [['r', request.protocol] as const]),
    ...(request.receivedFrom === null ? [] : [['s', request.receivedFrom] as const]),
    ['daemon_flags', request.relayed ? 'CC f' : 'c u'],
  ];
}

function defaultFields(composition: Composition): HeaderRecord[] {
  const { sender, fields, fromLine, id, hostname, atMilliseconds, offsetMinutes } = composition;
  const date = formatDate(atMilliseconds, offsetMinutes);
  const given = (wanted: string): boolean =>
    fields.some(({ name, value }) => name.toLowerCase() === wanted && !isBlankText(value));
  const resent = fields.some(({ name }) => isResentMark(name));
  const from = (): string | null => defaultFrom(sender, fields);
  const messageId = (): string => newMessageId(id, hostname, atMilliseconds);
  const written = (): string => (fromLine === null ? null : dateOfFromLine(fromLine, offsetMinutes)) ?? date;
  const wanted = (name: string, condition: string, text: () => string | null, when = true): HeaderRecord[] => {
    const value = when && !given(name.toLowerCase()) ? text() : null;
    return value === null ? [] : [ownField(condition, name, ` ${value}`)];
  };
  return [
    { condition: 'P', name: 'Return-Path', value: ' <\u0081g>' },
    ownField('', 'Received', receivedValue(composition, date)),
    ...wanted('Resent-Date', 'D', () => date, resent),
    ...wanted('Date', 'D', written),
    ...wanted('Resent-From', 'F', from, resent),
    ...wanted('From', 'F', from),
    ...wanted('Full-Name', 'x', () => sender.fullName),
    ...wanted('Resent-Message-Id', 'M', messageId, resent),
    ...wanted('Message-Id', 'M', messageId),
  ];
}

/** sendmail stores the words of its own fields raw; but a byte of somebody's name must not name a macro. */
function ownField(condition: string, name: string, value: string): HeaderRecord {
  return {
    condition,
    name,
    value: value.includes('\u0081') ? value.replace(/(?<!\u00ff)\u0081/g, '\u00ff\u0081') : value,
  };
}

function receivedValue({ request, login, hostname, version, id, onlyRecipient }: Composition, date: string): string {
  const { receivedFrom, protocol } = request;
  const from =
    receivedFrom === null || receivedFrom === ''
      ? `(from ${login}@localhost)`
      : `from ${receivedFrom} (${login}@localhost)`;
  const by = `by ${hostname} (${version})${protocol === null || protocol === '' ? '' : ` with ${protocol}`} id ${id}`;
  return ` ${from}\n\t${by}${onlyRecipient === null ? `;\n\t${date}` : `\n\tfor ${onlyRecipient}; ${date}`}`;
}

function warningFields({ warnings, hostname }: Composition): HeaderRecord[] {
  return warnings.map((warning) => ownField('', 'X-Authentication-Warning', ` ${hostname}: ${warning}`));
}

/** Fields that have a default give way to it when they are empty. */
const REPLACED_WHEN_EMPTY = /^(?:(?:resent-)?(?:date|from|message-id)|full-name)$/i;

function ownFields({ fields, addedFields = [], oldStyle }: Composition): HeaderRecord[] {
  const records: HeaderRecord[] = [];
  for (const { name, value } of [...fields, ...addedFields]) {
    if (isBlankText(value) && REPLACED_WHEN_EMPTY.test(name)) continue;
    const condition = name.toLowerCase() === 'full-name' ? 'x' : '';
    records.push({ condition, name, value: escapeHeaderBytes(laidOut(name, value, oldStyle)) });
  }
  return records;
}

function laidOut(name: string, value: string, oldStyle: boolean): string {
  if (isOriginatorField(name)) return layOutAddressField(name, value, false);
  return isRecipientField(name) ? layOutAddressField(name, value, oldStyle) : value;
}
