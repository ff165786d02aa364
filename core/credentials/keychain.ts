/**
 * The keychain of the system (Keychain, Credential Manager, Secret Service), through a helper
 * process that is started for one request and killed at a deadline: the native library may
 * wait for a prompt without end, or crash, and must not take the agent along. The request goes
 * to its stdin and the reply comes from its stdout, one line of JSON each; no secret is ever in
 * an argument or the environment. The environment is ours, since the helper needs the session bus.
 *
 * "Nothing found" also comes from a locked keychain, so the first password brings a mark with
 * it. No password but the mark: nothing is stored. No mark either: the lock is asked for.
 */
import { isRecord, runHelper } from './helper-process.js';
import { keyringState } from './keyring-state.js';

export type KeychainErrorKind = 'absent' | 'locked' | 'timeout' | 'failed';

export class KeychainError extends Error {
  override readonly name = 'KeychainError';
  readonly kind: KeychainErrorKind;
  /** A sentence: what the person can do. */
  readonly remedy: string;

  constructor(kind: KeychainErrorKind, detail = '') {
    super(MESSAGES[kind] + (detail === '' ? '' : ` (${detail})`));
    this.kind = kind;
    this.remedy = REMEDIES[kind];
  }
}

const MESSAGES: Readonly<Record<KeychainErrorKind, string>> = {
  absent: 'There is no keychain to keep passwords in',
  locked: 'The keychain is locked',
  timeout: 'The keychain did not answer; it may be waiting for you to unlock it',
  failed: 'The keychain could not be used',
};

const REMEDIES: Readonly<Record<KeychainErrorKind, string>> = {
  absent:
    'Start a keyring for your session (GNOME Keyring, KWallet), or let the relay use "passwordCommand" in the settings.',
  locked: 'Unlock it, for example by signing in to the desktop; mail leaves by itself then.',
  timeout: 'Look for a window that asks for the password of the keychain.',
  failed: 'Run outtray doctor, or let the relay use "passwordCommand" in the settings.',
};

export interface Keychain {
  /** null: nothing stored under this name. Rejects with KeychainError. */
  getPassword(account: string): Promise<string | null>;
  setPassword(account: string, password: string): Promise<void>;
  /** False when there was none. */
  deletePassword(account: string): Promise<boolean>;
}

export interface KeychainOptions {
  /** The helper's program and arguments; nothing is added to them. */
  readonly command: readonly string[];
  readonly timeoutMs?: number;
  /** For storing, where the system may ask the person first. */
  readonly promptTimeoutMs?: number;
  readonly env?: NodeJS.ProcessEnv;
}

export function createKeychain(options: KeychainOptions): Keychain {
  const { command, timeoutMs = 5000, promptTimeoutMs = 120_000, env = process.env } = options;
  const ask = async (request: HelperRequest, limitMs: number): Promise<Record<string, unknown>> => {
    const ended = await runHelper(command, JSON.stringify(request), { timeoutMs: limitMs, env });
    if (ended.kind === 'timeout') throw new KeychainError('timeout');
    if (ended.kind === 'failed') throw new KeychainError('failed', ended.why);
    if (ended.reply['ok'] === true) return ended.reply;
    throw classify(String(ended.reply['error'] ?? 'no reason given'));
  };
  return {
    async getPassword(account) {
      const reply = await ask({ op: 'get', account }, timeoutMs);
      if (typeof reply['password'] === 'string') return reply['password'];
      if (reply['mark'] === true || process.platform !== 'linux') return null;
      const state = await keyringState(env, timeoutMs);
      if (state === 'unlocked') return null;
      if (state === 'unknown') throw new KeychainError('locked', 'or no password was ever stored in it');
      throw new KeychainError(state);
    },
    async setPassword(account, password) {
      await ask({ op: 'set', account, password }, promptTimeoutMs);
    },
    async deletePassword(account) {
      return (await ask({ op: 'delete', account }, promptTimeoutMs))['deleted'] === true;
    },
  };
}

/** What the helper is asked; it answers `{ok: true, ...}` or `{ok: false, error}`. */
export type HelperRequest =
  | { readonly op: 'get' | 'delete'; readonly account: string }
  | { readonly op: 'set'; readonly account: string; readonly password: string };

export function parseHelperRequest(line: string): HelperRequest {
  const value: unknown = JSON.parse(line);
  if (isRecord(value) && typeof value['account'] === 'string') {
    const { op, account, password } = value;
    if (op === 'get' || op === 'delete') return { op, account };
    if (op === 'set' && typeof password === 'string') return { op, account, password };
  }
  throw new Error('not a request');
}

/** The words of libsecret, GLib and the loader; other systems' errors stay as they are. */
function classify(error: string): KeychainError {
  if (/locked collection|IsLocked|prompt was dismissed|user interaction is not allowed/i.test(error)) {
    return new KeychainError('locked');
  }
  if (
    /autolaunch D-Bus|Could not connect|not provided by any|ServiceUnknown|Failed to load keytar|libsecret|Object does not exist at path|No such (?:object|interface)|Failed to execute child process|name is not activatable/i.test(
      error,
    )
  ) {
    return new KeychainError('absent', error);
  }
  return new KeychainError('failed', error);
}
