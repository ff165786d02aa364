/**
 * Proxies on free ports of this computer, SOCKS5 and HTTP CONNECT, that take every name for this computer. They
 * keep what they were asked for, can answer something else than yes, and end with the test that started them.
 */
import net, { type AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface TestProxy {
  readonly kind: 'socks5' | 'http';
  readonly port: number;
  /** As `proxy` in the settings. */
  readonly url: string;
  /** `relay.invalid:465`, in order. */
  readonly targets: readonly string[];
}

export interface ProxyOptions {
  /** SOCKS5: a reply of RFC 1928 §6, or `auth`. */
  readonly socksReply?: number | 'auth';
  /** HTTP: a status line without its version. */
  readonly httpStatus?: string;
  /** The yes goes out together with the first thing the relay says. */
  readonly withGreeting?: boolean;
}

export async function startProxy(kind: 'socks5' | 'http', options: ProxyOptions = {}): Promise<TestProxy> {
  const targets: string[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    void (kind === 'http' ? serveHttp(socket, options, targets) : serveSocks(socket, options, targets));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { kind, port, url: `${kind}://127.0.0.1:${port}`, targets };
}

async function serveSocks(socket: net.Socket, options: ProxyOptions, targets: string[]): Promise<void> {
  const [, methods = 0] = await read(socket, 2);
  await read(socket, methods);
  if (options.socksReply === 'auth') return void socket.end(Buffer.from([5, 0xff]));
  socket.write(Buffer.from([5, 0]));
  const [, , , type] = await read(socket, 4);
  const length = type === 3 ? ((await read(socket, 1))[0] ?? 0) : type === 1 ? 4 : 16;
  const host = await read(socket, length);
  const port = (await read(socket, 2)).readUInt16BE();
  targets.push(`${type === 3 ? host.toString() : `address of ${length} bytes`}:${port}`);
  const reply = options.socksReply ?? 0;
  const answer = Buffer.from([5, reply, 0, 1, 0, 0, 0, 0, 0, 0]);
  if (reply === 0) join(socket, port, answer, options);
  else socket.end(answer);
}

async function serveHttp(socket: net.Socket, options: ProxyOptions, targets: string[]): Promise<void> {
  let head = '';
  while (!head.endsWith('\r\n\r\n')) head += (await read(socket, 1)).toString('latin1');
  const target = /^CONNECT (\S+) HTTP\/1\.1\r\n/.exec(head)?.[1] ?? '';
  targets.push(target);
  const status = options.httpStatus ?? '200 Connected';
  const answer = Buffer.from(`HTTP/1.1 ${status}\r\n\r\n`);
  if (status.startsWith('200')) join(socket, Number(target.split(':').at(-1)), answer, options);
  else socket.end(answer);
}

function join(socket: net.Socket, port: number, answer: Buffer, { withGreeting }: ProxyOptions): void {
  const onward = net.connect({ host: '127.0.0.1', port, noDelay: true });
  onward.on('error', () => socket.destroy());
  onward.once('close', () => socket.destroy());
  socket.once('close', () => onward.destroy());
  const pipe = (): void => {
    socket.pipe(onward);
    onward.pipe(socket);
  };
  if (withGreeting === true) {
    onward.once('data', (first: Buffer) => {
      socket.write(Buffer.concat([answer, first]));
      pipe();
    });
  } else {
    onward.once('connect', () => {
      socket.write(answer);
      pipe();
    });
  }
}

async function read(socket: net.Socket, bytes: number): Promise<Buffer> {
  for (;;) {
    const found = bytes === 0 ? Buffer.alloc(0) : (socket.read(bytes) as Buffer | null);
    if (found !== null) return found;
    await new Promise((resolve) => socket.once('readable', resolve));
  }
}
