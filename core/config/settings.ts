/**
 * The settings, in one schema: types, defaults, the JSON Schema for editors and the errors a
 * person sees all come from here. Everything is optional; the defaults are safe. Durations are
 * written `90s`, `10m`, `4h`, `5d`, sizes `500kB`, `50MB`; after parsing they are
 * milliseconds and bytes.
 */
import net from 'node:net';
import { z } from 'zod';
import { isLoopback, listeningAddresses } from '../system/loopback.js';
import { holdsCredentials, parseProxy } from '../system/proxy-address.js';
import { parseDuration, parseSize } from './units.js';

const duration = (fallback: string, words = 'a duration such as "90s", "10m", "4h" or "5d"') =>
  z
    .string(words)
    .refine((text) => parseDuration(text) !== null, words)
    .default(fallback)
    .transform((text) => parseDuration(text) ?? 0);

const size = (fallback: string, words = 'a size such as "500kB" or "50MB"') =>
  z
    .string(words)
    .refine((text) => parseSize(text) !== null, words)
    .default(fallback)
    .transform((text) => parseSize(text) ?? 0);

const domain = z.string().regex(/^[^\s@<>()",;:\0-\x1f\x7f]+$/, 'a domain such as "example.org", without "@"');

const senderKey = z
  .string()
  .regex(/^[^\s<>()",;\0-\x1f\x7f]+$/, 'an address, a user or "@" and a host, such as "root@laptop.example.org"');

const senderAddress = z
  .string()
  .regex(/^[^\s<>()",;@\0-\x1f\x7f]+(?:@[^\s<>()",;@\0-\x1f\x7f]+)?$/, 'a bare address such as "me@example.org"');

const auth = z.strictObject({
  method: z.enum(['password', 'oauth2', 'none']),
  user: z.string().min(1).optional(),
});

const proxy = z
  .string()
  .refine((text) => parseProxy(text) !== null || holdsCredentials(text), '"socks5://host:port" or "http://host:port"')
  .refine((text) => !holdsCredentials(text), {
    error:
      '"socks5://host:port" or "http://host:port" without a user and a password: this file holds no secrets, so use a proxy that asks this computer for none',
  });

const tls = z
  .strictObject({
    caFile: z.string().min(1).nullable().default(null),
    certFile: z.string().min(1).nullable().default(null),
    keyFile: z.string().min(1).nullable().default(null),
    pin: z
      .string()
      .regex(/^[0-9A-Fa-f:]{64,95}$/, 'the SHA-256 of the certificate in hex')
      .nullable()
      .default(null),
    minVersion: z.enum(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']).default('TLSv1.2'),
    // Which names there are differs from one TLS library to the next, so the connection tells (tls-policy.ts).
    ciphers: z
      .string()
      .regex(/^[A-Za-z0-9@=+!:, _-]+$/, 'a list of ciphers as OpenSSL takes it, such as "DEFAULT:@SECLEVEL=0"')
      .nullable()
      .default(null),
  })
  .refine((value) => value.certFile === null || value.keyFile !== null, {
    path: ['keyFile'],
    message: 'the file with the key of "certFile"',
  })
  .refine((value) => value.keyFile === null || value.certFile !== null, {
    path: ['certFile'],
    message: 'the file with the certificate of "keyFile"',
  });

const relay = z
  .strictObject({
    host: z.string().min(1),
    port: z.int().min(1).max(65_535),
    security: z.enum(['tls', 'starttls', 'none']),
    allowPlaintext: z.boolean().default(false),
    auth: auth.default({ method: 'none' }),
    passwordCommand: z.array(z.string()).min(1).optional(),
    localAddress: z
      .string()
      .refine((address) => net.isIP(address) !== 0, 'an IPv4 or IPv6 address of this computer, such as "10.8.0.2"')
      .nullable()
      .default(null),
    proxy: proxy.nullable().default(null),
    tls: tls.prefault({}),
    from: z.array(z.string().min(1)).default([]),
    concurrency: z.int().min(1).max(50).default(4),
    pace: z
      .strictObject({ perMinute: z.int().min(0).default(0), perConnection: z.int().min(0).default(0) })
      .prefault({}),
  })
  .refine((value) => value.security !== 'none' || value.allowPlaintext || isLoopback(value.host), {
    path: ['security'],
    message:
      '"tls" or "starttls": "none" is for this computer alone (or with "allowPlaintext": true, where the network itself is safe)',
  })
  .refine(
    (value) => value.security !== 'none' || value.allowPlaintext || value.proxy === null || !isLoopback(value.host),
    {
      path: ['security'],
      message:
        '"tls" or "starttls": behind a proxy no host is this computer (or "allowPlaintext": true, where the way there is safe)',
    },
  )
  .refine((value) => value.auth.method === 'none' || value.auth.user !== undefined, {
    path: ['auth', 'user'],
    message: 'the user name to sign in with',
  });

export const settingsSchema = z.strictObject({
  $schema: z.string().optional(),
  hostname: z.string().min(1).nullable().default(null),
  qualifyWith: domain.nullable().default(null),
  masqueradeAs: domain.nullable().default(null),
  masquerade: z
    .strictObject({
      envelope: z.boolean().default(true),
      recipients: z.boolean().default(false),
      domains: z.array(domain).default([]),
      entireDomains: z.boolean().default(false),
      limited: z.boolean().default(false),
      exceptions: z.array(domain).default([]),
      exposedUsers: z.array(z.string().min(1)).default([]),
    })
    .prefault({}),
  senders: z.record(senderKey, senderAddress).default({}),
  sendersDomains: z.array(domain).default([]),
  relays: z
    .record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'a name of letters, digits, dot, dash'), relay)
    .default({}),
  defaultRelay: z.string().nullable().default(null),
  delivery: z
    .strictObject({
      mode: z.enum(['deferred', 'interactive', 'background', 'queue']).default('deferred'),
      undoWindow: duration('0s'),
      whenUncertain: z.enum(['retry', 'hold']).default('retry'),
      onFailure: z.enum(['hold', 'bounce', 'both']).default('hold'),
      warnAfter: duration('4h'),
      giveUpAfter: duration('5d'),
      askWhenLate: duration('1d'),
      askAfter: duration('30d'),
    })
    .prefault({}),
  network: z
    .strictObject({
      metered: z.enum(['send', 'small', 'ask']).default('send'),
      probeTimeout: duration('10s'),
    })
    .prefault({}),
  notifications: z
    .strictObject({
      stuckAfter: duration('1h'),
      showAddresses: z.boolean().default(true),
    })
    .prefault({}),
  aliases: z
    .union([z.string().min(1), z.array(z.string().min(1))], 'a text or a list of texts')
    .nullable()
    .default(null)
    .transform((files) => (files === null ? [] : [files].flat())),
  aliasesInHeader: z.boolean().default(false),
  trustedUsers: z.array(z.string().min(1)).default([]),
  listener: z
    .strictObject({
      enabled: z.boolean().default(false),
      host: z
        .string()
        .refine(
          (host) => listeningAddresses(host) !== null,
          '"127.0.0.1", "::1" or "localhost": nothing else is listened on',
        )
        .default('127.0.0.1'),
      port: z.int().min(1).max(65_535).default(2525),
      auth: z.enum(['auto', 'required']).default('auto'),
    })
    .prefault({}),
  queue: z
    .strictObject({
      maxMessageBytes: size('50MB'),
      minFreeBytes: size('100MB'),
      maxRecipients: z.int().min(0).default(100_000),
    })
    .prefault({}),
  log: z
    .strictObject({
      maxBytes: size('10MB', 'a size such as "500kB" or "10MB", or "0": it may grow for ever'),
      keep: z.int().min(0).max(1000).default(4),
      system: z.boolean().default(false),
    })
    .prefault({}),
});

export type Settings = z.output<typeof settingsSchema>;

export const DEFAULT_SETTINGS: Settings = settingsSchema.parse({});
