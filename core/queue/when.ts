/** When there is something to do next, read off the queue's entries, with instants as the dispatcher counts them. Pure. */
import type { QueueEntry } from './entry.js';
import type { Pause } from './pause.js';

/** States that a scheduled run takes up by itself, once due. Without an instant it waits for a person or a relay. */
function goesByItself(
  entry: QueueEntry,
): entry is QueueEntry & { readonly nextAttemptAt: number; readonly relay: string } {
  const open = entry.state === 'waiting' || entry.state === 'will-retry' || entry.state === 'maybe-sent';
  return open && entry.nextAttemptAt !== undefined && entry.relay !== undefined;
}

/** A scheduled run would take at least one message now. */
export function anythingDue(
  entries: readonly QueueEntry[],
  reachable: (relay: string) => boolean,
  now: number,
): boolean {
  return entries.some((entry) => goesByItself(entry) && entry.nextAttemptAt <= now && reachable(entry.relay));
}

/** Relays that have mail waiting for them. */
export function waitingFor(entries: readonly QueueEntry[]): Set<string> {
  const relays = new Set<string>();
  for (const entry of entries) if (goesByItself(entry)) relays.add(entry.relay);
  return relays;
}

/** The next instant the clock alone brings something; null when it brings nothing. */
export function nextDueAt(
  entries: readonly QueueEntry[],
  reachable: (relay: string) => boolean,
  paused: Pause | null,
  now: number,
): number | null {
  let earliest: number | null =
    paused?.until !== undefined && paused.until !== null && paused.until > now ? paused.until : null;
  for (const entry of entries) {
    const ours = paused === null && goesByItself(entry) && reachable(entry.relay);
    const at = entry.state === 'scheduled' || ours ? entry.nextAttemptAt : undefined;
    if (at !== undefined && at > now && (earliest === null || at < earliest)) earliest = at;
  }
  return earliest;
}

/**
 * Since when a message has been stuck though its relay could be reached; null when none is.
 * Time without the relay counts for nothing.
 */
export function stuckSince(
  entries: readonly QueueEntry[],
  reachableSince: (relay: string) => number | null,
): number | null {
  let oldest: number | null = null;
  for (const entry of entries) {
    if (entry.state !== 'waiting' && entry.state !== 'will-retry') continue;
    const online = entry.relay === undefined ? null : reachableSince(entry.relay);
    if (online === null) continue;
    const since = Math.max(entry.queuedAt, online);
    if (oldest === null || since < oldest) oldest = since;
  }
  return oldest;
}
