/** Where the listener listens, and what it says when it cannot. */
import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { settingsSchema } from '../../../core/config/settings.js';
import { bindProblem } from '../../../core/listener/bind-problem.js';
import { startListener } from '../../../core/listener/listener.js';
import { ListenerServer } from '../../../core/listener/server.js';
import { NO_ALIASES } from '../../../core/submission/aliases.js';
import { listeningAddresses } from '../../../core/system/loopback.js';
import { spooled } from '../submission/support.js';
import { startTestListener } from './support.js';

describe('the addresses', () => {
  it.each([
    ['127.0.0.1', ['127.0.0.1', '::1']],
    ['localhost', ['127.0.0.1', '::1']],
    ['LOCALHOST', ['127.0.0.1', '::1']],
    ['::1', ['127.0.0.1', '::1']],
    ['[::1]', ['127.0.0.1', '::1']],
    ['127.3.2.1', ['127.3.2.1', '::1']],
  ])('for %s are loopback alone', (host, addresses) => {
    expect(listeningAddresses(host)).toEqual(addresses);
    expect(settingsSchema.safeParse({ listener: { host } }).success).toBe(true);
  });

  it.each([
    '',
    '0.0.0.0',
    '::',
    '*',
    '192.168.1.2',
    'laptop',
    'localhost.example.org',
    'mail.localhost',
    '127.1',
    '127.0.0.1.',
    '128.0.0.1',
    '::ffff:127.0.0.1',
    '0x7f000001',
    '2130706433',
    '127.0.0.256',
  ])('are none for %j, which the settings refuse', (host) => {
    expect(listeningAddresses(host)).toBeNull();
    expect(settingsSchema.safeParse({ listener: { host } }).success).toBe(false);
  });
});

describe('the listener', () => {
  it('listens on 127.0.0.1 and ::1 and nowhere else, and on none when stopped', async () => {
    const { listener, log } = await startTestListener();

    const { addresses } = listener.state;

    expect(addresses.map((address) => address.replace(/:\d+$/, ''))).toEqual(['127.0.0.1', '[::1]']);
    expect(log.filter((line) => line.startsWith('listener: takes mail on'))).toHaveLength(2);
    await listener.stop();
    for (const address of addresses) expect(await reachable(address)).toBe(false);
  });

  it('says which program is in the way, goes on with the other address, and takes the port once it is free', async () => {
    const other = net.createServer();
    onTestFinished(() => void other.close());
    other.listen(0, '::1');
    await once(other, 'listening');
    const { port } = other.address() as net.AddressInfo;
    const changes: string[] = [];
    const listener = await startListener(
      { host: 'localhost', port, auth: 'auto' },
      {
        software: 'test',
        session: () => Promise.reject(new Error('not needed')),
        keychain: { getPassword: async () => null },
        clock: { now: () => 0, steady: () => 0, elapsed: () => 0 },
        log: () => {},
        onChange: () => void changes.push('changed'),
        retryMs: 5,
      },
    );
    onTestFinished(() => listener.stop());

    expect(listener.state).toMatchObject({
      addresses: [`127.0.0.1:${port}`],
      problem: { text: `Another program has taken [::1]:${port}.` },
    });
    other.close();
    await expect.poll(() => listener.state.problem).toBeNull();
    expect(listener.state.addresses).toEqual([`127.0.0.1:${port}`, `[::1]:${port}`]);
    expect(changes.length).toBeGreaterThan(0);
  });

  it.each([
    ['EACCES', '127.0.0.1', /^The system does not let you listen on 127\.0\.0\.1:25\.$/],
    ['EMFILE', '::1', /^It cannot listen on \[::1\]:25: /],
  ])('has words for %s', (code, address, words) => {
    const problem = bindProblem(Object.assign(new Error(code), { code }), address, 25);

    expect(problem?.text).toMatch(words);
    expect(problem?.remedy).not.toBe('');
  });

  it('does without ::1 where there is none', () => {
    const error = Object.assign(new Error('none'), { code: 'EADDRNOTAVAIL' });

    expect(bindProblem(error, '::1', 25)).toBeNull();
    expect(bindProblem(error, '127.0.0.1', 25)).not.toBeNull();
  });

  it('serves nobody who is one too many, and says so', async () => {
    const house = await startTestListener({ limits: { maxClients: 2 } });
    await house.talk();
    await house.talk();

    const one = await house.talk();

    expect(one).toMatchObject({ greeting: expect.stringMatching(/^421 .*Too many/) });
  });
});

