/** `outtray relay`: settings.json changed by a command, and a relay tried step by step. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { missingForKeyring, startKeyring } from '../support/keyring.js';
import { createHome, type OuttrayHome } from '../support/outtray-home.js';
import { startRelay } from '../support/relay.js';

const settingsOf = (home: OuttrayHome): string => fs.readFileSync(path.join(home.directory, 'settings.json'), 'utf8');

describe('outtray relay add', () => {
  it('writes settings that only their owner reads, with the first relay for all mail', async () => {
    const home = createHome();

    const result = await home.run('outtray', ['relay', 'add', 'home', '--host', 'smtp.example.org', '--user', 'me']);

    expect(result.status).toBe(0);
    expect(result.stdout).toContain('outtray relay password home');
    expect(JSON.parse(settingsOf(home))).toEqual({
      relays: {
        home: { host: 'smtp.example.org', port: 465, security: 'tls', auth: { method: 'password', user: 'me' } },
      },
      defaultRelay: 'home',
    });
    expect(fs.statSync(path.join(home.directory, 'settings.json')).mode & 0o777).toBe(0o600);
  });

  it('keeps comments and serves only the senders it is given', async () => {
    const home = createHome('{\n  // my own words\n  "hostname": "laptop.example.org"\n}\n');

    await home.run('outtray', ['relay', 'add', 'work', '--host', 'h', '--port', '587', '--from', '*@example.org']);

    expect(settingsOf(home)).toContain('// my own words');
    expect(settingsOf(home)).toContain('"security": "starttls"');
    expect(settingsOf(home)).not.toContain('defaultRelay');
  });

  it.each([
    { args: ['home'], says: '--host is missing' },
    { args: ['home', '--host', 'h', '--port', '70000'], says: 'not a number between 1 and 65535' },
    { args: ['home', '--host', 'h', '--security', 'ssl'], says: 'choose one of tls, starttls, none' },
    { args: [], says: 'NAME is missing' },
  ])('refuses $args', async ({ args, says }) => {
    const home = createHome();

    const result = await home.run('outtray', ['relay', 'add', ...args]);

    expect(result.status).toBe(64);
    expect(result.stderr).toContain(says);
    expect(fs.existsSync(path.join(home.directory, 'settings.json'))).toBe(false);
  });

  it('does not replace a relay', async () => {
    const home = createHome({ relays: { home: { host: 'old.localhost', port: 25, security: 'none' } } });

    const result = await home.run('outtray', ['relay', 'add', 'home', '--host', 'new']);

    expect(result.status).toBe(64);
    expect(settingsOf(home)).toContain('old');
  });

  it('does not replace a relay that is there with a mistake in it', async () => {
    const home = createHome({ relays: { home: { host: 'old', port: '25', security: 'tls' } } });

    const result = await home.run('outtray', ['relay', 'add', 'home', '--host', 'new']);

    expect(result.status).toBe(64);
    expect(settingsOf(home)).toContain('old');
  });

  it('leaves a file that is not JSON alone and names the line', async () => {
    const home = createHome('{\n  "relays": {\n');

    const result = await home.run('outtray', ['relay', 'add', 'home', '--host', 'h']);

    expect(result.status).toBe(78);
    expect(result.stderr).toMatch(/settings\.json line \d+/);
    expect(settingsOf(home)).toBe('{\n  "relays": {\n');
  });
});

describe('outtray relay remove', () => {
  it('takes the relay out, and the default with it', async () => {
    const home = createHome({
      relays: { home: { host: '127.0.0.1', port: 25, security: 'none' } },
      defaultRelay: 'home',
    });

    const result = await home.run('outtray', ['relay', 'remove', 'home']);

    expect(result.status).toBe(0);
    expect(JSON.parse(settingsOf(home))).toEqual({ relays: {} });
  });

  it('names the relays there are for a name that is none', async () => {
    const home = createHome({ relays: { home: { host: '127.0.0.1', port: 25, security: 'none' } } });

    const result = await home.run('outtray', ['relay', 'remove', 'hoem']);

    expect(result.status).toBe(64);
    expect(result.stderr).toContain('no relay "hoem"; there is home');
  });
});

describe('outtray relay test', () => {
  it('goes all the way to a relay that takes mail, and leaves none there', async () => {
    const relay = await startRelay();
    const home = createHome({
      relays: { home: { host: relay.host, port: relay.port, security: 'none', from: ['me@example.org'] } },
    });

    const result = await home.run('outtray', ['relay', 'test', 'home', '--json']);

    expect(result.status).toBe(0);
    const { ok, steps } = JSON.parse(result.stdout);
    expect(ok).toBe(true);
    expect(steps.map((step: { name: string }) => step.name)).toEqual(['lookup', 'connect', 'greeting', 'ehlo', 'mail']);
    expect(relay.received).toEqual([]);
  });

  it('stops at a closed port with what to do', async () => {
    const relay = await startRelay();
    await relay.close();
    const home = createHome({ relays: { home: { host: relay.host, port: relay.port, security: 'none' } } });

    const result = await home.run('outtray', ['relay', 'test', 'home']);

    expect(result.status).toBe(69);
    expect(result.stdout).toMatch(/FAIL {2}connect .* refused/);
  });
});

describe('outtray relay password', () => {
  const missing = missingForKeyring();

  it('refuses a relay that does not sign in', async () => {
    const home = createHome({ relays: { home: { host: '127.0.0.1', port: 25, security: 'none' } } });

    const result = await home.run('outtray', ['relay', 'password', 'home'], 'secret\n');

    expect(result.status).toBe(64);
    expect(result.stderr).toContain('does not sign in');
  });

  it('stores nothing when nothing is entered', async () => {
    const home = createHome({
      relays: { home: { host: 'h', port: 465, security: 'tls', auth: { method: 'password', user: 'me' } } },
    });

    const result = await home.run('outtray', ['relay', 'password', 'home'], '\n');

    expect(result.status).toBe(65);
  });

  it('says what to do where there is no keychain', async () => {
    const home = createHome({
      relays: { home: { host: 'h', port: 465, security: 'tls', auth: { method: 'password', user: 'me' } } },
    });

    const result = await home.run('outtray', ['relay', 'password', 'home'], 'secret\n', {
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent',
    });

    expect(result.status).toBe(69);
    expect(result.stderr).toContain('There is no keychain');
    expect(result.stderr).toContain('passwordCommand');
  });

  it.skipIf(missing !== null)('keeps a password from standard input in the keyring, for the sign-in', async () => {
    const keyring = await startKeyring('unlocked');
    const relay = await startRelay({ auth: { me: 's3cret' } });
    const home = createHome({
      relays: {
        home: {
          host: relay.host,
          port: relay.port,
          security: 'none',
          allowPlaintext: true,
          auth: { method: 'password', user: 'me' },
        },
      },
    });
    const env = Object.fromEntries(Object.entries(keyring.env).map(([name, value]) => [name, value ?? '']));

    const stored = await home.run('outtray', ['relay', 'password', 'home'], 's3cret\n', env);
    const tried = await home.run('outtray', ['relay', 'test', 'home'], '', env);

    expect(stored.status).toBe(0);
    expect(tried.stdout).toMatch(/ok {4}auth/);
    expect(settingsOf(home)).not.toContain('s3cret');
  });
});
