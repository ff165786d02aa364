/**
 * Who may come in by the web door. An address carries a one-time token; the page exchanges it
 * for a session of two halves, and the socket asks for both: a cookie that scripts cannot read,
 * and a key that the page keeps in its tab. Cookies of 127.0.0.1 go to every port, so another
 * user's server on this machine could be shown the cookie; the key never leaves our origin.
 * Everything is kept as SHA-256 and dies with the door.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../system/clock.js';

const TOKEN_LIFETIME_MS = 120_000;
const MAX_OPEN_TOKENS = 16;
const MAX_SESSIONS = 64;

export interface Session {
  readonly cookie: string;
  readonly key: string;
}

export interface DoorKeys {
  createToken(): string;
  /** A token opens once; anything else gives null. */
  exchange(token: string): Session | null;
  admits(session: Session): boolean;
}

export function createDoorKeys(clock: Clock): DoorKeys {
  /** Digest of the token to the steady time it expires at, oldest first. */
  const tokens = new Map<string, number>();
  /** Digest of the cookie to the digest of its key, oldest first. */
  const sessions = new Map<string, string>();
  return {
    createToken() {
      const token = secret();
      tokens.set(digest(token), clock.steady() + TOKEN_LIFETIME_MS);
      dropOldest(tokens, MAX_OPEN_TOKENS);
      return token;
    },
    exchange(token) {
      const name = digest(token);
      const expiresAt = tokens.get(name);
      tokens.delete(name);
      if (expiresAt === undefined || clock.steady() >= expiresAt) return null;
      const session = { cookie: secret(), key: secret() };
      sessions.set(digest(session.cookie), digest(session.key));
      dropOldest(sessions, MAX_SESSIONS);
      return session;
    },
    admits: ({ cookie, key }) => sessions.get(digest(cookie)) === digest(key),
  };
}

/** 256 bits, in characters that a URL, a cookie and a WebSocket subprotocol all take. */
function secret(): string {
  return randomBytes(32).toString('base64url');
}

/** Comparing and looking up digests tells an attacker's clock nothing about the secret. */
function digest(value: string): string {
  return createHash('sha256').update(value).digest('base64');
}

function dropOldest(map: Map<string, unknown>, keep: number): void {
  for (const name of map.keys()) {
    if (map.size <= keep) return;
    map.delete(name);
  }
}
