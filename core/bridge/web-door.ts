/**
 * The Outbox in the system's browser: the renderer's files over HTTP and the bridge over a
 * WebSocket, on a free port of 127.0.0.1, from when it is asked for until the agent ends.
 *
 *   GET  /, /assets/...   the renderer; holds nothing private
 *   POST /session         {"token"} of an address() -> a session (door-keys.ts), once
 *   GET  /bridge          upgrade; frames as in frames.ts
 *
 * Every request must name our own Host (a DNS name rebound to 127.0.0.1 does not), and whatever
 * is not plain reading must come from our own Origin. Whoever fails gets 403 and no reason.
 */
import http from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { type Clock, systemClock } from '../system/clock.js';
import { contentSecurityPolicy } from './content-security-policy.js';
import type { Events, Handlers } from './contract.js';
import { type DoorFile, readDoorFiles } from './door-files.js';
import { createDoorKeys, type DoorKeys } from './door-keys.js';
import { answerCall, eventFrame, parseCallFrame } from './frames.js';

/** Subprotocol the server agrees to; the page offers its key beside it. */
const PROTOCOL = 'outtray';
const MAX_FRAME_BYTES = 64 * 1024;
const MAX_SESSION_REQUEST_BYTES = 1024;
/** A page that stopped reading is cut off here; it connects again and lists afresh. */
const MAX_UNREAD_BYTES = 64 * 1024 * 1024;

export interface WebDoorOptions {
  /** The built renderer, `dist/renderer`. */
  readonly rendererDirectory: string;
  readonly handlers: Handlers;
  /** Called for each window; returns the way to stop. */
  readonly subscribe: (send: (event: keyof Events, value: unknown) => void) => () => void;
  readonly clock?: Clock;
}

export interface WebDoor {
  /** A new address that opens the Outbox once, within two minutes. */
  address(): string;
  close(): Promise<void>;
}

interface Door {
  readonly host: string;
  readonly cookieName: string;
  readonly headers: http.OutgoingHttpHeaders;
  readonly files: ReadonlyMap<string, DoorFile>;
  readonly keys: DoorKeys;
}

export async function openWebDoor(options: WebDoorOptions): Promise<WebDoor> {
  const { WebSocketServer } = await import('ws');
  const files = await readDoorFiles(options.rendererDirectory);
  const server = http.createServer();
  const port = await listen(server);
  const host = `127.0.0.1:${port}`;
  const keys = createDoorKeys(options.clock ?? systemClock);
  const door: Door = { host, cookieName: `outtray-${port}`, headers: commonHeaders(host), files, keys };
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    handleProtocols: () => PROTOCOL,
  });
  server.on('request', (request, response) => {
    answerRequest(door, request, response).catch(() => response.destroy());
  });
  server.on('upgrade', (request: http.IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on('error', () => stream.destroy());
    if (!mayUpgrade(door, request)) {
      stream.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, stream, head, (socket) => serveWindow(socket, options));
  });
  return {
    address: () => `http://${host}/#token=${keys.createToken()}`,
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** One window on one socket, from upgrade to close. */
function serveWindow(socket: WebSocket, { handlers, subscribe }: WebDoorOptions): void {
  const send = (text: string) => {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > MAX_UNREAD_BYTES) socket.terminate();
    else socket.send(text);
  };
  const unsubscribe = subscribe((event, value) => send(eventFrame(event, value)));
  socket.on('close', unsubscribe);
  // An oversized or malformed frame: ws has closed the socket already, and 'close' follows.
  socket.on('error', () => {});
  socket.on('message', (data, isBinary) => {
    const frame = isBinary ? null : parseCallFrame(data.toString());
    if (frame === null) socket.close(1008, 'not a call');
    else answerCall(handlers, frame).then(send, () => socket.terminate());
  });
}

function mayUpgrade(door: Door, request: http.IncomingMessage): boolean {
  if (request.url !== '/bridge' || !isOurs(door, request)) return false;
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const key = offered.find((name) => name !== PROTOCOL);
  const cookie = readCookie(request.headers.cookie, door.cookieName);
  if (key === undefined || cookie === undefined) return false;
  return offered.includes(PROTOCOL) && door.keys.admits({ cookie, key });
}

async function answerRequest(door: Door, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const answer = (status: number, headers: http.OutgoingHttpHeaders = {}, body: string | Buffer = '') => {
    const length = { 'Content-Length': Buffer.byteLength(body) };
    response.writeHead(status, { ...door.headers, 'Cache-Control': 'no-store', ...length, ...headers });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
  if (request.headers.host !== door.host) return answer(403);
  if (request.method === 'POST' && request.url === '/session') {
    const session = isOurs(door, request) ? door.keys.exchange(await readToken(request)) : null;
    if (session === null) return answer(403, { Connection: 'close' });
    const cookie = `${door.cookieName}=${session.cookie}; Path=/; HttpOnly; SameSite=Strict`;
    const headers = { 'Set-Cookie': cookie, 'Content-Type': 'application/json' };
    return answer(200, headers, JSON.stringify({ key: session.key }));
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, { Allow: 'GET, HEAD' });
  const file = door.files.get(request.url ?? '');
  if (file === undefined) return answer(404);
  const cache = file.immutable ? { 'Cache-Control': 'private, max-age=31536000, immutable' } : {};
  return answer(200, { 'Content-Type': file.type, ...cache }, file.body);
}

function isOurs(door: Door, request: http.IncomingMessage): boolean {
  return request.headers.host === door.host && request.headers.origin === `http://${door.host}`;
}

/** The token of a session request; empty, which opens nothing, when it is not one. */
async function readToken(request: http.IncomingMessage): Promise<string> {
  if (request.headers['content-type'] !== 'application/json') return '';
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > MAX_SESSION_REQUEST_BYTES) return '';
  }
  try {
    const value: unknown = JSON.parse(text);
    const token = typeof value === 'object' && value !== null && 'token' in value ? value.token : '';
    return typeof token === 'string' ? token : '';
  } catch {
    return '';
  }
}

function readCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

function commonHeaders(host: string): http.OutgoingHttpHeaders {
  return {
    'Content-Security-Policy': contentSecurityPolicy(`ws://${host}`),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
  };
}

function listen(server: http.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no port to listen on'));
      else resolve(address.port);
    });
  });
}
