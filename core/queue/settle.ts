/**
 * What an attempt leaves behind, as new control files: recipients that were sent are gone, those
 * put off stay with their reason (M line), those refused for good go into a held message of
 * their own. The record forms are sendmail's after a run (C, r and M lines per recipient,
 * N + 1, K, priority + 90000). Pure.
 */
import type { Outcome } from '../delivery/delivery.js';
import { textToBytes } from '../mail/display.js';
import type { ControlFile, RecipientRecord } from '../spool/control-file.js';
import { wireAddress } from './envelope.js';
import { failedReason } from './hold-reason.js';

/** RetryFactor: what each attempt adds to the priority number. */
const RETRY_FACTOR = 90_000;

export interface Settled {
  /** Still to be sent; null when nobody is left. */
  readonly remaining: ControlFile | null;
  /** Refused for good, to be kept as held; null when nobody was. */
  readonly failed: ControlFile | null;
}

/** `outcomes` by the address as it was on the wire; a recipient without one was not attempted and stays as it is. */
export function settle(
  control: ControlFile,
  outcomes: ReadonlyMap<string, Outcome>,
  nowSeconds: number,
  domain: string,
): Settled {
  const attempted = {
    ...control,
    attempts: control.attempts + 1,
    lastAttemptSeconds: nowSeconds,
    priority: control.priority + RETRY_FACTOR,
  };
  const remaining: RecipientRecord[] = [];
  const failed: RecipientRecord[] = [];
  let remainingMessage: string | undefined;
  let failedReply: string | undefined;
  for (const recipient of control.recipients) {
    const address = wireAddress(recipient.address, domain);
    const outcome = outcomes.get(address);
    switch (outcome?.kind) {
      case 'sent':
        break;
      case 'failed':
        failedReply ??= outcome.reply;
        failed.push(afterAttempt(recipient, address, outcome.reply));
        break;
      case 'deferred':
      case 'uncertain':
        remainingMessage ??= statusText(outcome);
        remaining.push(afterAttempt(recipient, address, statusText(outcome)));
        break;
      case undefined:
        remaining.push(recipient);
        break;
    }
  }
  return {
    remaining: remaining.length === 0 ? null : withMessage({ ...attempted, recipients: remaining }, remainingMessage),
    failed:
      failedReply === undefined
        ? null
        : {
            ...withMessage({ ...attempted, recipients: failed }, failedReply),
            quarantineReason: failedReason(failedReply),
          },
  };
}

/** The same message waiting on for a reason of the relay's, no attempt counted (promise: being offline costs nothing). */
export function withStatus(control: ControlFile, stat: string): ControlFile {
  return withMessage(control, `Deferred: ${stat}`);
}

/** sendmail's words for the M line and stat=. */
export function statusText(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'sent':
      return `Sent (${outcome.reply.replace(/^250[ -](?:2\.\d{1,3}\.\d{1,3} )?/, '')})`;
    case 'deferred':
      return `Deferred: ${outcome.reply}`;
    case 'failed':
      return outcome.reply;
    case 'uncertain':
      return `Deferred: ${outcome.reply}`;
  }
}

function withMessage(control: ControlFile, message: string | undefined): ControlFile {
  const { message: _, ...rest } = control;
  return message === undefined ? rest : { ...rest, message: oneLine(message) };
}

function afterAttempt(recipient: RecipientRecord, address: string, message: string): RecipientRecord {
  return {
    ...recipient,
    message: oneLine(message),
    controllingUser: recipient.controllingUser ?? textToBytes(`:${address}`),
    finalRecipient: recipient.finalRecipient ?? textToBytes(`RFC822; ${address}`),
  };
}

/** As a record of the control file. */
function oneLine(text: string): string {
  return textToBytes(text.replace(/[\r\n]+\s*/g, ' ').trim());
}
