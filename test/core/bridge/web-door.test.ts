import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { Handlers } from '../../../core/bridge/contract.js';
import { openWebDoor, type WebDoor } from '../../../core/bridge/web-door.js';
import type { Clock } from '../../../core/system/clock.js';
import { memoryAgent } from '../../support/memory-agent.js';
import { queueEntry } from '../../support/queue-entries.js';

function rendererDirectory(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-door-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true }));
  fs.mkdirSync(path.join(directory, 'assets'));
  fs.writeFileSync(path.join(directory, 'index.html'), '<title>Outbox</title>');
  fs.writeFileSync(path.join(directory, 'assets', 'index-1.js'), 'export {};');
  fs.writeFileSync(path.join(directory, 'notes.txt'), 'not for serving');
  return directory;
}

async function openDoor(change: { handlers?: Partial<Handlers>; clock?: Clock } = {}) {
  const agent = memoryAgent([queueEntry(1)]);
  const door = await openWebDoor({
    rendererDirectory: rendererDirectory(),
    handlers: { ...agent.handlers, ...change.handlers },
    subscribe: agent.subscribe,
    ...(change.clock === undefined ? {} : { clock: change.clock }),
  });
  onTestFinished(() => door.close());
  const { host, port } = new URL(door.address());
  return { agent, door, host, port: Number(port), origin: `http://${host}` };
}

