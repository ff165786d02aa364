/** Who is let in: whose process it is, and what the settings ask for. */
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { admissionRule, whyNotAdmitted } from '../../../core/listener/admission.js';
import { findPeerOwner, ownerIn } from '../../../core/listener/peer.js';
import { talkSmtp } from '../../support/smtp-talk.js';
import { startTestListener } from './support.js';

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const row = (local: string, remote: string, uid: number, inode = 84301, state = '01'): string =>
  `   1: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000  ${uid}        0 ${inode} 1 0000000000000000 20 4 30 10 -1`;

const V4 = { client: { address: '127.0.0.1', port: 40000 }, server: { address: '127.0.0.1', port: 2525 } };
const V6 = { client: { address: '::1', port: 40000 }, server: { address: '::1', port: 2525 } };
const ONE = '00000000000000000000000001000000';
const MAPPED = '0000000000000000FFFF00000100007F';

describe('the owner of a connection', () => {
  it.each([
    ['IPv4', V4, row('0100007F:9C40', '0100007F:09DD', 1000), 1000],
    ['IPv6', V6, row(`${ONE}:9C40`, `${ONE}:09DD`, 1000), 1000],
    ['IPv4 by an IPv6 socket', V4, row(`${MAPPED}:9C40`, `${MAPPED}:09DD`, 1000), 1000],
    [
      'IPv4-mapped as node tells it',
      { ...V4, client: { address: '::ffff:127.0.0.1', port: 40000 } },
      row('0100007F:9C40', '0100007F:09DD', 1000),
      1000,
    ],
    ['half closed by its program', V4, row('0100007F:9C40', '0100007F:09DD', 1000, 84301, '05'), 1000],
  ])('is the uid of the socket at the other end: %s', (_, ends, line, uid) => {
    expect(ownerIn(`${HEAD}\n${line}\n`, ends, 'LE')).toEqual({ kind: 'uid', uid });
  });

  it.each([
    ['our own end', V4, row('0100007F:09DD', '0100007F:9C40', 1000)],
    ['a closed socket, which says uid 0', V4, row('0100007F:9C40', '0100007F:09DD', 0, 0, '06')],
    ['another port', V4, row('0100007F:9C41', '0100007F:09DD', 1000)],
    ['another address', V4, row('0200007F:9C40', '0100007F:09DD', 1000)],
    ['a line cut short', V4, '   1: 0100007F:9C40 0100007F:09DD 01'],
    ['nothing', V4, ''],
    [
      'a peer that is not on this computer',
      { ...V4, client: { address: '10.0.0.1', port: 40000 } },
      row('0100000A:9C40', '0100007F:09DD', 1000),
    ],
  ])('is unknown for %s', (_, ends, line) => {
    expect(ownerIn(`${HEAD}\n${line}\n`, ends, 'LE')).toEqual({ kind: 'unknown' });
  });

  it('reads words of a machine that has its bytes the other way round', () => {
    expect(ownerIn(`${HEAD}\n${row('7F000001:9C40', '7F000001:09DD', 1000)}\n`, V4, 'BE')).toEqual({
      kind: 'uid',
      uid: 1000,
    });
  });

  it.runIf(process.platform === 'linux').each(['127.0.0.1', '::1'])('is found by the system, on %s', async (host) => {
    const server = net.createServer();
    onTestFinished(() => void server.close());
    server.listen(0, host);
    await once(server, 'listening');
    const client = net.connect((server.address() as net.AddressInfo).port, host);
    onTestFinished(() => void client.destroy());
    const [socket] = (await once(server, 'connection')) as [net.Socket];

    const owner = await findPeerOwner({
      client: { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 },
      server: { address: socket.localAddress ?? '', port: socket.localPort ?? 0 },
    });

    expect(owner).toEqual({ kind: 'uid', uid: process.getuid?.() });
  });

  it('is unknown once our end of the connection is gone, since its port may be another program’s by now', async () => {
    const table = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-tcp-')), 'tcp');
    onTestFinished(() => fs.rmSync(path.dirname(table), { recursive: true }));
    const theirs = row('0100007F:9C40', '0100007F:09DD', 1000);
    const ours = row('0100007F:09DD', '0100007F:9C40', 1000);
    const waiting = row('0100007F:09DD', '0100007F:9C40', 1000, 0);
    const found = (lines: readonly string[]) => {
      fs.writeFileSync(table, `${[HEAD, ...lines].join('\n')}\n`);
      return findPeerOwner(V4, [table]);
    };

    expect(await found([theirs, ours])).toEqual({ kind: 'uid', uid: 1000 });
    expect(await found([theirs])).toEqual({ kind: 'unknown' });
    expect(await found([theirs, waiting])).toEqual({ kind: 'unknown' });
  });

  it('is unknown where nobody tells', async () => {
    expect(await findPeerOwner(V4, ['/nonexistent/tcp'])).toEqual({ kind: 'unknown' });
  });
});

describe('admission', () => {
  const uid = (number: number) => ({ kind: 'uid', uid: number }) as const;
  const unknown = { kind: 'unknown' } as const;

  it.each([
    ['the own user', 'auto', 'linux', 1000, uid(1000), true],
    ['another user', 'auto', 'linux', 1000, uid(1001), false],
    ['root, whose agent it is not', 'auto', 'linux', 1000, uid(0), false],
    ['root with an agent of its own', 'auto', 'linux', 0, uid(0), true],
    ['a user, at an agent of root', 'auto', 'linux', 0, uid(1000), false],
    ['nobody knows who', 'auto', 'linux', 1000, unknown, false],
    ['another user who may know the password', 'required', 'linux', 1000, uid(1001), false],
    ['nobody knows who, but a password is asked for', 'required', 'linux', 1000, unknown, true],
    ['a system without uids of sockets, where a password is asked for', 'auto', 'darwin', 501, unknown, true],
    ['Windows, where a password is asked for', 'auto', 'win32', null, unknown, true],
  ] as const)('of %s', (_, auth, platform, ownUid, owner, admitted) => {
    const rule = admissionRule(auth, platform, ownUid);

    expect(whyNotAdmitted(owner, rule) === null).toBe(admitted);
    if (owner.kind === 'unknown' && admitted) expect(rule.passwordNeeded).toBe(true);
  });

  it('turns a stranger away with one sentence, before anything else, and counts and logs it', async () => {
    const house = await startTestListener({ owner: uid(4242) });
    const talk = await talkSmtp(house.port);
    talk.socket.write('EHLO x\r\n');

    const said = await talk.rest();

    expect(said).toBe(
      '554 5.7.1 Only programs of the user whose mail leaves here may use this; run sendmail instead\r\n',
    );
    expect(house.listener.state.refused).toBe(1);
    expect(house.log.join('\n')).toContain('listener: refused a connection: uid=4242: Only programs of the user');
  });
});
