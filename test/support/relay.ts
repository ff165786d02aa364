/**
 * A real SMTP server on a free port of this computer, as a relay for tests. It keeps what it
 * takes, answers chosen addresses with chosen replies, can stall a message at a named place, and
 * can be closed and opened again on the same port. It ends with the test that started it.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { onTestFinished } from 'vitest';
import type { Relay } from '../../core/delivery/relay.js';
import type { ServerCertificate } from './certificates.js';

/** `450` or `450 4.2.1 Mailbox busy` split in two. */
export type ReplyChoice = number | { readonly code: number; readonly text: string };

export interface RelayOptions {
  readonly security?: 'none' | 'starttls' | 'tls';
  readonly certificate?: ServerCertificate;
  /** User names and their passwords; with it a sign-in is demanded. */
  readonly auth?: Readonly<Record<string, string>>;
  /** Access tokens by user, for XOAUTH2. */
  readonly tokens?: Readonly<Record<string, string>>;
  /** By recipient or sender address; for a message: by the key `DATA`. */
  readonly replyTo?: Readonly<Record<string, ReplyChoice>>;
  /** SIZE in EHLO. */
  readonly size?: number;
  /** Do not offer these extensions. */
  readonly without?: readonly ('PIPELINING' | '8BITMIME' | 'SMTPUTF8' | 'DSN' | 'SIZE' | 'REQUIRETLS')[];
  readonly maxTlsVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2';
  /** As OpenSSL takes them; by themselves they go with TLS 1.2 at most. */
  readonly ciphers?: string;
  /** Awaited before the reply: return a promise that never settles to stall there. */
  readonly onMail?: () => Promise<void> | void;
  readonly onMessage?: () => Promise<void> | void;
}

