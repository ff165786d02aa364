import { describe, expect, it } from 'vitest';
import { createNetworkFacts, type NetworkFacts } from '../../../core/network/facts.js';

describe('the name of the network', () => {
  it('is asked for again only when the network looks different', async () => {
    let fingerprint = 'home';
    const asked: string[] = [];
    const read = async (): Promise<NetworkFacts> => {
      asked.push(fingerprint);
      return { interfaceName: fingerprint, gateway: '192.0.2.1' };
    };
    const facts = createNetworkFacts({ fingerprint: () => fingerprint, read });

    await Promise.all([facts(), facts()]);
    fingerprint = 'train';
    const later = await facts();

    expect(later.interfaceName).toBe('train');
    expect(asked).toEqual(['home', 'train']);
  });

  it('can be read of this machine, and names no interface without a gateway', async () => {
    const facts = await createNetworkFacts()();

    if (facts.gateway === null) expect(facts.interfaceName).toBeNull();
    else expect(facts.interfaceName).toMatch(/\S/);
  });
});
