import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import tls, { type TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Relay } from '../../../core/delivery/relay.js';
import { certificates } from '../../support/certificates.js';
import { startProxy } from '../../support/proxies.js';
import { relaySettings } from '../../support/relay.js';
import { problemOf } from '../../support/relay-client.js';

const { caFile, good, stranger } = certificates();
const TRUSTING = { caFile, pin: null, minVersion: 'TLSv1.2' } as const;

/** A relay that greets only whom it knows, and says whom. */
async function startStrictRelay(): Promise<{ port: number; shown: string[] }> {
  const shown: string[] = [];
  const server = tls.createServer(
    { key: good.key, cert: good.cert, ca: fs.readFileSync(caFile), requestCert: true, rejectUnauthorized: true },
    (socket: TLSSocket) => {
      shown.push(socket.getPeerCertificate().subject.CN?.toString() ?? '');
      socket.on('error', () => {}).end('421 4.3.2 Not now\r\n');
    },
  );
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { port: (server.address() as { port: number }).port, shown };
}

/** One that says in TLS what it has against a certificate; Node's server only hangs up. */
async function startOpensslServer(): Promise<number> {
  const own = ['-cert', good.certFile, '-key', good.keyFile, '-CAfile', caFile];
  const args = ['s_server', '-accept', '127.0.0.1:0', ...own, '-Verify', '1', '-verify_return_error'];
  const server = spawn('openssl', args, { stdio: ['pipe', 'pipe', 'ignore'] });
  onTestFinished(async () => {
    const gone = once(server, 'exit');
    server.kill();
    await gone;
  });
  for await (const line of createInterface(server.stdout)) {
    const port = /^ACCEPT .*:(\d+)$/.exec(line)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error('openssl s_server did not start');
}

function copyOf(file: string, change: (copy: string) => void = () => {}): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-key-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true }));
  const copy = path.join(directory, path.basename(file));
  fs.copyFileSync(file, copy);
  fs.chmodSync(copy, 0o600);
  change(copy);
  return copy;
}

const settings = (port: number, more: Partial<Relay['tls']>): Relay =>
  relaySettings(port, { security: 'tls', tls: { ...TRUSTING, ...more } });

describe('a client certificate', () => {
  it('is shown to a relay that asks for one', async () => {
    const { port, shown } = await startStrictRelay();

    const problem = await problemOf(settings(port, { certFile: good.certFile, keyFile: good.keyFile }));

    expect(problem.kind).toBe('relay-busy');
    expect(shown).toEqual(['good.example']);
  });

  it('is missed by such a relay when there is none', async () => {
    const { port, shown } = await startStrictRelay();

    const problem = await problemOf(settings(port, {}));

    expect(problem).toMatchObject({
      kind: 'certificate',
      message: expect.stringContaining('asks for a certificate of this computer'),
      remedy: expect.stringContaining('"tls.certFile" and "tls.keyFile"'),
    });
    expect(shown).toEqual([]);
  });

  it('that the relay does not take is told from the one of the relay', async () => {
    const port = await startOpensslServer();

    const problem = await problemOf(settings(port, { certFile: stranger.certFile, keyFile: stranger.keyFile }));

    expect(problem).toMatchObject({
      kind: 'certificate',
      message: expect.stringContaining('did not take the certificate of this computer: tlsv1 alert unknown ca'),
    });
  });

  it('may be why a relay hangs up without a word', async () => {
    const { port } = await startStrictRelay();

    const problem = await problemOf(settings(port, { certFile: stranger.certFile, keyFile: stranger.keyFile }));

    expect(problem).toMatchObject({ kind: 'closed', remedy: expect.stringContaining('check "tls.certFile"') });
  });

  it.each([0o640, 0o604, 0o660])('is not used while others can read its key (mode %o)', async (mode) => {
    const keyFile = copyOf(good.keyFile, (copy) => fs.chmodSync(copy, mode));
    const proxy = await startProxy('socks5');

    const problem = await problemOf({ ...settings(465, { certFile: good.certFile, keyFile }), proxy: proxy.url });

    expect(problem).toMatchObject({ kind: 'certificate', remedy: `Make it yours alone: chmod 600 ${keyFile}` });
    expect(proxy.targets).toEqual([]);
  });

  it.each<[string, () => { certFile: string; keyFile: string }, RegExp]>([
    [
      'missing',
      () => ({ certFile: '/nonexistent/me.pem', keyFile: good.keyFile }),
      /"tls\.certFile" .*\/nonexistent\/me\.pem, cannot be read \(ENOENT\)\.$/,
    ],
    [
      'without its key',
      () => ({ certFile: good.certFile, keyFile: '/nonexistent/me.key' }),
      /"tls\.keyFile" .*\/nonexistent\/me\.key, cannot be read \(ENOENT\)\.$/,
    ],
    [
      "with another one's key",
      () => ({ certFile: good.certFile, keyFile: stranger.keyFile }),
      /does not belong to the certificate/,
    ],
    [
      'with an encrypted key',
      () => ({
        certFile: good.certFile,
        keyFile: copyOf(good.keyFile, (copy) => {
          execFileSync('openssl', ['pkey', '-in', good.keyFile, '-aes256', '-passout', 'pass:x', '-out', copy]);
        }),
      }),
      /is encrypted/,
    ],
    [
      'that is none',
      () => ({ certFile: copyOf(good.certFile, (copy) => fs.writeFileSync(copy, 'no')), keyFile: good.keyFile }),
      /"tls\.certFile" .* holds no certificate in the form PEM/,
    ],
    [
      'with a key that is none',
      () => ({ certFile: good.certFile, keyFile: copyOf(good.keyFile, (copy) => fs.writeFileSync(copy, 'no')) }),
      /"tls\.keyFile" .* holds no key in the form PEM/,
    ],
  ])('%s is told before any connection', async (_what, files, words) => {
    const proxy = await startProxy('socks5');

    const problem = await problemOf({ ...settings(465, files()), proxy: proxy.url });

    expect(problem).toMatchObject({ kind: 'certificate', message: expect.stringMatching(words), status: '4.7.5' });
    expect(problem.remedy).not.toBe('');
    expect(proxy.targets).toEqual([]);
  });
});
