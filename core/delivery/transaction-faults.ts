/** What can go wrong in a transaction beside what the relay replies, and what an end of one was about. */
import type { Readable } from 'node:stream';
import type { DeliveryRequest, Outcome } from './delivery.js';
import type { ReplyPhase } from './outcome.js';
import type { Ending } from './transaction.js';

export const CANCELLED = 'Cancelled';

export function isTooMany(outcome: Outcome | undefined): boolean {
  return outcome?.kind === 'deferred' && outcome.why === 'too-many-recipients';
}

/** The session was over when the message began: no answer at all, or 421 to its MAIL. */
export function isBeforeIt(ending: Ending, replies: number): boolean {
  if (ending.kind === 'reply') return ending.phase === 'mail' && ending.reply.startsWith('421');
  return ending.kind === 'lost' && replies === 0;
}

/** false: nothing more may be sent, or a crash would send again what was sent. */
export function isNoted(request: DeliveryRequest, outcomes: ReadonlyMap<string, Outcome>): boolean {
  try {
    request.betweenTransactions?.(outcomes);
    return true;
  } catch {
    return false;
  }
}

export const PHASES: ReadonlyMap<string, ReplyPhase> = new Map([
  ['MAIL FROM', 'mail'],
  ['RCPT TO', 'rcpt'],
  ['DATA', 'data'],
]);

/** The relay answers something else than it was asked. */
export class OutOfStep extends Error {
  override readonly name = 'OutOfStep';
}

/** Trouble on this side before anything was said about the message. */
export class LocalFault extends Error {
  override readonly name = 'LocalFault';
}

export function openLocally(request: DeliveryRequest): Readable {
  try {
    return request.openMessage();
  } catch (error) {
    throw new LocalFault(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
