/** What is this computer itself, by name or address, and on which addresses it may be listened to. Pure. */
import net from 'node:net';

/** This computer itself: 127/8, ::1, the same written as IPv4-mapped, and the names under localhost. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost') || name === '::1') return true;
  const ipv4 = name.replace(/^::ffff:/, '');
  return net.isIPv4(ipv4) && ipv4.startsWith('127.');
}

/**
 * The addresses to listen on for `host`: the one of IPv4 and ::1, since a program that is told
 * `localhost` may try either. null for whatever is not this computer itself; nothing is looked up.
 */
export function listeningAddresses(host: string): readonly string[] | null {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (name === 'localhost' || name === '::1') return ['127.0.0.1', '::1'];
  return net.isIPv4(name) && name.startsWith('127.') ? [name, '::1'] : null;
}
