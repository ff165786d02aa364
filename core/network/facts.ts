/**
 * Names for the network a person is on: default interface and gateway, for status lines only;
 * no decision rests on them. systeminformation starts two to five processes for these, so they
 * are asked for again only when the fingerprint has changed since the last answer.
 */
import { takeFingerprint } from './fingerprint.js';

export interface NetworkFacts {
  /** `wlan0`; null when nothing leads out. */
  readonly interfaceName: string | null;
  /** Address of the default gateway; null when unknown. */
  readonly gateway: string | null;
}

export interface NetworkFactsOptions {
  readonly fingerprint?: () => string;
  readonly read?: () => Promise<NetworkFacts>;
}

/** Returns a reader that remembers its last answer for as long as the network looks the same. */
export function createNetworkFacts(options: NetworkFactsOptions = {}): () => Promise<NetworkFacts> {
  const { fingerprint = takeFingerprint, read = readNetworkFacts } = options;
  let known: { readonly fingerprint: string; readonly facts: Promise<NetworkFacts> } | null = null;
  return () => {
    const current = fingerprint();
    if (known?.fingerprint !== current) known = { fingerprint: current, facts: read() };
    return known.facts;
  };
}

/** Never rejects: not knowing the name of a network is no trouble. */
async function readNetworkFacts(): Promise<NetworkFacts> {
  try {
    const information = await import('systeminformation');
    const [interfaceName, gateway] = await Promise.all([
      information.networkInterfaceDefault(),
      information.networkGatewayDefault(),
    ]);
    // Without a default route systeminformation names the first interface it finds, the loopback one too.
    return gateway ? { interfaceName: interfaceName || null, gateway } : { interfaceName: null, gateway: null };
  } catch {
    return { interfaceName: null, gateway: null };
  }
}
