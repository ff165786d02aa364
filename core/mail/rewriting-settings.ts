/**
 * The settings about masquerading and senders as the rules of rewriting.ts take them: one byte a
 * character, keys in lower case. A table with no masquerade is used for the reverse-path all the same,
 * as far as `masquerade.envelope` says. Pure.
 */
import { textToBytes } from './display.js';
import type { Masquerade, Rewriting } from './rewriting.js';

export interface RewritingSettings {
  readonly qualifyWith: string | null;
  readonly masqueradeAs: string | null;
  readonly masquerade: Omit<Masquerade, 'as'>;
  readonly senders: Readonly<Record<string, string>>;
  readonly sendersDomains: readonly string[];
}

export function rewritingOf(settings: RewritingSettings, hostname: string): Rewriting {
  const { qualifyWith, masqueradeAs, masquerade, senders, sendersDomains } = settings;
  return {
    hostname,
    qualifyWith: bytesOf(qualifyWith),
    masquerade: {
      ...masquerade,
      as: bytesOf(masqueradeAs),
      domains: masquerade.domains.map(textToBytes),
      exceptions: masquerade.exceptions.map(textToBytes),
      exposedUsers: masquerade.exposedUsers.map(textToBytes),
    },
    senders: {
      entries: new Map(
        Object.entries(senders).map(([key, value]) => [textToBytes(key.trim()).toLowerCase(), textToBytes(value)]),
      ),
      domains: sendersDomains.map(textToBytes),
    },
  };
}

function bytesOf(text: string | null): string | null {
  return text === null ? null : textToBytes(text);
}
