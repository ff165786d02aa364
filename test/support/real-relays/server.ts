/**
 * What all real servers of the tests are made to offer alike: doors (ports) of each security with and without AUTH
 * and with certificates that must not be trusted, users, people who get mail, one address that is put off, a limit of
 * size. A server file describes how its server is told so; real-relay.ts starts it.
 */
import type { WorldOptions } from './world.js';

export type CertificateKind = 'good' | 'stranger' | 'wrongName';

/** What a listening port is like. AUTH, where it is offered, is demanded. */
export interface Door {
  readonly security: 'none' | 'starttls' | 'tls';
  readonly auth: boolean;
  readonly certificate: CertificateKind;
}

export interface OpenDoor extends Door {
  readonly port: number;
}

export const SECURITIES = ['none', 'starttls', 'tls'] as const;

export const DOORS: readonly Door[] = [
  ...SECURITIES.flatMap((security) => [false, true].map((auth) => ({ security, auth, certificate: 'good' as const }))),
  ...(['stranger', 'wrongName'] as const).flatMap((certificate) =>
    (['starttls', 'tls'] as const).map((security) => ({ security, auth: true, certificate })),
  ),
];

export const USER = 'me';
/** With a blank and beyond ASCII, as people have them. */
export const PASSWORD = 'Tr0ub4d\u00f6r and \u20ac3';

/** They have mailboxes in the domain; the first is also who sends. */
export const PEOPLE = ['me', 'ann', 'bob', 'cid'] as const;
export type Person = (typeof PEOPLE)[number];
export const DOMAIN = 'example.org';

/** Answered with GREY_REPLY, or as near as the server can. */
export const GREY = 'grey';
export const GREY_TEXT = 'greylisted, come back later';

export const SIZE_LIMIT = 1_000_000;

/** Maildirs of people in the world, /srv/mail/ann/new and so on, of this user. */
export const MAIL = '/srv/mail';
export const MAIL_USER = { vmail: 949 } as const;

/** What a killed server left half-written goes: in a new world process numbers, and so names of files, come again. */
export const MAKE_MAILDIRS = `for person in ${PEOPLE.join(' ')}; do mkdir -p ${MAIL}/$person/{tmp,new,cur}; done
rm -f ${MAIL}/*/tmp/*
chown -R vmail:vmail ${MAIL}`;

/** For servers that do not tell when they listen: each port is tried until it takes a connection, 10 ms between tries. */
export function sayWhenListening(doors: readonly OpenDoor[]): string {
  return `for port in ${doors.map(({ port }) => port).join(' ')}; do
  until (exec 4<>/dev/tcp/127.0.0.1/$port) 2>/dev/null; do read -r -t 0.01 _ <>/run/listens || true; done
done
echo all listen`;
}

export const ALL_LISTEN = /^all listen$/;

/** Of a certificate in the world, `.pem` and `.key`. */
export const certificateFile = (kind: CertificateKind): string => `/etc/outtray/${kind}`;

/** The same server with one of its files changed. */
export function withChanges(
  server: RealServer,
  name: string,
  file: string,
  change: (content: string) => string,
): RealServer {
  return {
    ...server,
    name: `${server.name} ${name}`,
    describe(doors) {
      const { files, ...rest } = server.describe(doors);
      return { ...rest, files: { ...files, [file]: change(files[file] ?? '') } };
    },
  };
}

export interface RealServer {
  readonly name: string;
  /** One line that says why it cannot be run here; null when it can. */
  readonly missing: string | null;
  /** false: a door that this server cannot have. */
  offers(door: Door): boolean;
  describe(doors: readonly OpenDoor[]): WorldOptions;
  /** Lines of its log: one for each message it takes, and one for each sign-in that fails. */
  readonly taken: RegExp;
  readonly failedSignIn: RegExp;
}
