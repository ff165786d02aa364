/**
 * When a message is due. Only an attempt that reached the relay counts (N and K of the control
 * file): where the relay itself was in the way, which the status says, the message waits for the
 * relay alone, so being offline postpones nothing. Else the wait doubles from one minute to two
 * hours, spread by the queue id so that many messages do not return together; a relay that
 * greylists, which the status says too, is asked again after 5 to 15 minutes. Pure.
 */
import { isGreylisting } from '../mail/greylisting.js';
import type { ControlFile } from '../spool/control-file.js';

const FIRST_WAIT_SECONDS = 60;
const LONGEST_WAIT_SECONDS = 7200;
const SPREAD = 1 / 4;
/** Most servers that greylist want five minutes between; the next attempts wait as any other. */
const GREYLIST_WAIT_SECONDS = 300;
const GREYLIST_SPREAD_SECONDS = 600;
const GREYLIST_ATTEMPTS = 5;

export type Tried = Pick<ControlFile, 'createdAtSeconds' | 'lastAttemptSeconds' | 'attempts'> &
  Partial<Pick<ControlFile, 'message' | 'recipients'>>;

/** sendmail's words for a relay that could not be reached, stopped answering, or closes (421). */
const RELAY_TROUBLE =
  /^Deferred: (?:421[ -]|Connection (?:refused|timed out)|Operation timed out|No route to host|Network is unreachable|Name server: |host map: )/;

/** Instant of the next attempt in milliseconds; when there was none yet, that of the submission and the time to undo it. */
export function dueAt(id: string, control: Tried, undoWindowMs = 0): number {
  const { attempts, lastAttemptSeconds, createdAtSeconds } = control;
  if (lastAttemptSeconds === 0) return createdAtSeconds * 1000 + undoWindowMs;
  // Released by a person, who does not undo it.
  if (attempts === 0) return lastAttemptSeconds * 1000;
  if (isRelaysTrouble(control)) return control.createdAtSeconds * 1000;
  return (control.lastAttemptSeconds + waitSeconds(id, control)) * 1000;
}

function waitSeconds(id: string, control: Tried): number {
  if (control.attempts <= GREYLIST_ATTEMPTS && isGreylisted(control))
    return GREYLIST_WAIT_SECONDS + spread(`${id}${control.attempts}`) * GREYLIST_SPREAD_SECONDS;
  return waitAfter(control.attempts) * (1 + spread(id) * SPREAD);
}

/** By the relay's words, kept with the message or with a recipient. */
function isGreylisted({ message, recipients = [] }: Tried): boolean {
  return [message, ...recipients.map((recipient) => recipient.message)].some(
    (status) => status?.startsWith('Deferred: ') === true && isGreylisting(status.slice('Deferred: '.length)),
  );
}

/** When somebody last tried it, released it or submitted it; milliseconds. */
export function lastSignOfLife({ createdAtSeconds, lastAttemptSeconds }: Tried): number {
  return Math.max(createdAtSeconds, lastAttemptSeconds) * 1000;
}

function isRelaysTrouble({ message, recipients }: Tried): boolean {
  if (message === undefined || recipients?.some((recipient) => recipient.message !== undefined) === true) return false;
  return RELAY_TROUBLE.test(message);
}

/**
 * A wall clock that went back must not hold mail for years: no wait is ever much longer than the longest, or the
 * time to undo.
 */
export function hasCome(due: number, now: number, undoWindowMs = 0): boolean {
  return due <= now || due - now > LONGEST_WAIT_SECONDS * 2 * 1000 + undoWindowMs;
}

/** What may have been sent twice already is not sent a third time without a person's word. */
const MOST_COPIES = 2;

/** Whether a message that may have been sent is sent again by itself. */
export function isRepeated(uncertain: { readonly times?: number }, whenUncertain: 'retry' | 'hold'): boolean {
  return whenUncertain === 'retry' && (uncertain.times ?? 1) < MOST_COPIES;
}

/** Later than its time by more than a person has agreed to; `limitMs` 0: never. */
export function isLate(due: number, now: number, limitMs: number): boolean {
  return limitMs > 0 && now - due > limitMs;
}

/** An agent may be away for half an hour between two of its attempts. */
const LEAST_SECONDS = 1800;

/**
 * The longest that so many attempts can have taken. What was held, scheduled or without a relay for weeks
 * did not grow old in the queue by it.
 */
export function longestWaited(attempts: number): number {
  let seconds = 0;
  for (let number = 1; number <= Math.min(attempts, 100); number += 1)
    seconds += Math.max(LEAST_SECONDS, waitAfter(number));
  return (seconds + Math.max(0, attempts - 100) * LONGEST_WAIT_SECONDS) * (1 + SPREAD);
}

function waitAfter(attempts: number): number {
  return Math.min(FIRST_WAIT_SECONDS * 2 ** Math.min(attempts - 1, 10), LONGEST_WAIT_SECONDS);
}

/** 0 to 1, the same for the same id. */
function spread(id: string): number {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + character.charCodeAt(0)) % 997;
  return hash / 997;
}
