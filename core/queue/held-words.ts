/** What people read about a message on hold: why, and what they can do. Pure. */
import { bytesToText, cleanText } from '../mail/display.js';
import type { Uncertain } from '../spool/spool.js';
import type { QueueState } from './entry.js';
import { parseHold } from './hold-reason.js';
import { isLate } from './schedule.js';

export interface Words {
  readonly state: QueueState;
  readonly reason: string;
  readonly next: string;
  readonly reply?: string;
  readonly nextAttemptAt?: number;
}

export interface HeldContext {
  readonly now: number;
  readonly askWhenLateMs: number;
  /** Somebody runs the queue. */
  readonly attended: boolean;
}

export function heldWords(quarantineReason: string, { now, askWhenLateMs, attended }: HeldContext): Words {
  const hold = parseHold(quarantineReason);
  switch (hold.kind) {
    case 'failed':
      return {
        state: 'failed',
        reason: failureReason(hold.reply),
        reply: showBytes(hold.reply),
        next: 'It is kept. Mend what the relay complains of and release it, edit it, or delete it.',
      };
    case 'given-up': {
      const last = showBytes(hold.last.replace(/^Deferred: /, ''));
      return {
        state: 'failed',
        reason: `It could not be sent for ${hold.after}, though its relay could be reached.`,
        ...(last === '' ? {} : { reply: last }),
        next: 'It is kept. Release it to try again, or delete it.',
      };
    }
    case 'asked':
      return {
        state: 'held',
        reason: `It has waited since ${hold.since}. Mail that old is not sent without asking you.`,
        next: 'Release it to send it, or delete it.',
      };
    case 'replaced':
      return {
        state: 'held',
        reason: `It was edited, and ${showBytes(hold.by)} takes its place.`,
        next: `Delete it where ${showBytes(hold.by)} is in the queue or was sent; if not, release it.`,
      };
    case 'scheduled':
      if (isLate(hold.until, now, askWhenLateMs))
        return {
          state: 'held',
          reason: `It was to be sent at ${new Date(hold.until).toLocaleString()}, when this computer could not. That is long ago.`,
          next: 'Release it to send it now, or delete it.',
        };
      return {
        state: 'scheduled',
        reason: 'To be sent later.',
        next: attended
          ? 'It goes at its time.'
          : 'It goes at its time if the agent runs then. Start it, or release the message.',
        nextAttemptAt: hold.until,
      };
    case 'held':
      return {
        state: 'held',
        reason: `Held: ${showBytes(hold.why) || 'no reason given'}`,
        next: 'Release it to send it.',
      };
  }
}

/** Of some refusals the enhanced code (RFC 3463, RFC 6531, RFC 8689) says more than that it was one, whoever spoke. */
function failureReason(reply: string): string {
  const [, code] = /^5\d\d[ -](5\.\d+\.\d+)/.exec(reply) ?? [];
  if (code === '5.6.7') return 'It is written beyond ASCII, which its relay does not take.';
  if (code === '5.7.30') return 'It requires TLS all the way, which its relay does not promise.';
  return code === '5.3.4' ? 'It is larger than its relay takes.' : 'The relay refused it for good.';
}

/** Whoever releases it should know that there may be a copy already. */
export function withDoubt(words: Words, uncertain: Uncertain | undefined): Words {
  return uncertain === undefined ? words : { ...words, reason: `${words.reason} It may have been sent once before.` };
}

/** A record of the control file for people. */
export function showBytes(latin1: string): string {
  return cleanText(bytesToText(latin1));
}
