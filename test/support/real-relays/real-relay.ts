/**
 * A real server (server.ts) started on free ports of 127.0.0.1: what it took, whom it refused, the mail it put into
 * Maildirs, byte for byte; it can be killed and started again on the same ports with its queue.
 */
import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { certificates } from '../certificates.js';
import { untilFiles } from '../outtray-home.js';
import {
  type CertificateKind,
  certificateFile,
  DOORS,
  type Door,
  MAIL,
  type OpenDoor,
  PASSWORD,
  type Person,
  type RealServer,
  USER,
} from './server.js';
import { createWorld } from './world.js';

export interface RealRelay {
  /** As "relays" of the settings has it, its password right and its certificate's authority known. */
  settings(door: Partial<Door>, changes?: object): Readonly<Record<string, unknown>>;
  /** How many lines of the log since the start were such. */
  count(pattern: RegExp): number;
  /** The same once there are so many, or more: its log comes some time after what it tells of. */
  countFrom(pattern: RegExp, atLeast: number): Promise<number>;
  readonly log: readonly string[];
  /** Mail of this person with this in it once there is so much of it, or what is wanted; one character a byte. */
  mailOf(person: Person, mark: string, wanted?: number | ((mail: readonly string[]) => boolean)): Promise<string[]>;
  kill(): Promise<void>;
  startAgain(): Promise<void>;
  end(): Promise<void>;
}

export async function startRealRelay(server: RealServer): Promise<RealRelay> {
  const ports = await findFreePorts(DOORS.length);
  const doors: OpenDoor[] = DOORS.filter((door) => server.offers(door)).map((door, index) => ({
    ...door,
    port: ports[index] ?? 0,
  }));
  const described = server.describe(doors);
  const world = createWorld({ ...described, files: { ...certificateFiles(), ...described.files } });
  try {
    await world.start();
  } catch (error) {
    await world.remove();
    throw error;
  }
  const count = (pattern: RegExp): number => world.log.filter((line) => pattern.test(line)).length;
  const mailOf = (person: Person): string[] => {
    const directory = path.join(world.kept, path.relative('/srv', MAIL), person, 'new');
    return fs.readdirSync(directory).map((name) => fs.readFileSync(path.join(directory, name), 'latin1'));
  };
  return {
    settings: ({ security = 'starttls', auth = true, certificate = 'good' }, changes = {}) => {
      const door = doors.find(
        (one) => one.security === security && one.auth === auth && one.certificate === certificate,
      );
      if (door === undefined) throw new Error(`no door with ${security}, ${auth}, ${certificate}`);
      return {
        host: 'localhost',
        port: door.port,
        security,
        tls: { caFile: certificates().caFile },
        ...(auth ? { auth: { method: 'password', user: USER }, passwordCommand: ['echo', PASSWORD] } : {}),
        ...changes,
      };
    },
    count,
    async countFrom(pattern, atLeast) {
      await new Promise<void>((resolve) => {
        const stop = world.onLine(() => look());
        const look = (): void => {
          if (count(pattern) < atLeast) return;
          stop();
          resolve();
        };
        look();
      });
      return count(pattern);
    },
    async mailOf(person, mark, wanted = 1) {
      const marked = (): string[] => mailOf(person).filter((text) => text.includes(mark));
      const directory = path.join(world.kept, path.relative('/srv', MAIL), person, 'new');
      const isThere = typeof wanted === 'number' ? (mail: readonly string[]) => mail.length >= wanted : wanted;
      await untilFiles(directory, () => isThere(marked()));
      return marked();
    },
    kill: world.kill,
    startAgain: world.start,
    log: world.log,
    end: world.remove,
  };
}

function certificateFiles(): Record<string, string> {
  const made = certificates();
  const kinds: readonly CertificateKind[] = ['good', 'stranger', 'wrongName'];
  return Object.fromEntries(
    kinds.flatMap((kind) => [
      [`${certificateFile(kind)}.pem`, made[kind].cert],
      [`${certificateFile(kind)}.key`, made[kind].key],
    ]),
  );
}

/** All taken at once, so that none is named twice. */
async function findFreePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = net.createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
