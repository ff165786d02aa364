/**
 * A report about a message (RFC 3464, multipart/report), in the words and order of sendmail's
 * savemail.c: an introduction for people, the same for programs, the message itself or its
 * header. Everything but the message's body is made here; the body is copied between `head`
 * and `tail` by whoever writes the report (report-body.ts), since it may be large. Lines end in
 * LF, as in the queue; strings hold one byte a character. Pure.
 */

import { isUtf8, reaches, withoutMiddle } from './characters.js';
import { formatDate } from './date.js';
import { decodeXtext, encodeUtf8Address } from './xtext.js';

export interface Report {
  /** Queue id of the report, and the second it is made in: they make the boundary. */
  readonly id: string;
  readonly atSeconds: number;
  /** Minutes east of Greenwich at an instant in milliseconds. */
  readonly offsetMinutes: (atMilliseconds: number) => number;
  readonly hostname: string;
  readonly original: ReportedMessage;
  /** In the order of the queue. */
  readonly recipients: readonly ReportedRecipient[];
  /** Lines without LF; empty: nothing was said. */
  readonly transcript: readonly string[];
  /** To the postmaster: the id of the message is named. */
  readonly toPostmaster: boolean;
  /** Nothing failed for good and nothing was asked for: it says that it only warns. */
  readonly warning: boolean;
  /** The whole message is returned, not only its header. */
  readonly withBody: boolean;
}

export interface ReportedMessage {
  readonly id: string;
  readonly createdAtSeconds: number;
  /** Where it came from: `alice@localhost`. */
  readonly receivedFrom: string;
  /** ENVID, xtext. */
  readonly envelopeId?: string | undefined;
  readonly deliverBySeconds?: number | undefined;
  readonly eightBit: boolean;
  /** Header section, LF at each end, without the empty line. */
  readonly header: string;
}

export interface ReportedRecipient {
  /** As in the queue, names and comments included. */
  readonly address: string;
  readonly expandedFrom?: string | undefined;
  readonly fate: 'failed' | 'delayed' | 'relayed';
  /** NOTIFY without FAILURE: not named to people (RFC 3461 §4.1). */
  readonly silent?: boolean;
  /** ORCPT, `type;xtext`. */
  readonly originalRecipient?: string | undefined;
  /** `RFC822; bob@example.net` */
  readonly finalRecipient: string;
  /** Where it was really sent to. */
  readonly actualRecipient: string;
  readonly status: string;
  /** Who answered: `[127.0.0.1]`. */
  readonly remoteHost?: string | undefined;
  /** First line of its answer. */
  readonly reply?: string | undefined;
  readonly attemptedAtSeconds: number;
  /** Of a delayed one. */
  readonly retryUntilSeconds?: number | undefined;
}

export interface ReportText {
  readonly boundary: string;
  /** Up to the header of the returned message and the empty line after it, if a body follows. */
  readonly head: string;
  /** After the body. Its first line feed ends the body's last line, where that has none. */
  readonly tail: string;
}

const WARNING = [
  '    **********************************************',
  '    **      THIS IS A WARNING MESSAGE ONLY      **',
  '    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **',
  '    **********************************************',
  '',
];

export function reportBoundary({ id, atSeconds, hostname }: Pick<Report, 'id' | 'atSeconds' | 'hostname'>): string {
  return `${id}.${atSeconds}/${hostname.slice(0, 100)}`;
}

export function formatReport(report: Report): ReportText {
  const boundary = reportBoundary(report);
  const { original, withBody } = report;
  const head = [
    'This is a MIME-encapsulated message',
    '',
    `--${boundary}`,
    '',
    ...(report.warning ? WARNING : []),
    ...introduction(report),
    ...transcriptPart(report.transcript),
    '',
    `--${boundary}`,
    'Content-Type: message/delivery-status',
    '',
    ...messageFields(report),
    ...report.recipients.flatMap((recipient) => recipientFields(recipient, report)),
    '',
    `--${boundary}`,
    `Content-Type: ${withBody ? 'message/rfc822' : 'text/rfc822-headers'}`,
    ...(original.eightBit ? ['Content-Transfer-Encoding: 8bit'] : []),
    '',
    '',
  ].join('\n');
  return {
    boundary,
    head: head + original.header + (withBody ? '\n' : ''),
    tail: `\n--${boundary}--\n\n`,
  };
}

