/**
 * A certificate authority and server certificates of our own, made with openssl once per test
 * file in a temporary directory that goes away with it.
 */
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';

export interface ServerCertificate {
  readonly key: string;
  readonly cert: string;
  /** Both again as files, the key for its owner alone. */
  readonly certFile: string;
  readonly keyFile: string;
  /** SHA-256, hex with colons. */
  readonly fingerprint: string;
}

export interface Certificates {
  /** PEM of the authority that signed all but `stranger`. */
  readonly caFile: string;
  /** localhost, 127.0.0.1, ::1, and relay.invalid for proxies that know it. */
  readonly good: ServerCertificate;
  /** Same names, ended yesterday. */
  readonly expired: ServerCertificate;
  /** Same names, begins in 2090. */
  readonly future: ServerCertificate;
  /** Same names, RSA of 1024 bits. */
  readonly weak: ServerCertificate;
  /** For smtp.other.example alone. */
  readonly wrongName: ServerCertificate;
  /** Signed by itself. */
  readonly stranger: ServerCertificate;
}

const LOCAL_NAMES = 'DNS:localhost,DNS:relay.invalid,IP:127.0.0.1,IP:::1';
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

let made: Certificates | null = null;
let madeIn: string | null = null;

// Registered on import, so that the certificates may be asked for inside of a test too.
afterAll(() => {
  if (madeIn !== null) fs.rmSync(madeIn, { recursive: true, force: true });
});

export function certificates(): Certificates {
  made ??= make();
  return made;
}

function make(): Certificates {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-certificates-'));
  madeIn = directory;
  const file = (name: string): string => path.join(directory, name);
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: directory, stdio: 'ignore' });
  };

  openssl(
    'req',
    '-x509',
    ...NEW_KEY,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=Test authority',
    '-days',
    '7',
  );
  const read = (name: string): ServerCertificate => {
    const cert = fs.readFileSync(file(`${name}.pem`), 'utf8');
    const key = fs.readFileSync(file(`${name}.key`), 'utf8');
    return {
      cert,
      key,
      certFile: file(`${name}.pem`),
      keyFile: file(`${name}.key`),
      fingerprint: new X509Certificate(cert).fingerprint256,
    };
  };
  const sign = (name: string, alternativeNames: string, days: number, newKey = NEW_KEY): ServerCertificate => {
    fs.writeFileSync(file(`${name}.ext`), `subjectAltName=${alternativeNames}\n`);
    openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}.example`);
    const authority = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
    const terms = ['-days', String(days), '-extfile', `${name}.ext`];
    openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...authority, ...terms);
    return read(name);
  };
  const selfSigned = (name: string): ServerCertificate => {
    const terms = ['-days', '7', '-addext', `subjectAltName=${LOCAL_NAMES}`];
    openssl(
      'req',
      '-x509',
      ...NEW_KEY,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
      '-subj',
      '/CN=stranger',
      ...terms,
    );
    return read(name);
  };
  // Only "openssl ca" of OpenSSL 3.0 takes a beginning.
  const signFrom = (name: string, start: string, end: string): ServerCertificate => {
    fs.writeFileSync(file('index.txt'), '');
    const policy = '[ca]\nnew_certs_dir=.\ndatabase=index.txt\nrand_serial=yes\npolicy=p\n[p]\ncommonName=supplied\n';
    fs.writeFileSync(file('ca.conf'), `${policy}[names]\nsubjectAltName=${LOCAL_NAMES}\n`);
    openssl('req', ...NEW_KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}.example`);
    const authority = ['-config', 'ca.conf', '-name', 'ca', '-cert', 'ca.pem', '-keyfile', 'ca.key', '-md', 'sha256'];
    const terms = ['-startdate', start, '-enddate', end, '-extensions', 'names', '-notext', '-batch'];
    openssl('ca', ...authority, ...terms, '-in', `${name}.csr`, '-out', `${name}.pem`);
    return read(name);
  };
  return {
    caFile: file('ca.pem'),
    good: sign('good', LOCAL_NAMES, 7),
    expired: sign('expired', LOCAL_NAMES, -1),
    future: signFrom('future', '20900101000000Z', '20910101000000Z'),
    weak: sign('weak', LOCAL_NAMES, 7, ['-newkey', 'rsa:1024', '-nodes']),
    wrongName: sign('other', 'DNS:smtp.other.example', 7),
    stranger: selfSigned('stranger'),
  };
}
