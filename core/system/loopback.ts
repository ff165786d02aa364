import net from 'node:net';

/** This computer itself: 127/8, ::1, the same written as IPv4-mapped, and the names under localhost. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost') || name === '::1') return true;
  const ipv4 = name.replace(/^::ffff:/, '');
  return net.isIPv4(ipv4) && ipv4.startsWith('127.');
}
