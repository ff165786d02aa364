/**
 * A report about addresses of a submission that are none, for its sender: what sendmail mails back
 * in the modes -oem, -oee and -oew, and for bad addresses in the header under -t. It is queued
 * beside the message, or instead of it where nobody is left to send it to. Loaded only when
 * there is something to report.
 */
import fs from 'node:fs';
import { bareAddress, withoutControls } from '../mail/address.js';
import { isResentMark } from '../mail/header.js';
import { inheritPrivateFields, requiresTls } from '../mail/private-fields.js';
import { formatReport, type Report, type ReportedRecipient } from '../mail/report.js';
import { createBodyCopier } from '../mail/report-body.js';
import { reportEnvelope } from '../mail/report-envelope.js';
import type { ControlFile } from '../spool/control-file.js';
import { openJob } from '../spool/create-job.js';
import { returnedHeader } from '../spool/returned-header.js';
import { aliasedReport } from './alias-report.js';
import type { Composition } from './compose.js';
import { isAimed, isBodyType } from './request.js';
import type { Submission } from './storage.js';

/** Of the configuration file's rules, by their words; anything else is the parser's own. */
const CODES: readonly (readonly [words: RegExp, status: string])[] = [
  [/^User unknown/, '5.1.1'],
  [/^(?:List:;|User address required|Hostname required|Colon illegal|Invalid route address)/, '5.1.3'],
  [/^prescan: token too long/, '5.1.0'],
  [/^(?:Invalid address|Invalid host name|Local part must not)/, '5.1.2'],
];
/** What a control character brings about: said with a code that the report's status has not. */
const SYNTAX = 'Syntax error in mailbox address';
const COPY_BYTES = 64 * 1024;

/** `body` is a descriptor of the message's body, open for reading. Returns the id of the report, which is on disk then. */
export function queueBounce(
  submission: Submission,
  composition: Composition,
  control: ControlFile,
  body: number,
): string {
  const { environment, request, sender, judge } = submission;
  const { hostname } = environment;
  const atSeconds = control.createdAtSeconds;
  const toPostmaster = sender.address === null || sender.record === '<>';
  const job = openJob(environment.spoolDirectory, { ids: environment.ids });
  try {
    const report: Report = {
      id: job.id,
      atSeconds,
      offsetMinutes: environment.offsetMinutes,
      hostname,
      original: {
        id: composition.id,
        createdAtSeconds: atSeconds,
        receivedFrom: `${composition.login}@localhost`,
        envelopeId: control.envelopeId,
        eightBit: composition.eightBit,
        header: returnedHeader(withOriginator(control), hostname),
      },
      recipients: refusedRecipients(submission, atSeconds),
      transcript: judge.verdict.words.map(transcriptLine),
      toPostmaster,
      warning: false,
      withBody: !control.flags.includes('n') && !requiresTls(control.headers),
    };
    const { head, tail, boundary } = formatReport(report);
    job.writeBody(Buffer.from(head, 'latin1'));
    if (report.withBody) copyBody(body, boundary, (chunk) => job.writeBody(chunk));
    job.writeBody(Buffer.from(tail, 'latin1'));
    const envelope = reportEnvelope({
      report,
      kind: toPostmaster ? 'postmaster-notification' : 'failure',
      to: toPostmaster ? 'postmaster' : sender.record,
      version: environment.version,
      daemonFlags: control.macros.find(([name]) => name === 'daemon_flags')?.[1] ?? 'c u',
      messageBytes: composition.sizeBytes,
      eightBitBody: composition.eightBit,
      aimed: toPostmaster || isLocal(sender.record) || isAimed(request),
      inherited: {
        returnGiven: request.returnPart !== null,
        envelopeId: request.envelopeId ?? undefined,
        bodyType: isBodyType(request.bodyType) ? request.bodyType : null,
      },
    });
    const queued: ControlFile = { ...envelope, headers: inheritPrivateFields(envelope.headers, control.headers) };
    job.commit(aliasedReport(queued, environment.aliases, hostname));
    const kind = toPostmaster ? 'postmaster notify' : 'DSN';
    environment.log.write(composition.id, `${job.id}: ${kind}: ${judge.verdict.message ?? 'Unable to deliver mail'}`);
    return job.id;
  } finally {
    job.abandon();
  }
}

