/**
 * When a message is due. Only an attempt that reached the relay counts (N and K of the control
 * file): where the relay itself was in the way, which the status says, the message waits for the
 * relay alone, so being offline postpones nothing. Else the wait doubles from one minute to half an
 * hour, spread by the queue id so that many messages do not return together. Pure.
 */
import type { ControlFile } from '../spool/control-file.js';

const FIRST_WAIT_SECONDS = 60;
const LONGEST_WAIT_SECONDS = 1800;
const SPREAD = 1 / 4;

export type Tried = Pick<ControlFile, 'createdAtSeconds' | 'lastAttemptSeconds' | 'attempts'> &
  Partial<Pick<ControlFile, 'message' | 'recipients'>>;

/** sendmail's words for a relay that could not be reached, stopped answering, or closes (421). */
const RELAY_TROUBLE =
  /^Deferred: (?:421[ -]|Connection (?:refused|timed out)|Operation timed out|No route to host|Network is unreachable|Name server: |host map: )/;

/** Instant of the next attempt in milliseconds; the creation time when there was none yet. */
export function dueAt(id: string, control: Tried): number {
  if (control.attempts === 0 || control.lastAttemptSeconds === 0) return control.createdAtSeconds * 1000;
  if (isRelaysTrouble(control)) return control.createdAtSeconds * 1000;
  const doublings = Math.min(control.attempts - 1, 10);
  const wait = Math.min(FIRST_WAIT_SECONDS * 2 ** doublings, LONGEST_WAIT_SECONDS);
  return (control.lastAttemptSeconds + wait * (1 + spread(id) * SPREAD)) * 1000;
}

export function isDue(id: string, control: Tried, now: number): boolean {
  return hasCome(dueAt(id, control), now);
}

function isRelaysTrouble({ message, recipients }: Tried): boolean {
  if (message === undefined || recipients?.some((recipient) => recipient.message !== undefined) === true) return false;
  return RELAY_TROUBLE.test(message);
}

/** A wall clock that went back must not hold mail for years: no wait is ever longer than the longest. */
export function hasCome(due: number, now: number): boolean {
  return due <= now || due - now > LONGEST_WAIT_SECONDS * 2 * 1000;
}

/**
 * The longest that so many attempts can have taken. What was held, scheduled or without a relay for weeks
 * did not grow old in the queue by it.
 */
export function longestWaited(attempts: number): number {
  return attempts * LONGEST_WAIT_SECONDS * (1 + SPREAD);
}

/** 0 to 1, the same for the same id. */
function spread(id: string): number {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + character.charCodeAt(0)) % 997;
  return hash / 997;
}
