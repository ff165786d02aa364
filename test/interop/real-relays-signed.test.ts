/**
 * Signed mail still verifies behind real mail servers: S/MIME by openssl, PGP/MIME by gpg, each with a body in 7 bits
 * and one in 8.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { at, bodyOf, flush, homeWith, newMark, submit, withEachServer } from '../support/real-relays/every-server.js';

const PARTS = [
  [
    '7 bits',
    'Content-Type: text/plain; charset=us-ascii\n\nHello,\n\n.\n..dots, and a trailing blank \nFrom here on.\n-- \nMe\n',
  ],
  [
    '8 bits',
    'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nGr\u00c3\u00bc\u00c3\u009fe,\n\n\u00e2\u0082\u00ac 5, =3D and =?x\n',
  ],
] as const;

let directory = '';
const file = (name: string): string => path.join(directory, name);
const inLines = (text: string): string => text.replace(/\r?\n/g, '\r\n');
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

const missing = ['openssl', 'gpg'].filter((name) => spawnSync(name, ['version']).error !== undefined);

beforeAll(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-signed-'));
  fs.mkdirSync(file('gnupg'), { mode: 0o700 });
  const subject = ['-subj', '/CN=Me', '-addext', `subjectAltName=email:${at('me')}`];
  const use = ['-addext', 'keyUsage=digitalSignature', '-addext', 'extendedKeyUsage=emailProtection'];
  const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', file('me.key'), '-out', file('me.pem')];
  execFileSync('openssl', ['req', '-x509', '-days', '7', ...key, ...subject, ...use], { stdio: 'ignore' });
  if (missing.length === 0) gpg(['--quick-generate-key', at('me'), 'ed25519', 'sign', 'never']);
});

afterAll(() => {
  spawnSync('gpgconf', ['--homedir', file('gnupg'), '--kill', 'all']);
  fs.rmSync(directory, { recursive: true, force: true });
});

function gpg(args: readonly string[], input: Buffer | string = ''): string {
  const words = ['--homedir', file('gnupg'), '--batch', '--passphrase', '', '--no-tty', ...args];
  return execFileSync('gpg', words, { input, encoding: 'latin1', stdio: ['pipe', 'pipe', 'ignore'] });
}

function signWithOpenssl(part: string): string {
  const words = ['cms', '-sign', '-signer', file('me.pem'), '-inkey', file('me.key')];
  return execFileSync('openssl', words, { input: bytes(part), encoding: 'latin1' }).replaceAll('\r', '');
}

/** What was signed, or an error. */
function verifyWithOpenssl(mail: string): string {
  const words = ['cms', '-verify', '-CAfile', file('me.pem'), '-purpose', 'any'];
  return execFileSync('openssl', words, { input: bytes(mail), encoding: 'latin1', stdio: ['pipe', 'pipe', 'ignore'] });
}

/** RFC 3156 §5: signed in its lines with CR LF, the last line end belonging to the boundary. */
function signWithGpg(part: string): string {
  const signature = gpg(['--armor', '--detach-sign', '--digest-algo', 'SHA512'], bytes(inLines(part)));
  const type = 'multipart/signed; micalg=pgp-sha512; protocol="application/pgp-signature"; boundary="=-edge"';
  return `MIME-Version: 1.0\nContent-Type: ${type}\n\n--=-edge\n${part}\n--=-edge\nContent-Type: application/pgp-signature\n\n${signature}\n--=-edge--\n`;
}

function verifyWithGpg(mail: string): string {
  const [, part = '', signature = ''] = bodyOf(mail).split(/^--=-edge(?:--)?\n/m);
  fs.writeFileSync(file('signature'), bodyOf(signature));
  const signed = inLines(part.slice(0, -1));
  gpg(['--verify', file('signature'), '-'], bytes(signed));
  return signed;
}

const SCHEMES = [
  ['S/MIME', signWithOpenssl, verifyWithOpenssl],
  ['PGP/MIME', signWithGpg, verifyWithGpg],
] as const;

const cases = SCHEMES.flatMap(([scheme, sign, verify]) =>
  PARTS.map(([bits, part]) => ({ scheme, bits, part, sign, verify })),
);

withEachServer('signed mail', ({ relay, door }) => {
  it.skipIf(missing.length > 0).each(cases)(
    `verifies at the recipient: $scheme in $bits${missing.length > 0 ? ` (not installed: ${missing.join(', ')})` : ''}`,
    async ({ part, sign, verify }) => {
      const mark = newMark();
      const home = homeWith(relay().settings(door));
      await submit(home, ['ann'], `Subject: ${mark}\n${sign(part)}`);

      await flush(home);

      const [mail = ''] = await relay().mailOf('ann', mark);
      expect(verify(mail)).toBe(inLines(part));
      expect(() => verify(mail.replace(/Hello|5,/, 'Forged'))).toThrow();
    },
  );
});
