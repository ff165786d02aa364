/**
 * A relay that is to be reached from one address of this computer (`localAddress`), such as that of a
 * VPN: only addresses of its kind are tried, and while it is not there the way is missing, not the
 * relay. Node and Bun tell it by the same codes. Pure.
 */
import net from 'node:net';
import type { ErrorFacts } from './explain.js';
import { type Relay, RelayError, type RelayProblem } from './relay.js';

/** Throws RelayError when none is left. `host`: whose addresses they are, for the words. */
export function addressesWithin(relay: Relay, host: string, addresses: readonly string[]): readonly string[] {
  const { localAddress } = relay;
  if (!localAddress) return addresses;
  const same = addresses.filter((address) => net.isIP(address) === net.isIP(localAddress));
  if (same.length > 0) return same;
  const kind = net.isIPv6(localAddress) ? 'IPv6' : 'IPv4';
  throw new RelayError({
    kind: 'no-network',
    message: `${host} has no ${kind} address here, and relay ${relay.name} is to be reached from ${localAddress}.`,
    remedy: `Mail leaves by itself when a network (VPN) gives it one. Else correct or remove "localAddress" of relay ${relay.name} in the settings.`,
    stat: `No ${kind} address of ${host}`,
    status: '4.4.1',
  });
}

/** null where the error is another's. */
export function explainLocalAddress({ code, message }: ErrorFacts, relay: Relay): RelayProblem | null {
  const { localAddress, name } = relay;
  if (!localAddress || !/EADDRNOTAVAIL|EINVAL/.test(`${code} ${message}`)) return null;
  return {
    kind: 'no-network',
    message: `This computer does not have the address ${localAddress} now, from which relay ${name} is to be reached.`,
    remedy: `It comes back with the network (VPN) it belongs to, and mail leaves by itself. Else correct or remove "localAddress" of relay ${name} in the settings.`,
    stat: `Local address ${localAddress} is not available`,
    status: '4.4.1',
  };
}
