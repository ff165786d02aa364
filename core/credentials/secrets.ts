/**
 * Where the secret of a relay comes from: the command that its settings name, else the keychain.
 * Never a file, the environment or an argument. Nothing is cached here: a secret lives from the
 * question to the sign-in. For OAuth 2 the secret is an access token that the command prints
 * fresh each time, or one that was stored.
 */
import { type Keychain, KeychainError } from './keychain.js';
import { PasswordCommandError, runPasswordCommand } from './password-command.js';

/** The part of a relay's settings that matters here. */
export interface SecretOwner {
  readonly name: string;
  readonly auth: { readonly method: 'password' | 'oauth2' | 'none'; readonly user?: string | undefined };
  readonly passwordCommand?: readonly string[] | undefined;
}

export type SecretErrorKind = 'password-missing' | 'keychain-locked' | 'keychain-absent' | 'password-command';

/** Message and remedy are sentences for people. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
  readonly kind: SecretErrorKind;
  readonly remedy: string;

  constructor(kind: SecretErrorKind, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.remedy = remedy;
  }
}

/** Name of a relay's entry in the keychain: `home me@example.org`. */
export function secretAccount(owner: SecretOwner): string {
  return `${owner.name} ${owner.auth.user ?? ''}`.trim();
}

export interface Secrets {
  /** Rejects with SecretError. */
  getSecret(owner: SecretOwner): Promise<string>;
}

export function createSecrets({ keychain }: { readonly keychain: Keychain }): Secrets {
  return {
    getSecret: (owner) =>
      owner.passwordCommand === undefined ? fromKeychain(keychain, owner) : fromCommand(owner, owner.passwordCommand),
  };
}

/** For settings that a flag names: who can choose our flags gets no password, and no command run, by it. */
export function lockedSecrets(settingsFile: string): Secrets {
  return {
    getSecret: ({ name }) =>
      Promise.reject(
        new SecretError(
          'password-missing',
          `Settings named by -C (${settingsFile}) unlock no password and run no password command.`,
          `Describe relay ${name} in your own settings, or keep the others under a directory of their own and set OUTTRAY_HOME.`,
        ),
      ),
  };
}

async function fromCommand(owner: SecretOwner, command: readonly string[]): Promise<string> {
  try {
    return await runPasswordCommand(command);
  } catch (error) {
    if (!(error instanceof PasswordCommandError)) throw error;
    const remedy = `Try the command in a terminal, or correct "passwordCommand" of relay ${owner.name} in the settings.`;
    throw new SecretError('password-command', `${error.message}.`, remedy, { cause: error });
  }
}

async function fromKeychain(keychain: Keychain, owner: SecretOwner): Promise<string> {
  let secret: string | null;
  try {
    secret = await keychain.getPassword(secretAccount(owner));
  } catch (error) {
    if (!(error instanceof KeychainError)) throw error;
    throw new SecretError(KINDS[error.kind], `${error.message}.`, error.remedy, { cause: error });
  }
  if (secret !== null && secret !== '') return secret;
  const what = owner.auth.method === 'oauth2' ? 'access token' : 'password';
  throw new SecretError(
    'password-missing',
    `No ${what} is stored for relay ${owner.name} (${owner.auth.user ?? 'no user'}).`,
    `Store it with: outtray relay password ${owner.name}`,
  );
}

const KINDS: Readonly<Record<KeychainError['kind'], SecretErrorKind>> = {
  absent: 'keychain-absent',
  locked: 'keychain-locked',
  timeout: 'keychain-locked',
  failed: 'keychain-absent',
};