/** In the order of sendmail's queue: by code, then as they were added. */
function refusedRecipients({ judge, environment }: Submission, atSeconds: number): ReportedRecipient[] {
  const own = (address: string): string => (address.includes('@') ? address : `${address}@${environment.hostname}`);
  return judge.verdict.refusals
    .map(({ text, words }) => ({
      address: text,
      ...split(words),
      status: words.startsWith(SYNTAX) ? '5.0.0' : statusOf(words),
    }))
    .sort((a, b) => (a.status < b.status ? -1 : a.status > b.status ? 1 : 0))
    .map(({ address: written, reason, status }): ReportedRecipient => {
      const address = withoutControls(written, '\u00ff');
      const common = { address, fate: 'failed', status, attemptedAtSeconds: atSeconds } as const;
      const bare = bareAddress(address);
      if (status === '5.1.1') {
        const finalRecipient = `RFC822; ${bare === '' && !address.includes('@') ? own('') : address}`;
        return { ...common, finalRecipient, actualRecipient: '', reply: `550 5.1.1 ${reason}` };
      }
      if (reason.startsWith(SYNTAX))
        return { ...common, finalRecipient: `RFC822; ${own(bare)}`, actualRecipient: own(bare) };
      // sendmail's mailer of errors, and what it is told to say.
      const actualRecipient = `"553 ${reason}"@${environment.hostname}`;
      const final = address.startsWith('<') ? address.slice(1).replace(/>$/, '') : address;
      const finalRecipient = `RFC822; ${final.includes('@') ? final : actualRecipient}`;
      return { ...common, finalRecipient, actualRecipient };
    });
}

/** The parser's own words may name no address. */
function split(words: string): { readonly address?: string; readonly reason: string } {
  const at = words.lastIndexOf('... ');
  return at < 0 ? { reason: words } : { address: words.slice(0, at), reason: words.slice(at + 4) };
}

function statusOf(words: string): string {
  const { reason } = split(words);
  return CODES.find(([pattern]) => pattern.test(reason))?.[1] ?? '5.0.0';
}

function transcriptLine(words: string): string {
  if (words.startsWith(SYNTAX) || words.startsWith('8-bit character in mailbox')) return `501 5.1.3 ${words}`;
  const status = statusOf(words);
  return `${status === '5.1.1' ? '550' : '553'} ${status} ${words}`;
}

/** What sendmail aims at its relay at once. */
function isLocal(record: string): boolean {
  return !/[@%](?!localhost$|\[)|!/i.test(bareAddress(record));
}

/** sendmail has a From field in mind even for a message of nobody, and shows it. */
function withOriginator(control: ControlFile): ControlFile {
  const has = (wanted: string): boolean => control.headers.some(({ name }) => name.toLowerCase() === wanted);
  const resent = control.headers.some(({ name, condition }) => condition === '' && isResentMark(name));
  const missing = [...(resent && !has('resent-from') ? ['Resent-From'] : []), ...(has('from') ? [] : ['From'])];
  const date = control.headers.findLastIndex(({ condition }) => condition === 'D');
  const before = date >= 0 ? date : control.headers.findIndex(({ name }) => name === 'Received');
  const headers = [...control.headers];
  headers.splice(before + 1, 0, ...missing.map((name) => ({ condition: 'F', name, value: ' ' })));
  return { ...control, headers };
}

function copyBody(fd: number, boundary: string, write: (chunk: Uint8Array) => void): void {
  const copier = createBodyCopier(boundary);
  const buffer = Buffer.allocUnsafe(COPY_BYTES);
  let at = 0;
  for (let read = fs.readSync(fd, buffer, 0, COPY_BYTES, at); read > 0; ) {
    write(copier.copy(buffer.subarray(0, read)));
    at += read;
    read = fs.readSync(fd, buffer, 0, COPY_BYTES, at);
  }
  write(copier.finish());
}
