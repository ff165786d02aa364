/**
 * The certificate of this computer for a relay that asks for one (`tls.certFile`, `tls.keyFile`). Checked as
 * a whole before any connection: a relay would only say "handshake failure". As ssh does it, a key of
 * the user's own that others can read is not used.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import { type Relay, RelayError } from './relay.js';

/** What tls.connect takes; nothing where the settings name none. Throws RelayError. */
export function clientCertificate(relay: Relay): { readonly cert?: Buffer; readonly key?: Buffer } {
  const { certFile, keyFile } = relay.tls;
  if (!certFile || !keyFile) return {};
  const cert = read(relay, 'certFile', certFile);
  const own = parse(relay, 'certFile', certFile, () => new X509Certificate(cert));
  requirePrivate(relay, keyFile);
  const key = read(relay, 'keyFile', keyFile);
  if (/ENCRYPTED/.test(key.toString('latin1'))) {
    throw refuse(
      `The key of relay ${relay.name}, ${keyFile}, is encrypted, and nobody is asked for its password.`,
      `Write it anew without one, for you alone (umask 077; openssl pkey -in ${keyFile} -out NEW.pem), and name that as "tls.keyFile" of relay ${relay.name}.`,
      `Key ${keyFile} is encrypted`,
    );
  }
  if (
    !belongs(
      own,
      parse(relay, 'keyFile', keyFile, () => createPrivateKey(key)),
    )
  ) {
    throw refuse(
      `The key ${keyFile} does not belong to the certificate ${certFile} of relay ${relay.name}.`,
      `Correct "tls.certFile" or "tls.keyFile" of relay ${relay.name} in the settings. In the first, the own certificate comes before those of authorities.`,
      `Key ${keyFile} does not belong to ${certFile}`,
    );
  }
  return { cert, key };
}

function belongs(certificate: X509Certificate, key: KeyObject): boolean {
  try {
    return certificate.checkPrivateKey(key);
  } catch {
    return false;
  }
}

/** Windows has no such mode; there the directory of the user is closed to others. */
function requirePrivate(relay: Relay, file: string): void {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (process.platform === 'win32' || stat === undefined) return;
  const own = stat.uid === process.getuid?.();
  if ((stat.mode & (own ? 0o077 : 0o007)) === 0) return;
  throw refuse(
    `The key of relay ${relay.name}, ${file}, can be read by other users of this computer.`,
    `Make it yours alone: chmod 600 ${file}`,
    `Key ${file} is open to others`,
  );
}

function read(relay: Relay, key: 'certFile' | 'keyFile', file: string): Buffer {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    throw unusable(relay, key, file, 'cannot be read', error);
  }
}

function parse<T>(relay: Relay, key: 'certFile' | 'keyFile', file: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw unusable(relay, key, file, `holds no ${key === 'keyFile' ? 'key' : 'certificate'} in the form PEM`, error);
  }
}

function unusable(relay: Relay, key: string, file: string, what: string, cause: unknown): RelayError {
  const why = (cause as NodeJS.ErrnoException).code;
  const words = `"tls.${key}" of relay ${relay.name}, ${file}, ${what}${what === 'cannot be read' && why ? ` (${why})` : ''}`;
  return refuse(`The file ${words}.`, `Correct "tls.${key}" of relay ${relay.name} in the settings.`, words, cause);
}

function refuse(message: string, remedy: string, stat: string, cause?: unknown): RelayError {
  return new RelayError({ kind: 'certificate', message, remedy, stat, status: '4.7.5' }, { cause });
}
