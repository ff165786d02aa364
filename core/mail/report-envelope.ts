/**
 * A report's own envelope and header, as sendmail queues one: from MAILER-DAEMON, which is the
 * null reverse-path on the wire, to the sender of the message it is about or to the postmaster.
 * The value has the shape of a control file (core/spool). Pure.
 */

import { bareAddress } from './address.js';
import { formatDate } from './date.js';
import { priorityOf } from './priority.js';
import type { Report } from './report.js';
import { reportBoundary } from './report.js';

export type ReportKind = 'failure' | 'warning-timeout' | 'return-receipt' | 'postmaster-notification';

export interface ReportEnvelopeFacts {
  readonly report: Report;
  readonly kind: ReportKind;
  /** `Warning: could not send message for past 4 hours`; for a warning only. */
  readonly warning?: string | undefined;
  /** Whom it goes to, as in an S or R line. */
  readonly to: string;
  /** In the parentheses of Received. */
  readonly version: string;
  /** ${daemon_flags} of the program that makes it. */
  readonly daemonFlags: string;
  /** The message's own size as it counts for its priority. */
  readonly messageBytes: number;
  /** B8BITMIME: of a submission with 8-bit data, and where the relay's own words have some. */
  readonly eightBitBody: boolean;
  /** false: nobody has looked yet where it goes. */
  readonly aimed?: boolean;
  /** RET, ENVID and body type of the command line go with a report made by the same command. */
  readonly inherited?: {
    readonly returnGiven: boolean;
    readonly envelopeId?: string | undefined;
    readonly bodyType?: string | null;
  };
}

interface HeaderLine {
  readonly condition: string;
  readonly name: string;
  readonly value: string;
}

const SUBJECTS: Readonly<Record<Exclude<ReportKind, 'warning-timeout'>, string>> = {
  failure: 'Returned mail: see transcript for details',
  'return-receipt': 'Return receipt',
  'postmaster-notification': 'Postmaster notify: see transcript for details',
};

/** ERRORFUDGE: what the text of a report is taken to add to the message in it. */
const TEXT_BYTES = 1024;

function reportSizeBytes({ report, messageBytes }: Pick<ReportEnvelopeFacts, 'report' | 'messageBytes'>): number {
  return report.withBody ? messageBytes + TEXT_BYTES : 0;
}

export function reportEnvelope(facts: ReportEnvelopeFacts) {
  const { report, to, inherited, aimed = true } = facts;
  const bare = bareAddress(to);
  const bodyType = facts.eightBitBody ? '8BITMIME' : (inherited?.bodyType ?? null);
  return {
    version: 8,
    createdAtSeconds: report.atSeconds,
    lastAttemptSeconds: 0,
    attempts: 0,
    priority: priorityOf(reportSizeBytes(facts), 1, 0),
    ...(bodyType === null ? {} : { bodyType }),
    flags: `r${inherited?.returnGiven === true ? 'd' : ''}${report.withBody ? '' : 'n'}s`,
    macros: [
      ['_', 'localhost'],
      ['r', ''],
      ['s', 'localhost'],
      ['daemon_flags', facts.daemonFlags],
    ] as const,
    sender: 'MAILER-DAEMON',
    ...(inherited?.envelopeId === undefined ? {} : { envelopeId: inherited.envelopeId }),
    recipients: [
      {
        ...(aimed ? { controllingUser: `:${to}` } : {}),
        finalRecipient: `RFC822; ${bare.includes('@') ? bare : `${bare}@${report.hostname}`}`,
        flags: 'PF',
        address: to,
      },
    ],
    headers: headers(facts),
  };
}

function headers({ report, kind, warning, to, version }: ReportEnvelopeFacts): HeaderLine[] {
  const { id, atSeconds, hostname, offsetMinutes, original } = report;
  const date = formatDate(atSeconds * 1000, offsetMinutes(atSeconds * 1000));
  const minute = new Date(atSeconds * 1000).toISOString().replace(/\D/g, '').slice(0, 12);
  const line = (condition: string, name: string, value: string): HeaderLine => ({
    condition,
    name,
    value: ` ${value}`,
  });
  return [
    line('P', 'Return-Path', '<\u0081g>'),
    line('', 'Received', `from localhost (localhost)\n\tby ${hostname} (${version}) id ${id};\n\t${date}`),
    line('D', 'Date', date),
    line('F', 'From', 'Mail Delivery Subsystem <MAILER-DAEMON>'),
    line('x', 'Full-Name', 'Mail Delivery Subsystem'),
    line('M', 'Message-Id', `<${minute}.${id}@${hostname}>`),
    line('', 'To', to),
    line('', 'MIME-Version', '1.0'),
    line('', 'Content-Type', `multipart/report; report-type=delivery-status;\n\tboundary="${reportBoundary(report)}"`),
    ...(original.eightBit ? [line('', 'Content-Transfer-Encoding', '8bit')] : []),
    line('', 'Subject', kind === 'warning-timeout' ? (warning ?? 'Warning') : SUBJECTS[kind]),
    line('', 'Auto-Submitted', `auto-generated (${kind})`),
  ];
}
