/**
 * Which relay a message goes through, worked out afresh on each attempt: by envelope sender,
 * then by the From field, then the default. An exact address beats `*@domain`, which beats
 * `*@*.domain` (the longest first). No match means that the message is held with the reason;
 * it never goes through another relay, because that would disclose it to the wrong server.
 * Pure. Addresses are bare; upper and lower case count as the same.
 */

export interface MessageOrigin {
  /** Bare reverse-path; empty or `<>` for null. */
  readonly envelopeFrom: string;
  /** Bare address of the From field, null where there is none. */
  readonly headerFrom: string | null;
}

export type RelayChoice =
  | { readonly kind: 'relay'; readonly name: string }
  | { readonly kind: 'none'; readonly reason: string };

type Patterns = { readonly from: readonly string[] };

export function chooseRelay(
  origin: MessageOrigin,
  relays: Readonly<Record<string, Patterns>>,
  defaultRelay: string | null,
): RelayChoice {
  if (Object.keys(relays).length === 0) {
    return { kind: 'none', reason: 'No relay is set up yet. Add one with: outtray relay add' };
  }
  const senders = [origin.envelopeFrom, origin.headerFrom ?? ''].filter((sender) => sender !== '' && sender !== '<>');
  for (const sender of senders) {
    const name = bestMatch(sender, relays);
    if (name !== null) return { kind: 'relay', name };
  }
  if (defaultRelay === null) {
    const who = senders[0] ?? 'the mail system itself (empty sender)';
    return {
      kind: 'none',
      reason: `No relay serves mail from ${who}. Add the address to "from" of a relay, or set "defaultRelay".`,
    };
  }
  if (Object.hasOwn(relays, defaultRelay)) return { kind: 'relay', name: defaultRelay };
  return {
    kind: 'none',
    reason: `The default relay "${defaultRelay}" is not among the relays (${Object.keys(relays).join(', ')}). Correct "defaultRelay" in the settings.`,
  };
}

function bestMatch(sender: string, relays: Readonly<Record<string, Patterns>>): string | null {
  let best: string | null = null;
  let bestRank = -1;
  for (const [name, { from }] of Object.entries(relays)) {
    for (const pattern of from) {
      const rank = rankMatch(pattern.toLowerCase(), sender.toLowerCase());
      // On a tie the relay that comes first in the settings keeps it.
      if (rank > bestRank) [best, bestRank] = [name, rank];
    }
  }
  return best;
}

/** -1: no match. A wildcard ranks by how much of the domain it fixes, below every whole domain. */
function rankMatch(pattern: string, sender: string): number {
  if (pattern === sender) return 100_002;
  if (!pattern.startsWith('*@')) return -1;
  const domain = sender.slice(sender.lastIndexOf('@') + 1);
  const wanted = pattern.slice(2);
  if (wanted === domain) return 100_001;
  if (wanted.startsWith('*.') && domain.endsWith(wanted.slice(1))) return wanted.length;
  return wanted === '*' ? 0 : -1;
}
