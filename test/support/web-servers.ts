/**
 * What a network with a sign-in page puts in place of every server: a web server, in plain text or in TLS, that
 * answers whatever it gets as a web server does. It ends with the test that started it.
 */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { ServerCertificate } from './certificates.js';

export interface WebServer {
  readonly port: number;
  /** `GET /`, in order. */
  readonly requests: readonly string[];
  /** What of its requests could be a secret. */
  readonly headers: readonly string[];
}

export async function startWebServer(certificate?: ServerCertificate): Promise<WebServer> {
  const requests: string[] = [];
  const headers: string[] = [];
  const sockets = new Set<Socket>();
  const answer: http.RequestListener = (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    headers.push(...Object.keys(request.headers));
    response.writeHead(302, { location: 'http://login.hotel.example/' }).end('<html>Sign in</html>');
  };
  const server =
    certificate === undefined
      ? http.createServer(answer)
      : https.createServer({ key: certificate.key, cert: certificate.cert }, answer);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, requests, headers };
}
