/**
 * Ways to a relay, and what can be in the way, as the built command tells it: its TLS library and its sockets are
 * those of Bun, whose errors have other words than Node's.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { certificates, type ServerCertificate } from '../support/certificates.js';
import { createHome } from '../support/outtray-home.js';
import { startProxy } from '../support/proxies.js';
import { startRelay } from '../support/relay.js';
import { startWebServer } from '../support/web-servers.js';

const { caFile, good, expired, future, stranger, wrongName } = certificates();

interface Step {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly remedy: string;
}

/** What `outtray relay test` says of a relay on this port; the last step is the one that failed, if any. */
async function tryRelay(port: number, relay: object, tls: object = {}): Promise<{ status: number | null; last: Step }> {
  const described = { host: 'localhost', port, security: 'tls', tls: { caFile: 'ca.pem', ...tls }, ...relay };
  const home = createHome({ relays: { home: described }, network: { probeTimeout: '2s' } });
  fs.copyFileSync(caFile, path.join(home.directory, 'ca.pem'));
  const result = await home.run('outtray', ['relay', 'test', 'home', '--json']);
  const { steps } = JSON.parse(result.stdout) as { steps: readonly Step[] };
  const last = steps.at(-1);
  if (last === undefined) throw new Error(`no step: ${result.stderr}`);
  return { status: result.status, last };
}

describe('the built command', () => {
  it.each(['socks5', 'http'] as const)('reaches a relay through a proxy (%s)', async (kind) => {
    const relay = await startRelay({ security: 'tls', certificate: good });
    const proxy = await startProxy(kind);

    const { status, last } = await tryRelay(relay.port, { host: 'relay.invalid', proxy: proxy.url });

    expect(last).toMatchObject({ ok: true });
    expect(status).toBe(0);
    expect(proxy.targets).toEqual([`relay.invalid:${relay.port}`]);
  });

  it.each(['socks5', 'http'] as const)('keeps a greeting that comes with the yes of a proxy (%s)', async (kind) => {
    const relay = await startRelay({ security: 'starttls', certificate: good });
    const proxy = await startProxy(kind, { withGreeting: true });
    const settings = { host: 'relay.invalid', security: 'starttls', proxy: proxy.url };

    expect(await tryRelay(relay.port, settings)).toMatchObject({ status: 0, last: { ok: true } });
  });

  it.each([
    ['socks5', { socksReply: 'auth' }, /asks for a user and a password/],
    ['socks5', { socksReply: 4 }, /does not reach relay\.invalid/],
    ['http', { httpStatus: '407 Proxy Authentication Required' }, /asks for a user and a password/],
    ['http', { httpStatus: '502 Bad Gateway' }, /does not reach relay\.invalid/],
  ] as const)('tells what a proxy says instead (%s, %j)', async (kind, options, words) => {
    const proxy = await startProxy(kind, options);

    const { status, last } = await tryRelay(465, { host: 'relay.invalid', proxy: proxy.url });

    expect(status).toBe(69);
    expect(last.detail).toMatch(words);
  });

  it.each(['socks5', 'http'])('tells a proxy that is not there, or none (%s)', async (kind) => {
    const server = await startRelay();

    const absent = await tryRelay(465, { host: 'relay.invalid', proxy: `${kind}://127.0.0.1:1` });
    const other = await tryRelay(465, { host: 'relay.invalid', proxy: `${kind}://127.0.0.1:${server.port}` });

    expect(absent.last.detail).toBe('The proxy [127.0.0.1]:1 of relay home refused the connection.');
    expect(other.last.detail).toMatch(/is not (?:a SOCKS5|an HTTP) proxy/);
  });

  it('tells a local address that this computer does not have', async () => {
    const relay = await startRelay({ security: 'tls', certificate: good });

    const there = await tryRelay(relay.port, { localAddress: '127.0.0.7' });
    const gone = await tryRelay(relay.port, { localAddress: '192.0.2.7' });

    expect(there).toMatchObject({ status: 0, last: { ok: true } });
    expect(gone.last.detail).toContain('does not have the address 192.0.2.7 now');
  });

  it.each<[string, ServerCertificate, RegExp]>([
    ['expired', expired, /has expired/],
    ['not yet valid', future, /is not valid yet/],
    ['for another name', wrongName, /is not for localhost/],
    ['from an unknown issuer', stranger, /signed by nobody/],
  ])('tells a certificate that is %s, and a web page behind it', async (_what, certificate, words) => {
    const relay = await startRelay({ security: 'tls', certificate });
    const upgraded = await startRelay({ security: 'starttls', certificate });
    const page = await startWebServer(certificate);

    expect((await tryRelay(relay.port, {})).last.detail).toMatch(words);
    expect((await tryRelay(upgraded.port, { security: 'starttls' })).last.detail).toMatch(words);
    expect((await tryRelay(page.port, {})).last).toMatchObject({
      detail: expect.stringContaining('A web page answers'),
      remedy: expect.stringContaining('open a browser and sign in'),
    });
  });

  it('tells a web page in plain text', async () => {
    const page = await startWebServer();

    for (const security of ['tls', 'starttls']) {
      expect((await tryRelay(page.port, { security })).last.detail).toContain('A web page answers');
    }
  });

  it('tells TLS that is missing, on the wrong port, or too old', async () => {
    const plain = await startRelay();
    const starttls = await startRelay({ security: 'starttls', certificate: good });
    const old = await startRelay({ security: 'tls', certificate: good, maxTlsVersion: 'TLSv1.1' });

    expect((await tryRelay(plain.port, { security: 'starttls' })).last.detail).toContain('does not offer TLS');
    expect((await tryRelay(starttls.port, {})).last.detail).toContain('does not speak TLS from the first byte');
    expect((await tryRelay(old.port, {})).last.detail).toContain('speaks no TLS version');
    expect(await tryRelay(old.port, {}, { minVersion: 'TLSv1' })).toMatchObject({ status: 0 });
  });

  it('takes the ciphers of the settings, and tells those that it does not know', async () => {
    const relay = await startRelay({ security: 'tls', certificate: good });

    expect(await tryRelay(relay.port, {}, { ciphers: 'DEFAULT:@SECLEVEL=0' })).toMatchObject({ status: 0 });
    expect((await tryRelay(relay.port, {}, { ciphers: 'NONSENSE' })).last.detail).toContain('"tls.ciphers"');
  });

  it('tells what is wrong with a certificate of this computer', async () => {
    const relay = await startRelay({ security: 'tls', certificate: good });
    const own = { certFile: good.certFile, keyFile: good.keyFile };

    expect(await tryRelay(relay.port, {}, own)).toMatchObject({ status: 0 });
    expect((await tryRelay(relay.port, {}, { ...own, keyFile: stranger.keyFile })).last.detail).toContain(
      'does not belong to the certificate',
    );
  });
});
