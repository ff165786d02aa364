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
import { clientCertificate } from './client-certificate.js';
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

/** Options for tls.connect. Throws RelayError when a file cannot be used or the ciphers are unknown. */
export function tlsOptions(relay: Relay): tls.ConnectionOptions {
  const { caFile, pin, minVersion } = relay.tls;
  return {
    ...serverName(relay),
    minVersion,
    rejectUnauthorized: pin === null,
    ...(caFile !== null && { ca: readAuthorities(relay, caFile) }),
    ...clientCertificate(relay),
    ...cipherList(relay),
  };
}

/** An address has no name to ask for. */
export function serverName({ host }: Relay): Pick<tls.ConnectionOptions, 'host' | 'servername'> {
  return { host, ...(net.isIP(host) === 0 && { servername: host }) };
}

const LEVEL = /:?@SECLEVEL=\d/g;

/**
 * The ciphers of the settings, if any. OpenSSL 3 refuses the signatures of TLS before 1.2 at its default level,
 * even when they are asked for; BoringSSL (Bun, Electron) knows no levels and needs none.
 */
function cipherList({ name, tls: { ciphers, minVersion } }: Relay): { readonly ciphers?: string } {
  const old = minVersion < 'TLSv1.2';
  if (!ciphers && !old) return {};
  const list = ciphers ?? tls.DEFAULT_CIPHERS;
  const lowered = old && list.search(LEVEL) < 0 ? `${list}:@SECLEVEL=0` : list;
  const known = [lowered, list.replaceAll(LEVEL, '')].find(isKnown);
  if (known !== undefined) return { ciphers: known };
  if (!ciphers) return {};
  throw new RelayError({
    kind: 'tls',
    message: `"tls.ciphers" of relay ${name} names no cipher that this program knows: ${ciphers}.`,
    remedy: `Correct "tls.ciphers" of relay ${name} in the settings, or remove it.`,
    stat: 'Ciphers of the settings are unknown',
    status: '4.7.5',
  });
}

function isKnown(list: string): boolean {
  try {
    tls.createSecureContext({ ciphers: list });
    return true;
  } catch {
    return false;
  }
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
