/**
 * The network as one string, cheap enough to take at every hint: addresses of the interfaces
 * (one system call) and, on Linux, the default routes from /proc/net. Equal strings mean that
 * nothing an address or a route shows has changed; different strings mean "look again", never
 * "online". No process is started. What cannot be read counts as absent, because a fingerprint
 * that throws would stop the watch that needs it.
 */
import fs from 'node:fs';
import os from 'node:os';

type Interfaces = ReturnType<typeof os.networkInterfaces>;

export interface NetworkSources {
  interfaces(): Interfaces;
  /** Text of a file, empty where there is none. */
  read(file: string): string;
}

const systemSources: NetworkSources = {
  interfaces() {
    try {
      return os.networkInterfaces();
    } catch {
      return {};
    }
  },
  read(file) {
    try {
      return fs.readFileSync(file, 'latin1');
    } catch {
      return '';
    }
  },
};

/** Addresses and default routes, in an order of their own so that the system's order does not matter. */
export function takeFingerprint(sources: NetworkSources = systemSources): string {
  const addresses = Object.entries(sources.interfaces()).flatMap(([name, list]) =>
    (list ?? [])
      .filter((address) => !address.internal)
      .map((address) => `address ${name} ${address.cidr ?? address.address}`),
  );
  const routes = [
    ...defaultRoutes(sources.read('/proc/net/route')),
    ...defaultRoutes6(sources.read('/proc/net/ipv6_route')),
  ];
  return [...addresses.sort(), ...routes.sort()].join('\n');
}

/** Any address another machine could see. A container's bridge counts too: this may say yes too often, never no. */
export function hasNetwork(sources: NetworkSources = systemSources): boolean {
  return Object.values(sources.interfaces()).some((list) => list?.some((address) => !address.internal) ?? false);
}

/** Columns: Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT, numbers in hex. */
function defaultRoutes(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [name, destination, gateway, , , , metric, mask] = line.trim().split(/\s+/);
    return destination === '00000000' && mask === '00000000' ? [`default ${name} ${gateway} ${metric}`] : [];
  });
}

/** Columns: destination, its length, source, its length, gateway, metric, references, uses, flags, device. */
function defaultRoutes6(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [, length, , , gateway, metric, , , , name] = line.trim().split(/\s+/);
    // The kernel keeps an unreachable ::/0 on lo for the case that there is no other.
    return length === '00' && name !== undefined && name !== 'lo' ? [`default6 ${name} ${gateway} ${metric}`] : [];
  });
}
