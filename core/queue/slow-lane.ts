/**
 * Mail that would keep other mail waiting: big messages, and those that have failed again and again (the slow
 * queue of sendmail lore). It goes last, a message at a time, and never over all of a relay's
 * connections. Pure.
 */
import { RETRY_FACTOR, sizeInPriority } from '../mail/priority.js';

/** From so many bytes on a message takes long enough on a slow line for others to notice. */
export const BIG_BYTES = 1_000_000;
/** Put off so often (about two hours in all), one more attempt is no more urgent than other people's first. */
export const SLOW_ATTEMPTS = 7;

export interface Weighed {
  readonly attempts: number;
  readonly priority: number;
  readonly recipients: { readonly length: number };
}

/** The priority is made of the size, and of more where recipients have gone: `dataBytes` settles it. */
export function isSlow({ attempts, priority, recipients }: Weighed, dataBytes: () => number): boolean {
  if (attempts >= SLOW_ATTEMPTS) return true;
  const most = sizeInPriority(priority - attempts * RETRY_FACTOR, recipients.length, 0);
  return most >= BIG_BYTES && dataBytes() >= BIG_BYTES;
}

/** Of so many connections the slow lane may have: all but one, unless there is only one. */
export function slowConnections(connections: number): number {
  return Math.max(1, connections - 1);
}
