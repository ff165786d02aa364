/**
 * Where plain text is allowed: to this computer itself, or where the settings of the relay say
 * so by hand. A password never crosses a network in plain text, whatever the settings say.
 * Behind a proxy no host is this computer: "localhost" there is the proxy's own.
 */
import { isLoopback } from '../system/loopback.js';
import { type Relay, RelayError } from './relay.js';

/** Throws RelayError before any connection when the settings would put mail or a password on a network in plain text. */
export function forbidPlaintext(relay: Relay, hostOrAddress: string = relay.host): void {
  if (relay.security !== 'none' || (!relay.proxy && isLoopback(hostOrAddress))) return;
  const password = relay.auth.method !== 'none';
  const where = relay.proxy ? `${relay.host}, through its proxy,` : relay.host;
  if (relay.allowPlaintext && !password) return;
  throw new RelayError({
    kind: 'plaintext-forbidden',
    message: password
      ? `Relay ${relay.name} would send the password of ${relay.auth.user ?? 'its user'} to ${where} without TLS.`
      : `Relay ${relay.name} would send mail to ${where} without TLS.`,
    remedy: `Set "security" of relay ${relay.name} to "tls" (port 465) or "starttls" (port 587)${
      password ? '' : '; where the network itself is safe, "allowPlaintext": true permits it'
    }.`,
    stat: `Plain text to ${relay.host} is not allowed`,
    status: '4.7.0',
  });
}
