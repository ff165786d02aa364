/**
 * The same tests with each real server. One runs for all tests of a describe, so each test marks its mail with a word
 * of its own.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import type { QueueEntry } from '../../../core/queue/entry.js';
import { unless } from '../home-shell.js';
import { createHome, type Finished, type OuttrayHome } from '../outtray-home.js';
import { exim } from './exim.js';
import { opensmtpd } from './opensmtpd.js';
import { postfix } from './postfix.js';
import { type RealRelay, startRealRelay } from './real-relay.js';
import { sendmail } from './sendmail.js';
import { DOMAIN, type Door, type RealServer } from './server.js';

const SERVERS: readonly RealServer[] = [postfix, exim, sendmail, opensmtpd];

const BEST_DOOR: Door = { security: 'starttls', auth: true, certificate: 'good' };

export interface Running {
  readonly server: RealServer;
  /** Once tests run. */
  relay(): RealRelay;
  /** The best door it has to mail that may be taken. */
  readonly door: Door;
}

/** `where`: not with a server that lacks what these tests are about. */
export function withEachServer(
  what: string,
  tests: (running: Running) => void,
  where: (server: RealServer) => boolean = () => true,
): void {
  for (const server of SERVERS.filter(where)) withServer(server, what, tests);
}

export function withServer(server: RealServer, what: string, tests: (running: Running) => void): void {
  const { missing } = server;
  describe.skipIf(missing !== null)(`${server.name}, ${what}${unless(missing)}`, () => {
    let relay: RealRelay | null = null;
    beforeAll(async () => {
      relay = await startRealRelay(server);
    });
    afterEach(({ task }) => {
      if (task.result?.state === 'fail') console.error(`${server.name} said:\n${relay?.log.slice(-40).join('\n')}`);
    });
    afterAll(() => relay?.end());
    tests({
      server,
      relay() {
        if (relay === null) throw new Error('not started');
        return relay;
      },
      door: server.offers(BEST_DOOR) ? BEST_DOOR : { security: 'none', auth: false, certificate: 'good' },
    });
  });
}

export function hasSignIn({ offers }: RealServer): boolean {
  return offers(BEST_DOOR);
}

export function settingsWith(relay: object): object {
  return { hostname: 'laptop.example.org', relays: { home: relay }, defaultRelay: 'home' };
}

export function homeWith(relay: object): OuttrayHome {
  return createHome(settingsWith(relay));
}

/** A word that no other mail has. */
export function newMark(): string {
  return `mark-${randomUUID()}`;
}

export const at = (name: string): string => `${name}@${DOMAIN}`;

/** From me unless options say else; one character a byte. */
export async function submit(
  home: OuttrayHome,
  people: readonly string[],
  message: string,
  options: readonly string[] = ['-f', at('me')],
): Promise<void> {
  const args = ['-i', ...options, ...people.map(at)];
  const { status, stdout, stderr } = await home.run('sendmail', args, Buffer.from(message, 'latin1'));
  expect(status, stdout + stderr).toBe(0);
}

export function flush(home: OuttrayHome): Promise<Finished> {
  return home.run('sendmail', ['-Ac', '-q', '-v']);
}

export async function entries(home: OuttrayHome): Promise<QueueEntry[]> {
  return JSON.parse((await home.run('outtray', ['queue', 'list', '--json'])).stdout) as QueueEntry[];
}

/** What comes after the empty line. */
export function bodyOf(text: string): string {
  return text.slice(text.indexOf('\n\n') + 2);
}
