import type os from 'node:os';
import { describe, expect, it } from 'vitest';
import { hasNetwork, type NetworkSources, takeFingerprint } from '../../../core/network/fingerprint.js';

type Address = os.NetworkInterfaceInfo;

const LOOPBACK = address({ address: '127.0.0.1', cidr: '127.0.0.1/8', internal: true });
const WLAN = address({ address: '192.0.2.7', cidr: '192.0.2.7/24' });
const WLAN6 = address({ address: '2001:db8::7', cidr: '2001:db8::7/64' });

const ROUTES = [
  'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
  'wlan0\t00000000\t010200C0\t0003\t0\t0\t600\t00000000\t0\t0\t0',
  'wlan0\t000200C0\t00000000\t0001\t0\t0\t600\t00FFFFFF\t0\t0\t0',
].join('\n');

const ZERO = '0'.repeat(32);
const GATEWAY6 = 'fe80000000000000000000000000000f';
const ROUTES6 = [
  `${ZERO} 00 ${ZERO} 00 ${GATEWAY6} 00000400 00000003 00000000 00000003    wlan0`,
  `${ZERO} 00 ${ZERO} 00 ${ZERO} ffffffff 00000001 00000000 00200200       lo`,
].join('\n');

describe('the fingerprint of the network', () => {
  it('is the same for the same network in another order', () => {
    const one = network({ wlan0: [WLAN, WLAN6], lo: [LOOPBACK] });
    const other = network({ lo: [LOOPBACK], wlan0: [WLAN6, WLAN] });

    expect(takeFingerprint(one)).toBe(takeFingerprint(other));
  });

  it.each<[string, NetworkSources]>([
    ['an address goes', network({ lo: [LOOPBACK] })],
    ['an address comes', network({ wlan0: [WLAN, WLAN6] })],
    ['an address moves to another interface', network({ eth0: [WLAN] })],
    ['the gateway changes', network({ wlan0: [WLAN] }, ROUTES.replace('010200C0', 'FE0200C0'))],
    ['the default route goes', network({ wlan0: [WLAN] }, '')],
    ['an IPv6 gateway comes', network({ wlan0: [WLAN] }, ROUTES, ROUTES6)],
  ])('changes when %s', (_name, later) => {
    const before = takeFingerprint(network({ wlan0: [WLAN] }));

    expect(takeFingerprint(later)).not.toBe(before);
  });

  it('does not change with counters of use', () => {
    const before = network({ wlan0: [WLAN] }, ROUTES, ROUTES6);
    const later = network({ wlan0: [WLAN] }, ROUTES, ROUTES6.replace('00000003 00000000', '00000009 00000044'));

    expect(takeFingerprint(later)).toBe(takeFingerprint(before));
  });

  it('is empty with nothing but loopback and the unreachable route of the kernel', () => {
    const [, unreachable = ''] = ROUTES6.split('\n');

    expect(takeFingerprint(network({ lo: [LOOPBACK] }, '', unreachable))).toBe('');
  });

  it('can be taken of this machine', () => {
    expect(takeFingerprint()).toBe(takeFingerprint());
  });
});

describe('whether there is a network', () => {
  it.each<[string, NetworkSources, boolean]>([
    ['no interfaces', network({}), false],
    ['loopback alone', network({ lo: [LOOPBACK] }), false],
    ['an address of its own', network({ lo: [LOOPBACK], wlan0: [WLAN] }), true],
    ['IPv6 alone', network({ wlan0: [WLAN6] }), true],
  ])('%s', (_name, sources, expected) => {
    expect(hasNetwork(sources)).toBe(expected);
  });
});

function address(given: Pick<Address, 'address' | 'cidr'> & { readonly internal?: boolean }): Address {
  return { family: 'IPv4', netmask: '255.255.255.0', mac: '02:00:00:00:00:01', internal: false, ...given };
}

function network(interfaces: Record<string, Address[]>, routes = ROUTES, routes6 = ''): NetworkSources {
  return {
    interfaces: () => interfaces,
    read: (file) => (file === '/proc/net/route' ? routes : routes6),
  };
}
