/**
 * What an attempt leaves behind, as new control files: recipients that were sent are gone, those
 * put off stay, those refused for good go into a held message of their own where failures are
 * held. The record forms are sendmail's after a run: C and r lines for each recipient, M lines
 * for those whose own reply put them off, N + 1, K, priority + 90000. Pure.
 */

import type { Outcome } from '../delivery/delivery.js';
import { textToBytes } from '../mail/display.js';
import { RETRY_FACTOR } from '../mail/priority.js';
import type { Rewriting } from '../mail/rewriting.js';
import type { ControlFile, RecipientRecord } from '../spool/control-file.js';
import { wireAddress } from './envelope.js';
import { failedReason } from './hold-reason.js';
import { envelopeStatus, type RecipientResult, resultWords } from './results.js';

/**
 * `run`: counted. `submission`: counted, priority kept, by the process that submits it; `report`: the same, by the run
 * that made it. `uncounted`: the relay was not to be had.
 */
export type Counting = 'run' | 'submission' | 'report' | 'uncounted';

export interface Settled {
  /** Still to be sent; null when nobody is left. */
  readonly remaining: ControlFile | null;
  /** Refused for good, to be kept as held; null when nobody was. */
  readonly failed: ControlFile | null;
}

/** A recipient without an outcome was not attempted and stays as it is. */
export function settle(
  control: ControlFile,
  results: readonly RecipientResult[],
  nowSeconds: number,
  counting: Counting = 'run',
): Settled {
  const attempted = countAttempt(control, nowSeconds, counting);
  const remaining: RecipientRecord[] = [];
  const failed: RecipientRecord[] = [];
  let failedReply: string | undefined;
  for (const result of results) {
    switch (result.outcome?.kind) {
      case 'sent':
        break;
      case 'failed':
        failedReply ??= result.outcome.reply;
        failed.push(afterAttempt(result.recipient, result.address, result.outcome.reply));
        break;
      case 'deferred':
      case 'uncertain':
        // What put all of them off is said once, for the envelope.
        remaining.push(
          afterAttempt(result.recipient, result.address, result.command === 'rcpt' ? resultWords(result) : undefined),
        );
        break;
      case undefined:
        remaining.push(result.recipient);
        break;
    }
  }
  return {
    remaining:
      remaining.length === 0 ? null : withMessage({ ...attempted, recipients: remaining }, envelopeStatus(results)),
    failed:
      failedReply === undefined
        ? null
        : {
            ...withMessage({ ...attempted, recipients: failed }, failedReply),
            quarantineReason: failedReason(failedReply),
          },
  };
}

function countAttempt(control: ControlFile, nowSeconds: number, counting: Counting): ControlFile {
  if (counting === 'uncounted') return control;
  return {
    ...control,
    attempts: control.attempts + 1,
    lastAttemptSeconds: nowSeconds,
    priority: control.priority + (counting === 'run' ? RETRY_FACTOR : 0),
  };
}

/** The relay could not be used: it waits on for a reason of the relay's, counted or not. */
export function settleUnsent(
  control: ControlFile,
  stat: string,
  nowSeconds: number,
  counting: Counting,
  rewriting: Rewriting,
): ControlFile {
  if (counting === 'uncounted') return withStatus(control, stat);
  const recipients = control.recipients.map((recipient) =>
    afterAttempt(recipient, wireAddress(control, recipient.address, rewriting), undefined),
  );
  return withStatus({ ...countAttempt(control, nowSeconds, counting), recipients }, stat);
}

/** The same message waiting on, no attempt counted (promise: being offline costs nothing). */
export function withStatus(control: ControlFile, stat: string): ControlFile {
  return withMessage(control, `Deferred: ${stat}`);
}

/** sendmail's words for the M line and stat=. */
export function statusText(outcome: Outcome, enhanced = true): string {
  switch (outcome.kind) {
    case 'sent':
      return `Sent (${outcome.reply.replace(enhanced ? /^250[ -](?:2\.\d{1,3}\.\d{1,3} )?/ : /^250[ -]/, '')})`;
    case 'deferred':
      return `Deferred: ${outcome.reply}`;
    case 'failed':
      return outcome.reply;
    case 'uncertain':
      return `Deferred: ${outcome.reply}`;
  }
}

export function withMessage(control: ControlFile, message: string | undefined): ControlFile {
  const { message: _, ...rest } = control;
  return message === undefined ? rest : { ...rest, message: oneLine(message) };
}

function afterAttempt(recipient: RecipientRecord, address: string, message: string | undefined): RecipientRecord {
  const { message: _, ...rest } = recipient;
  return {
    ...rest,
    ...(message === undefined ? {} : { message: oneLine(message) }),
    // Aimed at the relay afresh, it stands for itself, whoever stood for it before.
    controllingUser: `:${recipient.address}`,
    finalRecipient: recipient.finalRecipient ?? textToBytes(`RFC822; ${address}`),
  };
}

/** As a record of the control file. */
function oneLine(text: string): string {
  return textToBytes(text.replace(/[\r\n]+\s*/g, ' ').trim());
}