describe('connections that nobody knows yet whose they are', () => {
  it('are closed without a word beyond a hundred', async () => {
    const house = await startTestListener({ findOwner: () => new Promise(() => {}) });
    const sockets = Array.from({ length: 101 }, () => net.connect(house.port, '127.0.0.1'));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
    });

    const [, said] = await Promise.race(
      sockets.map(async (socket) => [await once(socket.resume(), 'close'), socket.bytesRead] as const),
    );

    expect(said).toBe(0);
    expect(sockets.filter((socket) => socket.destroyed)).toHaveLength(1);
  });

  it('are closed when another one comes from the same port: theirs is gone', async () => {
    const policy = { passwordNeeded: false, software: 'test', whyNot: () => new Promise<null>(() => {}) };
    const server = new ListenerServer({ ...policy, session: never, desk: { signIn: never }, ...DEAF });
    const connection = (remotePort: number): net.Socket =>
      Object.defineProperties(new net.Socket(), {
        remotePort: { value: remotePort },
        remoteAddress: { value: '127.0.0.1' },
      });
    const [before, other, after] = [connection(40_000), connection(40_001), connection(40_000)];
    for (const socket of [before, other]) server.connect(socket);

    server.connect(after);

    expect([before, other, after].map(({ destroyed }) => destroyed)).toEqual([true, false, false]);
  });
});

const never = (): Promise<never> => new Promise(() => {});
const DEAF = { onRefused: () => {}, complain: () => {} };

describe('what goes wrong inside', () => {
  it('is said to the client and the log, and the next is served', async () => {
    let broken = true;
    const house = await startTestListener({
      open: () => {
        if (broken) throw new Error('the settings are on fire');
      },
    });
    const talk = await house.talk();
    broken = false;

    expect(talk.greeting).toMatch(/^421 4\.3\.0 The listener cannot take mail now/);
    expect(house.log.join('\n')).toContain('SYSERR: listener: the settings are on fire');
    expect((await house.talk()).greeting).toMatch(/^220 laptop\.example\.org ESMTP Outtray\/test$/);
  });

  it('in a command costs that command alone', async () => {
    const aliases = {
      expand() {
        throw new Error('the aliases are on fire');
      },
    };
    const talk = await (await startTestListener({ environment: { aliases: { ...NO_ALIASES, ...aliases } } })).talk();

    expect(await talk.lines('EHLO x', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>')).toMatch(/^451 /);
    expect(await talk.lines('NOOP')).toMatch(/^250 /);
  });
});

describe('a client that says nothing', () => {
  it('hears 421 in time', async () => {
    const house = await startTestListener({ limits: { idleMs: 300 } });
    const talk = await house.talk();

    expect(await talk.rest()).toMatch(/^421 .*Timeout/);
  });

  it('hears 421 in the middle of a message, of which nothing stays', async () => {
    const house = await startTestListener({ limits: { idleMs: 300 } });
    const talk = await house.talk();
    await talk.lines('EHLO x', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'DATA');
    talk.socket.write('Subject: half\r\n\r\nhal');

    expect(await talk.rest()).toMatch(/^421 .*Timeout/);
    await house.listener.stop();
    expect(spooled(house.spool)).toEqual([]);
  });

  it('or anything but the password, has not for long', async () => {
    const house = await startTestListener({ auth: 'required', limits: { signInMs: 150 } });
    const talk = await house.talk();

    expect(await talk.rest()).toMatch(/^421 4\.7\.0 Nobody has signed in/);
  });
});

async function reachable(address: string): Promise<boolean> {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(address) ?? [];
  const socket = net.connect(Number(port), host.replace(/[[\]]/g, ''));
  onTestFinished(() => void socket.destroy());
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
}
