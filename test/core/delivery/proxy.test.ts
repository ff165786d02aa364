import net, { type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Relay } from '../../../core/delivery/relay.js';
import { certificates } from '../../support/certificates.js';
import { type ProxyOptions, startProxy } from '../../support/proxies.js';
import { answerUpToData, startRawRelay } from '../../support/raw-relay.js';
import { relaySettings, startRelay } from '../../support/relay.js';
import { problemOf, sendOver } from '../../support/relay-client.js';

const { caFile, good } = certificates();
const TRUSTING = { caFile, pin: null, minVersion: 'TLSv1.2' } as const;
const PASSWORD = { auth: { method: 'password', user: 'me@example.net' } } as const;
/** Nobody here can look it up. */
const HOST = 'relay.invalid';

async function listenSilently(): Promise<number> {
  const server = net.createServer((socket) => void socket.on('error', () => {}).resume());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe.each(['socks5', 'http'] as const)('a proxy (%s)', (kind) => {
  it.each(['tls', 'starttls'] as const)('carries mail over %s to a name that only it knows', async (security) => {
    const relay = await startRelay({ security, certificate: good, auth: { 'me@example.net': 'right' } });
    const proxy = await startProxy(kind);
    const settings = relay.settings({ host: HOST, proxy: proxy.url, tls: TRUSTING, ...PASSWORD });

    expect(await sendOver(settings, { getSecret: () => Promise.resolve('right') })).toBe('sent');
    expect(proxy.targets).toEqual([`${HOST}:${relay.port}`]);
  });

  it('loses nothing of a greeting that comes along with its yes', async () => {
    const relay = await startRawRelay(async (connection) => {
      await answerUpToData(connection);
      await connection.until('.');
      connection.say('250 2.0.0 taken\r\n');
    });
    const proxy = await startProxy(kind, { withGreeting: true });
    const settings = relaySettings(relay.port, { host: HOST, proxy: proxy.url, allowPlaintext: true });

    expect(await sendOver(settings)).toBe('sent');
  });

  it('takes addresses as hosts, too', async () => {
    const relay = await startRelay({ security: 'tls', certificate: good });
    const proxy = await startProxy(kind);

    expect(await sendOver(relay.settings({ host: '127.0.0.1', proxy: proxy.url, tls: TRUSTING }))).toBe('sent');
    expect(proxy.targets).toHaveLength(1);
  });

  it.each(['localhost', '127.0.0.1'])('makes %s another computer: no plain text without leave', async (host) => {
    const proxy = await startProxy(kind);

    const problem = await problemOf(relaySettings(25, { host, proxy: proxy.url }));

    expect(problem.kind).toBe('plaintext-forbidden');
    expect(proxy.targets).toEqual([]);
  });

  it('never carries a password in plain text, whatever is allowed', async () => {
    const proxy = await startProxy(kind);

    const problem = await problemOf(relaySettings(25, { proxy: proxy.url, allowPlaintext: true, ...PASSWORD }));

    expect(problem.kind).toBe('plaintext-forbidden');
    expect(proxy.targets).toEqual([]);
  });

  it('is tried from the local address of the settings', async () => {
    const relay = await startRelay({ security: 'tls', certificate: good });
    const proxy = await startProxy(kind);
    const settings = relay.settings({ host: HOST, proxy: proxy.url, tls: TRUSTING });

    expect(await sendOver({ ...settings, localAddress: '127.0.0.9' })).toBe('sent');
    expect(await problemOf({ ...settings, localAddress: '192.0.2.7' })).toMatchObject({
      kind: 'no-network',
      message: expect.stringContaining('192.0.2.7'),
    });
  });

  it('that is not running is told from the relay', async () => {
    const proxy = `${kind}://127.0.0.1:1`;

    expect(await problemOf(relaySettings(465, { host: HOST, security: 'tls', proxy }))).toMatchObject({
      kind: 'refused',
      message: 'The proxy [127.0.0.1]:1 of relay home refused the connection.',
      status: '4.4.1',
    });
  });

  it('whose name is unknown is told from the relay', async () => {
    const proxy = `${kind}://no-such-proxy.invalid:1080`;

    const problem = await problemOf(relaySettings(465, { host: HOST, security: 'tls', proxy }));

    expect(problem.kind).toMatch(/^(?:host-not-found|no-network)$/);
    expect(problem.message).toContain('no-such-proxy.invalid');
  });

  it('that says nothing is given up in time', async () => {
    const proxy = `${kind}://127.0.0.1:${await listenSilently()}`;

    const problem = await problemOf(relaySettings(465, { host: HOST, security: 'tls', proxy }), { timeoutMs: 200 });

    expect(problem).toMatchObject({ kind: 'timed-out', message: expect.stringContaining('The proxy') });
  });

  it('is left at once when told to stop', async () => {
    const stop = new AbortController();
    const server = await startRawRelay(() => stop.abort());
    const proxy = `${kind}://127.0.0.1:${server.port}`;

    const problem = await problemOf(relaySettings(465, { host: HOST, security: 'tls', proxy }), {
      signal: stop.signal,
    });

    expect(problem.stat).toBe('Stopped');
  });

  it('is not what another server is', async () => {
    const mailServer = await startRawRelay((connection) => connection.say('220 mail.example.net ESMTP\r\n'));
    const proxy = `${kind}://127.0.0.1:${mailServer.port}`;

    expect(await problemOf(relaySettings(465, { host: HOST, security: 'tls', proxy }))).toMatchObject({
      kind: 'not-smtp',
      message: expect.stringMatching(kind === 'http' ? /not an HTTP proxy/ : /not a SOCKS5 proxy/),
    });
  });

  it('that hangs up is told', async () => {
    const server = await startRawRelay((connection) => connection.end());
    const proxy = `${kind}://127.0.0.1:${server.port}`;

    expect(await problemOf(relaySettings(465, { host: HOST, security: 'tls', proxy }))).toMatchObject({
      kind: 'closed',
      message: expect.stringContaining('The proxy'),
    });
  });

  it('leaves certificates to be judged here', async () => {
    const relay = await startRelay({ security: 'tls', certificate: good });
    const proxy = await startProxy(kind);

    const problem = await problemOf(relay.settings({ host: 'other.invalid', proxy: proxy.url, tls: TRUSTING }));

    expect(problem).toMatchObject({ kind: 'certificate', message: expect.stringContaining('not for other.invalid') });
  });
});

describe('what a proxy says instead of yes', () => {
  it.each<[string, 'socks5' | 'http', ProxyOptions, Relay['host'], string, RegExp]>([
    ['a sign-in', 'socks5', { socksReply: 'auth' }, HOST, 'refused', /asks for a user and a password/],
    ['a sign-in', 'http', { httpStatus: '407 Proxy Authentication Required' }, HOST, 'refused', /asks for a user/],
    ['general failure', 'socks5', { socksReply: 1 }, HOST, 'no-network', /does not reach relay\.invalid/],
    ['not allowed', 'socks5', { socksReply: 2 }, HOST, 'refused', /does not let connections through/],
    ['no network', 'socks5', { socksReply: 3 }, HOST, 'no-network', /does not reach relay\.invalid/],
    ['no host', 'socks5', { socksReply: 4 }, HOST, 'no-network', /does not reach relay\.invalid/],
    ['refused by the relay', 'socks5', { socksReply: 5 }, HOST, 'refused', /^relay\.invalid refused .* says the proxy/],
    ['not allowed', 'http', { httpStatus: '403 Forbidden' }, HOST, 'refused', /does not let connections through/],
    ['no host', 'http', { httpStatus: '502 Bad Gateway' }, HOST, 'no-network', /does not reach relay\.invalid/],
    ['too slow', 'http', { httpStatus: '504 Gateway Timeout' }, HOST, 'timed-out', /does not reach relay\.invalid/],
    ['see there', 'http', { httpStatus: '302 Found' }, HOST, 'sign-in-page', /web page/],
    ['another status', 'http', { httpStatus: '404 Not Found' }, HOST, 'other', /could not be used: HTTP 404/],
    ['another reply', 'socks5', { socksReply: 8 }, HOST, 'other', /could not be used/],
  ])('is explained: %s (%s)', async (_what, kind, options, host, expected, words) => {
    const proxy = await startProxy(kind, options);

    const problem = await problemOf(relaySettings(465, { host, security: 'tls', proxy: proxy.url }));

    expect(problem).toMatchObject({ kind: expected, message: expect.stringMatching(words) });
    expect(problem.remedy).toMatch(/\.$/);
    expect(problem.status).toMatch(/^4\./);
  });
});
