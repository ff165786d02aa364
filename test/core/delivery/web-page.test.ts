/** Networks that answer in place of a relay until somebody has signed in, with a real web server in its place. */
import { describe, expect, it } from 'vitest';
import type { Relay } from '../../../core/delivery/relay.js';
import { certificates } from '../../support/certificates.js';
import { startProxy } from '../../support/proxies.js';
import { startRawRelay } from '../../support/raw-relay.js';
import { relaySettings, startRelay } from '../../support/relay.js';
import { problemOf } from '../../support/relay-client.js';
import { startWebServer } from '../../support/web-servers.js';

const { caFile, good, wrongName, stranger, expired } = certificates();
const TRUSTING = { caFile, pin: null, minVersion: 'TLSv1.2' } as const;
const PASSWORD = { auth: { method: 'password', user: 'me@example.net' } } as const;

const PAGE = {
  kind: 'sign-in-page',
  message: expect.stringMatching(/^A web page answers in place of localhost on port \d+\.$/),
  remedy: expect.stringContaining('open a browser and sign in, or use another network'),
  status: '4.4.1',
};

describe('a sign-in page of the network', () => {
  it.each([
    ['for another name', wrongName],
    ['signed by nobody known', stranger],
    ['that has expired', expired],
  ])('is told behind a certificate %s', async (_what, certificate) => {
    const server = await startWebServer(certificate);

    const problem = await problemOf(relaySettings(server.port, { security: 'tls', tls: TRUSTING, ...PASSWORD }));

    expect(problem).toMatchObject({ ...PAGE, reply: 'HTTP/1.1 302 Found' });
    expect(server.requests).toEqual(['GET /']);
    expect(server.headers).toEqual(['host']);
  });

  it('is told behind another certificate than the pinned one', async () => {
    const server = await startWebServer(good);
    const tls = { ...TRUSTING, pin: stranger.fingerprint };

    expect(await problemOf(relaySettings(server.port, { security: 'tls', tls }))).toMatchObject(PAGE);
  });

  it('is told behind a good certificate, where a web server waits to be asked', async () => {
    const server = await startWebServer(good);

    const problem = await problemOf(relaySettings(server.port, { security: 'tls', tls: TRUSTING }), { timeoutMs: 500 });

    expect(problem).toMatchObject(PAGE);
  });

  it('is told where a web server answers in plain text on a port for TLS', async () => {
    const server = await startWebServer();

    expect(await problemOf(relaySettings(server.port, { security: 'tls', tls: TRUSTING }))).toMatchObject(PAGE);
  });

  it.each(['starttls', 'none'] as const)('is told in place of a greeting (%s)', async (security) => {
    const server = await startWebServer();

    expect(await problemOf(relaySettings(server.port, { security }), { timeoutMs: 200 })).toMatchObject(PAGE);
  });

  it('is told behind a proxy', async () => {
    const server = await startWebServer(wrongName);
    const proxy = await startProxy('socks5');
    const settings = relaySettings(server.port, { security: 'tls', tls: TRUSTING, proxy: proxy.url });

    expect(await problemOf(settings)).toMatchObject(PAGE);
    expect(proxy.targets).toHaveLength(2);
  });
});

describe('a mail server with trouble', () => {
  it.each<[string, Partial<Relay>, 'tls' | 'starttls', typeof good]>([
    ['another certificate', { tls: TRUSTING }, 'tls', wrongName],
    ['no TLS from the first byte', { security: 'tls', tls: TRUSTING }, 'starttls', good],
  ])('is asked for no page: %s', async (_what, changes, security, certificate) => {
    const relay = await startRelay({ security, certificate });

    const problem = await problemOf(relay.settings(changes));

    expect(problem.kind).toMatch(/^(?:certificate|tls)$/);
    expect(relay.connections()).toBeLessThanOrEqual(2);
  });

  it('is not asked for a page while it may still greet', async () => {
    const relay = await startRawRelay((connection) => connection.say('220-mail.example.net\r\n'));

    const problem = await problemOf(relaySettings(relay.port), { timeoutMs: 200 });

    expect(problem.kind).toBe('timed-out');
    expect(relay.lines).toEqual([]);
  });

  it('that only was slow stays one that is tried again', async () => {
    const relay = await startRawRelay(() => {});

    expect(await problemOf(relaySettings(relay.port), { timeoutMs: 200 })).toMatchObject({ kind: 'timed-out' });
  });
});
