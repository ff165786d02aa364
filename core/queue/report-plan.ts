/**
 * Whether an attempt calls for a report, of what kind, to whom and about whom: sendmail's
 * dropenvelope and savemail as a decision. A report to nobody's mailbox, that is about a message
 * of the null reverse-path or about a report, goes to the postmaster; one about a report to the
 * postmaster is not made, and the mail stays. Pure.
 */
import { bareAddress } from '../mail/address.js';
import { textToBytes } from '../mail/display.js';
import { formatInterval } from '../mail/interval.js';
import { requiresTls } from '../mail/private-fields.js';
import { reportedStatus } from '../mail/refusal.js';
import type { ReportedRecipient } from '../mail/report.js';
import type { ReportKind } from '../mail/report-envelope.js';
import type { Rewriting } from '../mail/rewriting.js';
import type { ControlFile, RecipientRecord } from '../spool/control-file.js';
import { wireAddress } from './envelope.js';
import { isOwn, type RecipientResult } from './results.js';

export interface ReportPlan {
  readonly kind: ReportKind;
  /** `Warning: could not send message for past 4 hours` */
  readonly subject?: string;
  readonly to: string;
  readonly recipients: readonly ReportedRecipient[];
  readonly transcript: readonly string[];
  readonly warning: boolean;
  readonly withBody: boolean;
}

/** What of it happened to the message as a whole. */
export interface Circumstances {
  readonly control: ControlFile;
  readonly results: readonly RecipientResult[];
  readonly transcript: readonly string[];
  readonly host: string;
  readonly rewriting: Rewriting;
  readonly nowSeconds: number;
  /** Of a connection that failed: `4.4.1`. */
  readonly problemStatus?: string;
  /** Nobody will try again: those not sent are returned. */
  readonly givenUpAfter?: number;
  /** The time to warn has come. */
  readonly warnAfter?: number;
  readonly retryUntilSeconds?: number;
  /** The relay said that its replies carry enhanced codes. */
  readonly enhanced: boolean;
  /** The relay does not tell senders of deliveries (no DSN). */
  readonly relayed: boolean;
  /** Failures and delays are reported, not only what the sender asked to hear of. */
  readonly failures: boolean;
}

export function wantsFailure({ flags }: Pick<RecipientRecord, 'flags'>): boolean {
  return !flags.includes('N') || flags.includes('F');
}

export function wantsDelay({ flags }: Pick<RecipientRecord, 'flags'>): boolean {
  return flags.includes('D');
}

/** No warnings about reports, bulk, and what lists send (spec of sendmail's dropenvelope). */
export function mayWarn({ flags, sender, headers }: ControlFile): boolean {
  const address = bareAddress(sender);
  if (flags.includes('w') || flags.includes('r') || address === '') return false;
  if (/^owner-/i.test(address) || /.-request$/i.test(address)) return false;
  const precedence = headers.find(({ name }) => /^precedence$/i.test(name))?.value.trim() ?? '';
  return !/^(?:list|bulk|junk)$/i.test(precedence);
}

/** A report. An alias may have put others in the postmaster's place; the header still names him. */
function isToPostmaster({ recipients, headers }: Pick<ControlFile, 'recipients' | 'headers'>): boolean {
  const isPostmaster = (address: string): boolean => /^postmaster(?:@|$)/i.test(bareAddress(address));
  const to = headers.find(({ name }) => /^to$/i.test(name))?.value.trim() ?? '';
  return isPostmaster(to) || recipients.every(({ address }) => isPostmaster(address));
}

