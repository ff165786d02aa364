import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { addressesWithin } from '../../../core/delivery/local-address.js';
import { relaySettings, startRelay } from '../../support/relay.js';
import { problemOf, sendOver } from '../../support/relay-client.js';

/** Where connections came from. */
async function startListener(host: string): Promise<{ port: number; peers: (string | undefined)[] }> {
  const peers: (string | undefined)[] = [];
  const server = net.createServer((socket) => {
    peers.push(socket.remoteAddress);
    socket.on('error', () => {}).end('421 4.3.2 Not now\r\n');
  });
  server.listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, peers };
}

describe('localAddress', () => {
  it.each([
    ['127.0.0.1', '127.0.0.7'],
    ['::1', '::1'],
  ])('to %s: connects from %s', async (host, localAddress) => {
    const { port, peers } = await startListener(host);

    const problem = await problemOf(relaySettings(port, { host, localAddress }));

    expect(problem.kind).toBe('relay-busy');
    expect(peers).toEqual([localAddress]);
  });

  it('tries only addresses of its family', () => {
    const from = (localAddress: string) =>
      addressesWithin(relaySettings(25, { localAddress }), 'smtp.example.org', ['2001:db8::1', '192.0.2.1']);

    expect(from('10.8.0.2')).toEqual(['192.0.2.1']);
    expect(from('fd00::2')).toEqual(['2001:db8::1']);
  });

  it('says that a relay has no address of its family', async () => {
    const problem = await problemOf(relaySettings(25, { host: '127.0.0.1', localAddress: '::1' }));

    expect(problem).toMatchObject({ kind: 'no-network', message: expect.stringContaining('no IPv6 address') });
  });

  it.each([
    ['127.0.0.1', '192.0.2.7'],
    ['::1', '2001:db8::7'],
  ])('to %s: waits for the network where this computer does not have %s', async (host, localAddress) => {
    const { port } = await startListener(host);

    const problem = await problemOf(relaySettings(port, { host, localAddress }));

    expect(problem).toMatchObject({
      kind: 'no-network',
      message: `This computer does not have the address ${localAddress} now, from which relay home is to be reached.`,
      remedy: expect.stringContaining('comes back with the network (VPN)'),
      status: '4.4.1',
    });
  });

  it('carries mail', async () => {
    const relay = await startRelay();

    expect(await sendOver(relay.settings({ localAddress: '127.0.0.7' }))).toBe('sent');
  });
});