export interface ReceivedMail {
  readonly from: string;
  readonly rcptTo: readonly string[];
  readonly raw: Buffer;
  /** Envelope as the server saw it: DSN parameters, body type. */
  readonly envelope: SMTPServerSession['envelope'];
  readonly user: string | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface TestRelay {
  readonly host: string;
  readonly port: number;
  readonly received: readonly ReceivedMail[];
  /** Connections accepted so far. */
  readonly connections: () => number;
  /** Resolves with all received once there are n of them. */
  waitForMessages(n: number): Promise<readonly ReceivedMail[]>;
  close(): Promise<void>;
  /** The same port again; the replies may change. */
  listenAgain(changes?: Pick<RelayOptions, 'replyTo' | 'onMail' | 'onMessage'>): Promise<void>;
  /** The relay as the settings would describe it. */
  settings(changes?: Partial<Relay>): Relay;
}

export async function startRelay(options: RelayOptions = {}): Promise<TestRelay> {
  let current = options;
  const received: ReceivedMail[] = [];
  const waiting = new Set<{ count: number; resolve: () => void }>();
  let connections = 0;
  const keep = (mail: ReceivedMail): void => {
    received.push(mail);
    for (const waiter of waiting) if (received.length >= waiter.count) waiter.resolve();
  };

  const listen = async (port: number): Promise<SMTPServer> => {
    const server = createServer(
      () => current,
      keep,
      () => {
        connections += 1;
      },
    );
    server.on('error', () => {});
    server.listen(port, '127.0.0.1');
    await once(server.server, 'listening');
    return server;
  };
  const stop = (server: SMTPServer): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

  let server: SMTPServer | null = await listen(0);
  const { port } = server.server.address() as AddressInfo;
  const relay: TestRelay = {
    host: 'localhost',
    port,
    received,
    connections: () => connections,
    async waitForMessages(count) {
      if (received.length < count) {
        await new Promise<void>((resolve) => waiting.add({ count, resolve }));
      }
      return received;
    },
    async close() {
      const closing = server;
      server = null;
      if (closing !== null) await stop(closing);
    },
    async listenAgain(changes = {}) {
      current = { ...current, ...changes };
      server = await listen(port);
    },
    settings: (changes) => relaySettings(port, { security: options.security ?? 'none', ...changes }),
  };
  onTestFinished(() => relay.close());
  return relay;
}

/** A relay on this computer in the form of the settings. */
export function relaySettings(port: number, changes: Partial<Relay> = {}): Relay {
  return {
    name: 'home',
    host: 'localhost',
    port,
    security: 'none',
    allowPlaintext: false,
    auth: { method: 'none' },
    tls: { caFile: null, pin: null, minVersion: 'TLSv1.2' },
    from: [],
    concurrency: 4,
    pace: { perMinute: 0, perConnection: 0 },
    ...changes,
  };
}

function createServer(
  current: () => RelayOptions,
  keep: (mail: ReceivedMail) => void,
  onConnection: () => void,
): SMTPServer {
  const { security = 'none', certificate, auth, tokens, size, without = [], maxTlsVersion, ciphers } = current();
  const signIn = auth !== undefined || tokens !== undefined;
  const answer = (key: string): Error | null => replyError(current().replyTo?.[key]);
  return new SMTPServer({
    name: 'relay.example.net',
    banner: 'test relay',
    secure: security === 'tls',
    ...(certificate !== undefined && { key: certificate.key, cert: certificate.cert }),
    ...(maxTlsVersion !== undefined && {
      minVersion: 'TLSv1',
      maxVersion: maxTlsVersion,
      ciphers: 'DEFAULT:@SECLEVEL=0',
    }),
    ...(ciphers !== undefined && { ciphers, maxVersion: 'TLSv1.2' }),
    disabledCommands: [...(security === 'starttls' ? [] : ['STARTTLS']), ...(signIn ? [] : ['AUTH'])],
    authOptional: !signIn,
    allowInsecureAuth: true,
    authMethods: [...(auth === undefined ? [] : ['PLAIN', 'LOGIN']), ...(tokens === undefined ? [] : ['XOAUTH2'])],
    ...(size !== undefined && { size }),
    hideSize: without.includes('SIZE'),
    hidePIPELINING: without.includes('PIPELINING'),
    hide8BITMIME: without.includes('8BITMIME'),
    hideSMTPUTF8: without.includes('SMTPUTF8'),
    hideDSN: without.includes('DSN'),
    hideREQUIRETLS: without.includes('REQUIRETLS'),
    closeTimeout: 200,
    onConnect(_session, done) {
      onConnection();
      done();
    },
    onAuth(login, _session, done) {
      const { username = '', password, accessToken } = login;
      const expected = login.method === 'XOAUTH2' ? tokens?.[username] : auth?.[username];
      if (expected !== undefined && expected === (accessToken ?? password)) return done(null, { user: username });
      return done(Object.assign(new Error('5.7.8 Authentication credentials invalid'), { responseCode: 535 }));
    },
    onMailFrom(address, _session, done) {
      void Promise.resolve(current().onMail?.()).then(() => done(answer(address.address)));
    },
    onRcptTo(address, _session, done) {
      done(answer(address.address));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const refusal = answer('DATA');
        void Promise.resolve(current().onMessage?.()).then(() => {
          if (refusal !== null) return done(refusal);
          const { mailFrom, rcptTo } = session.envelope;
          keep({
            from: mailFrom === false ? '' : mailFrom.address,
            rcptTo: rcptTo.map(({ address }) => address),
            raw: Buffer.concat(chunks),
            envelope: session.envelope,
            user: session.user,
            at: Date.now(),
          });
          return done(null, 'Taken');
        });
      });
    },
  });
}

function replyError(choice: ReplyChoice | undefined): Error | null {
  if (choice === undefined) return null;
  const { code, text } = typeof choice === 'number' ? { code: choice, text: 'As the test asked' } : choice;
  return Object.assign(new Error(text), { responseCode: code });
}
