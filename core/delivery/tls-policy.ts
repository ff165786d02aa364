/**
 * How a relay proves who it is. Normally by chain and name, as Node verifies them. `tls.caFile`
 * replaces the built-in authorities by those in the file. With `tls.pin` the one certificate of
 * that SHA-256 is accepted whatever its chain, name and dates say, and no other is: the pin is
 * checked before anything but EHLO has been said.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { type Relay, RelayError } from './relay.js';

export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  /** Milliseconds since the epoch. */
  readonly validTo: number;
  /** SHA-256, hex with colons: what `tls.pin` takes. */
  readonly fingerprint: string;
  readonly protocol: string;
}

/** Options for tls.connect. Throws RelayError when the authority file cannot be read. */
export function tlsOptions(relay: Relay): tls.ConnectionOptions {
  const { caFile, pin, minVersion } = relay.tls;
  return {
    host: relay.host,
    minVersion,
    rejectUnauthorized: pin === null,
    ...(net.isIP(relay.host) === 0 && { servername: relay.host }),
    ...(caFile !== null && { ca: readAuthorities(relay, caFile) }),
    // OpenSSL 3 refuses the signatures of TLS before 1.2 at its default level, even when they are asked for.
    ...(minVersion < 'TLSv1.2' && !process.versions.bun && { ciphers: `${tls.DEFAULT_CIPHERS}:@SECLEVEL=0` }),
  };
}

/** Throws RelayError when the settings pin a certificate and the relay showed another. */
export function checkPin(relay: Relay, socket: tls.TLSSocket): void {
  const { pin } = relay.tls;
  if (pin === null) return;
  const shown = certificateFacts(socket)?.fingerprint ?? '';
  if (plainHex(shown) === plainHex(pin)) return;
  throw new RelayError({
    kind: 'certificate',
    message: `${relay.host} showed another certificate than the one pinned for relay ${relay.name}.`,
    remedy: `Ask the relay's owner whether it was renewed. If so, change or remove "tls.pin"; the one shown now is ${shown}`,
    stat: `Certificate of ${relay.host} is not the pinned one`,
    status: '4.7.5',
  });
}

export function certificateFacts(socket: tls.TLSSocket): CertificateFacts | null {
  const certificate = socket.getPeerCertificate();
  if (!certificate?.raw) return null;
  const hash = createHash('sha256').update(certificate.raw).digest('hex').toUpperCase();
  return {
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    validTo: Date.parse(certificate.valid_to),
    fingerprint: hash.replace(/..(?=.)/g, '$&:'),
    protocol: socket.getProtocol() ?? '',
  };
}

function nameOf(name: Readonly<Record<string, string | string[] | undefined>> | undefined): string {
  const value = name?.['CN'] ?? name?.['O'] ?? name?.['OU'] ?? '';
  return typeof value === 'string' ? value : value.join(', ');
}

function plainHex(text: string): string {
  return text.replaceAll(':', '').toLowerCase();
}

function readAuthorities(relay: Relay, file: string): Buffer {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    throw new RelayError(
      {
        kind: 'certificate',
        message: `The file of certificate authorities for relay ${relay.name}, ${file}, cannot be read.`,
        remedy: `Correct "tls.caFile" of relay ${relay.name} in the settings, or remove it to use the usual authorities.`,
        stat: `Certificate authorities ${file} cannot be read`,
        status: '4.7.5',
      },
      { cause: error },
    );
  }
}
