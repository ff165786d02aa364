/**
 * Carries out what conclude.ts decided: the report is queued as a message of its own, durably,
 * before anything of the message it is about changes. A cut in between makes a second report,
 * never none.
 */

import { inheritPrivateFields } from '../mail/private-fields.js';
import { formatReport, type Report } from '../mail/report.js';
import { createBodyCopier } from '../mail/report-body.js';
import { reportEnvelope } from '../mail/report-envelope.js';
import type { ControlFile } from '../spool/control-file.js';
import type { ClaimedJob } from '../spool/spool.js';
import type { ReportPlan } from './report-plan.js';
import type { ReportPorts, RunPorts } from './run-context.js';

/** Returns the id of the report. */
export function queueReport(
  job: ClaimedJob,
  sizeBytes: number,
  plan: ReportPlan,
  ports: RunPorts,
  reports: ReportPorts,
): string {
  const { control } = job;
  const atSeconds = Math.floor(ports.clock.now() / 1000);
  return job.enclose((id) => {
    const report: Report = {
      id,
      atSeconds,
      offsetMinutes: reports.offsetMinutes,
      hostname: ports.hostname,
      original: {
        id: job.id,
        createdAtSeconds: control.createdAtSeconds,
        receivedFrom: macro(control, '_') ?? '',
        envelopeId: control.envelopeId,
        deliverBySeconds: deliverBySeconds(control),
        eightBit: hasEightBit(control),
        header: reports.returnedHeader(control),
      },
      recipients: plan.recipients,
      transcript: plan.transcript,
      toPostmaster: plan.kind === 'postmaster-notification',
      warning: plan.warning,
      withBody: plan.withBody,
    };
    const { head, tail, boundary } = formatReport(report);
    const envelope = reportEnvelope({
      report,
      kind: plan.kind,
      warning: plan.subject,
      to: plan.to,
      version: reports.version,
      daemonFlags: macro(control, 'daemon_flags') ?? 'c u',
      messageBytes: sizeBytes,
      eightBitBody: plan.transcript.some((line) => /[\u0080-\u00ff]/.test(line)),
    });
    const queued: ControlFile = { ...envelope, headers: inheritPrivateFields(envelope.headers, control.headers) };
    return {
      control: reports.addressed?.(queued) ?? queued,
      head,
      body: plan.withBody ? createBodyCopier(boundary) : null,
      tail,
    };
  });
}

/** For the log, as sendmail has it: what kind of word goes to whom. */
export function reportLine(control: ControlFile, plan: ReportPlan, id: string, words: string | null): string {
  const kind = control.flags.includes('r')
    ? 'return to sender'
    : plan.kind === 'warning-timeout'
      ? 'sender notify'
      : plan.kind === 'postmaster-notification'
        ? 'postmaster notify'
        : 'DSN';
  return `${id}: ${kind}: ${words ?? 'Unable to deliver mail'}`;
}

function macro({ macros }: ControlFile, name: string): string | undefined {
  return macros.find(([known]) => known === name)?.[1];
}

function hasEightBit({ flags, bodyType }: ControlFile): boolean {
  return flags.includes('8') || bodyType === '8BITMIME';
}

function deliverBySeconds({ deliverBy }: ControlFile): number | undefined {
  const seconds = /^[\s\S] (-?\d+)$/.exec(deliverBy ?? '')?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}
