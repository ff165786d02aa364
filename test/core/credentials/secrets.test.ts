import { describe, expect, it } from 'vitest';
import { type Keychain, KeychainError } from '../../../core/credentials/keychain.js';
import { PasswordCommandError, runPasswordCommand } from '../../../core/credentials/password-command.js';
import { createSecrets, SecretError, secretAccount } from '../../../core/credentials/secrets.js';

const RELAY = { name: 'home', auth: { method: 'password', user: 'me@example.org' } } as const;
const NODE = process.execPath;

function keychainOf(entries: Readonly<Record<string, string>>): Keychain {
  return {
    getPassword: (account) => Promise.resolve(entries[account] ?? null),
    setPassword: () => Promise.reject(new Error('nobody stores here')),
    deletePassword: () => Promise.resolve(false),
  };
}

const untouched: Keychain = {
  ...keychainOf({}),
  getPassword: () => Promise.reject(new Error('the keychain was asked')),
};

describe('createSecrets', () => {
  it('finds the password under the names of relay and user', async () => {
    const { getSecret } = createSecrets({ keychain: keychainOf({ 'home me@example.org': 'secret' }) });

    expect(secretAccount(RELAY)).toBe('home me@example.org');
    expect(await getSecret(RELAY)).toBe('secret');
  });

  it('says how to store a password that is missing', async () => {
    const { getSecret } = createSecrets({ keychain: keychainOf({}) });

    await expect(getSecret(RELAY)).rejects.toMatchObject({
      kind: 'password-missing',
      remedy: 'Store it with: outtray relay password home',
    });
  });

  it.each([
    ['locked', 'keychain-locked'],
    ['timeout', 'keychain-locked'],
    ['absent', 'keychain-absent'],
    ['failed', 'keychain-absent'],
  ] as const)('passes on that the keychain is %s', async (kind, expected) => {
    const keychain = { ...keychainOf({}), getPassword: () => Promise.reject(new KeychainError(kind)) };

    const { getSecret } = createSecrets({ keychain });

    await expect(getSecret(RELAY)).rejects.toMatchObject({ kind: expected, remedy: expect.stringMatching(/\w/) });
    await expect(getSecret(RELAY)).rejects.toBeInstanceOf(SecretError);
  });

  it('asks the command instead of the keychain where one is set', async () => {
    const { getSecret } = createSecrets({ keychain: untouched });

    expect(await getSecret({ ...RELAY, passwordCommand: [NODE, '-e', 'console.log("from command")'] })).toBe(
      'from command',
    );
  });

  it('tells of a command that fails, and never falls back to the keychain', async () => {
    const { getSecret } = createSecrets({ keychain: untouched });

    await expect(getSecret({ ...RELAY, passwordCommand: ['/nonexistent/pass'] })).rejects.toMatchObject({
      kind: 'password-command',
      message: 'The password command "/nonexistent/pass" was not found.',
    });
  });
});

describe('runPasswordCommand', () => {
  const run = (source: string, timeoutMs?: number): Promise<string> =>
    runPasswordCommand([NODE, '-e', source], timeoutMs);

  it('takes the first line, blanks and all', async () => {
    expect(await run('process.stdout.write(" pass word \\nuser: me\\n")')).toBe(' pass word ');
  });

  it('passes arguments as they are: there is no shell', async () => {
    const command = [NODE, '-e', 'console.log(process.argv[1])', '$HOME; `id` *'];

    expect(await runPasswordCommand(command)).toBe('$HOME; `id` *');
  });

  it.each([
    [
      'its exit status and last words',
      'console.error("first"); console.error("no such entry"); process.exit(2)',
      /exit status 2: no such entry$/,
    ],
    ['the signal that ended it', 'process.kill(process.pid, "SIGTERM")', /SIGTERM/],
    ['that it printed nothing', 'console.log("")', /printed nothing/],
  ])('tells %s', async (_what, source, words) => {
    const failure = run(source);

    await expect(failure).rejects.toThrow(PasswordCommandError);
    await expect(failure).rejects.toThrow(words);
  });

  it('never shows what the command printed', async () => {
    await expect(run('console.log("secret"); process.exit(1)')).rejects.not.toThrow(/secret/);
  });

  it('does not wait for it beyond the deadline', async () => {
    await expect(run('setInterval(() => {}, 1000)', 200)).rejects.toThrow(/did not end/);
  });
});