/** null: nobody is to be told. */
export function planReport(facts: Circumstances): ReportPlan | null {
  const { control, results, givenUpAfter, warnAfter } = facts;
  const isFailed = ({ outcome, recipient }: RecipientResult): boolean =>
    facts.failures &&
    (outcome?.kind === 'failed' || (givenUpAfter !== undefined && outcome?.kind !== 'sent' && wantsFailure(recipient)));
  const isDelayed = (result: RecipientResult): boolean =>
    facts.failures &&
    warnAfter !== undefined &&
    result.outcome?.kind !== 'sent' &&
    !isFailed(result) &&
    wantsDelay(result.recipient);
  const isRelayed = ({ outcome, recipient }: RecipientResult): boolean =>
    facts.relayed && outcome?.kind === 'sent' && /N.*S/.test(recipient.flags);

  const failed = results.filter(isFailed);
  const failure = failed.some(({ recipient }) => wantsFailure(recipient));
  const delay = results.some(isDelayed);
  const receipt = results.some(isRelayed);
  const fromNobody = bareAddress(control.sender) === '' || control.flags.includes('r');
  if (!failure && !delay && !(receipt && !fromNobody)) return null;
  // Somebody must be left who reads it.
  if (control.flags.includes('r') && isToPostmaster(control)) return null;
  const warning =
    delay && warnAfter !== undefined ? `could not send message for past ${formatInterval(warnAfter)}` : null;
  return {
    kind: fromNobody ? 'postmaster-notification' : delay ? 'warning-timeout' : failure ? 'failure' : 'return-receipt',
    ...(warning === null ? {} : { subject: `Warning: ${warning}` }),
    to: fromNobody ? 'postmaster' : control.sender,
    recipients: results.flatMap((result) => {
      const fate = isFailed(result) ? 'failed' : isDelayed(result) ? 'delayed' : isRelayed(result) ? 'relayed' : null;
      return fate === null ? [] : [reported(result, fate, facts)];
    }),
    transcript: [
      ...facts.transcript,
      ...[...results]
        .reverse()
        .filter(isRelayed)
        .map(({ recipient }) => `${recipient.address}... relayed; expect no further notifications`),
    ],
    warning: delay && failed.length === 0,
    withBody: (failure || delay) && !control.flags.includes('n') && !requiresTls(control.headers) && !isTooBig(results),
  };
}

/** A message that is too big for the relay would be so in a report, too. */
function isTooBig(results: readonly RecipientResult[]): boolean {
  return results.some(({ command, reply }) => command === 'mail' && reply?.startsWith('552') === true);
}

function reported(
  { recipient, outcome, command, reply }: RecipientResult,
  fate: ReportedRecipient['fate'],
  facts: Circumstances,
): ReportedRecipient {
  const { control, rewriting } = facts;
  const { hostname } = rewriting;
  const actualRecipient = completeAddress(recipient.address, control, rewriting);
  const givenUp = fate === 'failed' && outcome?.kind !== 'failed';
  const status =
    reply !== undefined && command !== null
      ? reportedStatus(reply, command, facts.enhanced)
      : (outcome?.status ?? facts.problemStatus ?? '4.0.0');
  return {
    address: recipient.address,
    expandedFrom: recipient.address,
    fate,
    ...(wantsFailure(recipient) ? {} : { silent: true }),
    originalRecipient: recipient.originalRecipient,
    // Who it was meant for, whatever he is called outside.
    finalRecipient: recipient.finalRecipient ?? `RFC822; ${completeAddress(recipient.address, control, { hostname })}`,
    actualRecipient,
    status: givenUp ? '4.4.7' : status,
    remoteHost: command === 'mail' || isOwn(outcome) ? undefined : facts.host,
    reply: command === 'data' ? undefined : reply,
    attemptedAtSeconds: facts.nowSeconds,
    // Whom the relay itself put off is not told until when.
    ...(fate === 'delayed' && command !== 'rcpt' ? { retryUntilSeconds: facts.retryUntilSeconds } : {}),
  };
}

function completeAddress(text: string, control: ControlFile, rewriting: Rewriting): string {
  const address = textToBytes(wireAddress(control, text, rewriting));
  return address.includes('@') ? address : `${address}@${rewriting.hostname}`;
}
