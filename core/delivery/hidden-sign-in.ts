/**
 * A relay that offers sign-in and refuses everybody to whoever has not signed in wants one, though its words are of
 * something else: `554 5.7.1 Client host rejected`, `550 5.7.1 Relaying denied`. It is about the settings of the relay
 * then and not about the mail, which waits. Pure.
 */
import { offers } from './commands.js';
import type { Outcome } from './delivery.js';
import { asTemporary } from './outcome.js';
import type { Relay } from './relay.js';

/** The reply that tells, and the outcomes as they are then; null: it is nothing of the kind. Of a session in which DATA was never reached. */
export function hiddenSignIn(
  { auth }: Relay,
  extensions: readonly string[],
  outcomes: ReadonlyMap<string, Outcome>,
): { readonly reply: string; readonly outcomes: ReadonlyMap<string, Outcome> } | null {
  if (auth.method !== 'none' || !offers(extensions, 'AUTH')) return null;
  const theirs = [...outcomes].filter(([, outcome]) => outcome.kind !== 'failed' || outcome.own !== true);
  const [first] = theirs;
  if (first === undefined || !theirs.every(([, outcome]) => isRefusal(outcome))) return null;
  const putOff = theirs.map(([address, { reply, status }]): [string, Outcome] => [
    address,
    { kind: 'deferred', reply, status: asTemporary(status) },
  ]);
  return { reply: first[1].reply, outcomes: new Map([...outcomes, ...putOff]) };
}

/** A refusal of one recipient alone (`550 5.7.1 <bob>: not for you`) has other words. */
const WORDS = /\brelay|\bauth|\bclient host\b|\bsign(?:ed)?[- ]?in\b|\blog(?:ged)?[- ]?in\b|\bcredentials\b/i;

function isRefusal({ kind, reply }: Outcome): boolean {
  return kind === 'failed' && /^5\d\d 5\.7\.[01] /.test(reply) && WORDS.test(reply);
}