function introduction(report: Report): string[] {
  const { original, recipients, toPostmaster } = report;
  const failed = recipients.filter(({ fate, silent }) => fate === 'failed' && silent !== true);
  const relayed = recipients.filter(({ fate }) => fate === 'relayed');
  return [
    `The original message was received at ${date(report, original.createdAtSeconds)}`,
    `from ${original.receivedFrom}`,
    ...(toPostmaster ? [`with id ${original.id}`] : []),
    '',
    ...section(
      'The following addresses had permanent fatal errors',
      failed.flatMap((recipient) => [
        withoutMiddle(recipient.address),
        ...(recipient.reply === undefined ? [] : [`    (reason: ${withoutMiddle(recipient.reply)})`]),
        ...expansion(recipient),
      ]),
    ),
    ...section(
      'The following addresses had successful delivery notifications',
      relayed.flatMap((recipient) => [
        `${withoutMiddle(recipient.address)}  (relayed to non-DSN-aware mailer)`,
        ...expansion(recipient),
      ]),
    ),
  ];
}

function expansion({ expandedFrom }: ReportedRecipient): string[] {
  return expandedFrom === undefined ? [] : [`    (expanded from: ${withoutMiddle(expandedFrom)})`];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`   ----- ${title} -----`, ...lines, ''];
}

/** A line that looks like the start of a message in a mailbox is told apart, as everywhere in the file. */
function transcriptPart(lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return ['   ----- Transcript of session follows -----', ...lines.map((line) => line.replace(/^From /, '>From '))];
}

function messageFields(report: Report): string[] {
  const { envelopeId, createdAtSeconds, deliverBySeconds } = report.original;
  return [
    ...(envelopeId === undefined ? [] : [`Original-Envelope-Id: ${readable(envelopeId).slice(0, 800)}`]),
    `Reporting-MTA: dns; ${report.hostname.slice(0, 800)}`,
    `Arrival-Date: ${date(report, createdAtSeconds)}`,
    ...(deliverBySeconds === undefined
      ? []
      : [`Deliver-By-Date: ${date(report, createdAtSeconds + deliverBySeconds)}`]),
  ];
}

const ACTIONS: Readonly<Record<ReportedRecipient['fate'], string>> = {
  failed: 'failed',
  delayed: 'delayed',
  relayed: 'relayed (to non-DSN-aware mailer)',
};

function recipientFields(recipient: ReportedRecipient, report: Report): string[] {
  if (recipient.fate === 'failed' && recipient.silent === true) return [];
  const { originalRecipient, finalRecipient, actualRecipient, remoteHost, reply, retryUntilSeconds } = recipient;
  const final = inAscii(finalRecipient);
  const actual = inAscii(`rfc822; ${actualRecipient}`);
  const semicolon = originalRecipient?.indexOf(';') ?? -1;
  return [
    '',
    ...(originalRecipient === undefined || semicolon < 0
      ? []
      : [
          `Original-Recipient: ${originalRecipient.slice(0, semicolon)};${readable(originalRecipient.slice(semicolon + 1))}`,
        ]),
    `Final-Recipient: ${final}`,
    ...(actual === final || actualRecipient === '' ? [] : [`X-Actual-Recipient: ${actual}`]),
    `Action: ${ACTIONS[recipient.fate]}`,
    `Status: ${recipient.status}`,
    ...(remoteHost === undefined ? [] : [`Remote-MTA: DNS; ${remoteHost.slice(0, 800).replace(/\.$/, '')}`]),
    ...(reply === undefined ? [] : [`Diagnostic-Code: SMTP; ${reply.slice(0, 800)}`]),
    `Last-Attempt-Date: ${date(report, recipient.attemptedAtSeconds)}`,
    ...(retryUntilSeconds === undefined ? [] : [`Will-Retry-Until: ${date(report, retryUntilSeconds)}`]),
  ];
}

/** These fields are ASCII; UTF-8 has a type of its own there (RFC 6533 §3). Other bytes are sent on as they are. */
function inAscii(recipient: string): string {
  if (!reaches(recipient, 0x80) || !isUtf8(recipient)) return recipient;
  return `utf-8; ${encodeUtf8Address(recipient.replace(/^rfc822; /i, ''))}`;
}

/** What would end the field, or the part, stays encoded. */
function readable(xtext: string): string {
  const text = decodeXtext(xtext);
  return /[\0-\u001f\u007f]/.test(text) ? xtext : text;
}

function date({ offsetMinutes }: Report, seconds: number): string {
  return formatDate(seconds * 1000, offsetMinutes(seconds * 1000));
}