const tokenOf = (door: WebDoor) => new URLSearchParams(new URL(door.address()).hash.slice(1)).get('token') ?? '';

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** Not fetch: it would set Host, and tidy the path, by itself. */
function request(port: number, options: http.RequestOptions, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = http.request({ host: '127.0.0.1', port, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function exchange(port: number, token: string, headers: http.OutgoingHttpHeaders): Promise<Answer> {
  const options = { method: 'POST', path: '/session', headers: { 'Content-Type': 'application/json', ...headers } };
  return request(port, options, JSON.stringify({ token }));
}

async function enter({ door, port, origin }: { door: WebDoor; port: number; origin: string }) {
  const answer = await exchange(port, tokenOf(door), { Origin: origin });
  const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  return { cookie, key: (JSON.parse(answer.body) as { key: string }).key };
}

interface Knock {
  readonly cookie?: string;
  readonly key?: string;
  readonly origin?: string;
  readonly host?: string;
  readonly path?: string;
}

/** The open socket, or the status that refused it. */
function knock(port: number, { cookie = '', key, origin = '', host, path: at = '/bridge' }: Knock) {
  const headers = { Cookie: cookie, ...(host === undefined ? {} : { Host: host }) };
  const socket = new WebSocket(`ws://127.0.0.1:${port}${at}`, ['outtray', ...(key === undefined ? [] : [key])], {
    headers,
    origin,
  });
  onTestFinished(() => socket.terminate());
  return new Promise<WebSocket | number>((resolve, reject) => {
    socket.on('open', () => resolve(socket));
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.on('error', reject);
  });
}

async function enterAndKnock(open: Awaited<ReturnType<typeof openDoor>>): Promise<WebSocket> {
  const socket = await knock(open.port, { ...(await enter(open)), origin: open.origin });
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
  return socket;
}

const nextFrame = (socket: WebSocket) =>
  new Promise<unknown>((resolve) => socket.once('message', (data) => resolve(JSON.parse(String(data)))));
const closeCode = (socket: WebSocket) => new Promise<number>((resolve) => socket.once('close', resolve));

async function ask(socket: WebSocket, call: string, ...args: unknown[]): Promise<unknown> {
  const answer = nextFrame(socket);
  socket.send(JSON.stringify({ id: 7, call, args }));
  return answer;
}

describe('the files of the web door', () => {
  it('are served with a policy that allows nothing inline and nothing remote', async () => {
    const { port, host } = await openDoor();

    const index = await request(port, { path: '/', headers: { Host: host } });
    const script = await request(port, { path: '/assets/index-1.js', headers: { Host: host } });

    expect(index).toMatchObject({ status: 200, body: '<title>Outbox</title>' });
    expect(index.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
    const policy = index.headers['content-security-policy'];
    expect(policy).toMatch(/default-src 'none'; script-src 'self'; style-src 'self'; .*frame-ancestors 'none'/);
    expect(policy).not.toContain('unsafe');
    expect(script).toMatchObject({ status: 200, body: 'export {};' });
  });

  it.each([
    '/nothing',
    '/notes.txt',
    '/../../../../etc/passwd',
    '/assets/../index.html',
    '/%2e%2e/index.html',
    '//index.html',
    '/?x=1',
  ])('do not include %s', async (at) => {
    const { port, host } = await openDoor();

    expect(await request(port, { path: at, headers: { Host: host } })).toMatchObject({ status: 404, body: '' });
  });

  it.each(['evil.example', 'localhost', '127.0.0.1', '127.0.0.1:1'])('are not for the host %s', async (name) => {
    const { port } = await openDoor();

    expect(await request(port, { path: '/', headers: { Host: name } })).toMatchObject({ status: 403, body: '' });
  });

  it('are the only thing to GET', async () => {
    const { port, host } = await openDoor();

    expect((await request(port, { method: 'PUT', path: '/', headers: { Host: host } })).status).toBe(405);
  });
});

describe('a token', () => {
  it('is exchanged once, for a cookie that scripts cannot read and other sites cannot send', async () => {
    const { door, port, origin } = await openDoor();
    const token = tokenOf(door);

    const first = await exchange(port, token, { Origin: origin });
    const second = await exchange(port, token, { Origin: origin });

    expect(first.status).toBe(200);
    const cookie = new RegExp(`^outtray-${port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`);
    expect(first.headers['set-cookie']).toEqual([expect.stringMatching(cookie)]);
    expect(second).toMatchObject({ status: 403, body: '' });
    expect(second.headers['set-cookie']).toBeUndefined();
  });

  it('is a new one in each address', async () => {
    const { door } = await openDoor();

    const tokens = [tokenOf(door), tokenOf(door)];

    expect(tokens[0]).toMatch(/^[\w-]{43}$/);
    expect(tokens[0]).not.toBe(tokens[1]);
  });

  it('is worth nothing after two minutes', async () => {
    let steady = 0;
    const { door, port, origin } = await openDoor({
      clock: { now: () => 0, steady: () => steady, elapsed: () => steady },
    });
    const [early, late] = [tokenOf(door), tokenOf(door)];

    steady = 119_999;
    const inTime = await exchange(port, early, { Origin: origin });
    steady = 120_000;
    const tooLate = await exchange(port, late, { Origin: origin });

    expect([inTime.status, tooLate.status]).toEqual([200, 403]);
  });

  it.each([
    ['another origin', { Origin: 'http://evil.example' }],
    ['our name by another spelling', { Origin: 'http://localhost' }],
    ['an opaque origin', { Origin: 'null' }],
    ['no origin', {}],
    ['a form', { 'Content-Type': 'text/plain' }],
  ])('is refused from %s', async (_who, headers: http.OutgoingHttpHeaders) => {
    const { door, port, origin } = await openDoor();
    const plain = 'Content-Type' in headers ? { Origin: origin } : {};

    expect((await exchange(port, tokenOf(door), { ...plain, ...headers })).status).toBe(403);
  });

  it('is refused when guessed, malformed or endless', async () => {
    const { port, origin } = await openDoor();
    const headers = { Origin: origin, 'Content-Type': 'application/json' };
    const post = (body: string) => request(port, { method: 'POST', path: '/session', headers }, body);

    const answers = [await exchange(port, 'A'.repeat(43), { Origin: origin }), await post('{'), await post('null')];
    const endless = await post(JSON.stringify({ token: 'x'.repeat(4000) }));

    expect([...answers, endless].map(({ status }) => status)).toEqual([403, 403, 403, 403]);
  });
});

describe('the bridge of the web door', () => {
  it('opens to a session and carries calls, refusals and events', async () => {
    const open = await openDoor();
    const socket = await enterAndKnock(open);

    expect(await ask(socket, 'queue:list')).toEqual({ id: 7, ok: true, value: [queueEntry(1)] });
    expect(await ask(socket, 'queue:remove', 'not a list')).toEqual({
      id: 7,
      ok: false,
      message: 'A list of queue ids.',
    });
    const event = nextFrame(socket);
    open.agent.add(queueEntry(2));
    expect(await event).toEqual({ event: 'queue:changed', value: { changed: [queueEntry(2)], removed: [] } });
  });

  it.each(['queue:nothing', 'toString', '__proto__', 'constructor'])('knows no call %s', async (call) => {
    const socket = await enterAndKnock(await openDoor());

    expect(await ask(socket, call)).toEqual({ id: 7, ok: false, message: `There is no call named "${call}".` });
  });

  it('stays shut without the cookie, without the key, and to guesses', async () => {
    const open = await openDoor();
    const { cookie, key } = await enter(open);
    const other = await enter(open);
    const { origin, port } = open;

    const refused = [
      await knock(port, { origin }),
      await knock(port, { origin, key }),
      await knock(port, { origin, cookie }),
      await knock(port, { origin, cookie, key: 'A'.repeat(43) }),
      await knock(port, { origin, cookie: `outtray-${port}=${'A'.repeat(43)}`, key }),
      await knock(port, { origin, cookie, key: other.key }),
    ];

    expect(refused).toEqual([403, 403, 403, 403, 403, 403]);
  });

  it('stays shut to other origins, other hosts and other paths, session or not', async () => {
    const open = await openDoor();
    const session = await enter(open);
    const { origin, port } = open;

    const refused = [
      await knock(port, { ...session, origin: 'http://evil.example' }),
      await knock(port, { ...session }),
      await knock(port, { ...session, origin, host: `localhost:${port}` }),
      await knock(port, { ...session, origin, path: '/bridge/..' }),
    ];

    expect(refused).toEqual([403, 403, 403, 403]);
  });

  it.each([
    ['what is not JSON', '{', 1008],
    ['what is no call', '{"id":1}', 1008],
    ['more than a window has to say', JSON.stringify({ id: 1, call: 'queue:list', args: ['x'.repeat(70_000)] }), 1009],
  ])('hangs up on %s', async (_what, text, code) => {
    const socket = await enterAndKnock(await openDoor());
    const closed = closeCode(socket);

    socket.send(text);

    expect(await closed).toBe(code);
  });

  it('stops telling a window that has gone', async () => {
    const open = await openDoor();
    const socket = await enterAndKnock(open);
    await ask(socket, 'queue:list');
    expect(open.agent.subscribers()).toBe(1);

    const unsubscribed = open.agent.unsubscribed();
    socket.close();
    await unsubscribed;

    expect(open.agent.subscribers()).toBe(0);
  });

  it('ends with the door, sessions and all', async () => {
    const open = await openDoor();
    const socket = await enterAndKnock(open);
    const closed = closeCode(socket);

    await open.door.close();

    expect(await closed).toBe(1006);
    await expect(request(open.port, { path: '/' })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('survives a client that speaks no HTTP and one that hangs up in the middle', async () => {
    const open = await openDoor();
    const rude = net.connect(open.port, '127.0.0.1');
    rude.write('GET /bridge HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
    await new Promise((resolve) => rude.once('data', resolve));
    rude.resetAndDestroy();

    const answer = await request(open.port, { path: '/', headers: { Host: open.host } });

    expect(answer.status).toBe(200);
  });
});
