/** A web server where a relay is expected, on any of its ports: nothing of a message goes there, and it is told apart. */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Relay } from '../../../core/delivery/relay.js';
import { certificates } from '../../support/certificates.js';
import { copies, createHostileLaptop, outlast, startDecentRelay } from '../../support/hostile-laptop.js';
import { ANN, BOB, IMPLICIT, STARTTLS } from '../../support/hostile-scenario.js';

interface WebServer {
  readonly port: number;
  /** Whatever anybody asked of it. */
  readonly asked: readonly string[];
  readonly isStalling: () => boolean;
}

/** `waiting`: the event after which only a client would speak. */
async function startWebServer(secure: boolean, waiting: 'connection' | 'secureConnection' | null): Promise<WebServer> {
  const asked: string[] = [];
  let stalling = 0;
  const listen = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    asked.push(`${request.method} ${request.url}`);
    response.end();
  };
  const server = secure ? https.createServer(certificates().good, listen) : http.createServer(listen);
  if (waiting !== null)
    server.on(waiting, (socket: Socket) => {
      stalling += 1;
      socket.on('close', () => {
        stalling -= 1;
      });
    });
  server.listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, asked, isStalling: () => stalling > 0 };
}

const NONE: Partial<Relay> = { security: 'none' };

describe('a web server', () => {
  it.each([
    {
      what: 'as on port 25',
      secure: false,
      client: NONE,
      waiting: 'connection',
      kind: 'sign-in-page',
      advice: /sign-in page of this network/,
    },
    {
      what: 'as on port 587',
      secure: false,
      client: STARTTLS,
      waiting: 'connection',
      kind: 'sign-in-page',
      advice: /sign-in page of this network/,
    },
    { what: 'as on port 465', secure: false, client: IMPLICIT, waiting: null, kind: 'tls', advice: /starttls/ },
    {
      what: 'with TLS as on port 25',
      secure: true,
      client: NONE,
      waiting: 'connection',
      kind: 'timed-out',
      advice: /"tls"/,
    },
    {
      what: 'with TLS as on port 587',
      secure: true,
      client: STARTTLS,
      waiting: 'connection',
      kind: 'timed-out',
      advice: /"tls"/,
    },
    {
      what: 'with TLS as on port 465',
      secure: true,
      client: IMPLICIT,
      waiting: 'secureConnection',
      kind: 'sign-in-page',
      advice: /sign-in page of this network/,
    },
  ] as const)('$what gets no message, and costs none', async ({ secure, client, waiting, kind, advice }) => {
    const web = await startWebServer(secure, waiting);
    const laptop = createHostileLaptop();
    laptop.aim(web.port, client);
    laptop.queue();

    const { problem } = await outlast(web, () => laptop.run());

    const [job] = laptop.jobs();
    expect(problem).toMatchObject({ kind, remedy: expect.stringMatching(advice) });
    expect(laptop.told(problem)[0]?.reason).toBe(problem?.message);
    expect([job?.control?.attempts, job?.uncertain]).toEqual([0, undefined]);
    // Whether it is one is asked over a connection of its own, and nothing else.
    expect(web.asked.filter((request) => request !== 'GET /')).toEqual([]);

    const decent = await startDecentRelay(client);
    laptop.aim(decent.port, client);
    await laptop.run();

    expect(
      copies(decent.kept)
        .map(({ to }) => to)
        .sort(),
    ).toEqual([ANN, BOB]);
  });
});
