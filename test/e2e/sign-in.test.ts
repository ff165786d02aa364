/**
 * A relay with STARTTLS and sign-in, its password in a real GNOME Keyring. Wrong password, locked
 * keyring and no keyring are three different troubles, and the mail is kept in each.
 */
import { describe, expect, it } from 'vitest';
import type { AgentState } from '../../core/bridge/contract.js';
import { certificates } from '../support/certificates.js';
import { type Keyring, missingForKeyring, startKeyring } from '../support/keyring.js';
import { createHome, type OuttrayHome } from '../support/outtray-home.js';
import { startRelay, type TestRelay } from '../support/relay.js';

const missing = missingForKeyring();
const USER = 'me@example.org';

async function signInRelay(): Promise<{ relay: TestRelay; home: OuttrayHome }> {
  const { caFile, good } = certificates();
  const relay = await startRelay({ security: 'starttls', certificate: good, auth: { [USER]: 'correct horse' } });
  const home = createHome({
    hostname: 'laptop.example.org',
    relays: {
      home: {
        host: 'localhost',
        port: relay.port,
        security: 'starttls',
        auth: { method: 'password', user: USER },
        tls: { caFile },
      },
    },
    defaultRelay: 'home',
  });
  return { relay, home };
}

function busOf(keyring: Keyring): Record<string, string> {
  const { DBUS_SESSION_BUS_ADDRESS: bus, XDG_RUNTIME_DIR: runtime } = keyring.env;
  return {
    ...(bus === undefined ? {} : { DBUS_SESSION_BUS_ADDRESS: bus }),
    ...(runtime === undefined ? {} : { XDG_RUNTIME_DIR: runtime }),
  };
}

async function submit(home: OuttrayHome): Promise<void> {
  expect((await home.run('sendmail', ['-i', 'bob@example.net'], 'Subject: hello\n\nHello.\n')).status).toBe(0);
}

/** What the agent says of the relay once a person is needed. */
async function troubleOf(home: OuttrayHome, env: Record<string, string>): Promise<string> {
  const agent = home.start('outtray', ['agent'], env);
  await agent.line(/home: /);
  const status = await home.run('outtray', ['status', '--json'], '', env);
  await agent.stop();
  const state = JSON.parse(status.stdout) as Pick<AgentState, 'relays'>;
  expect(home.files().filter((name) => name.startsWith('qf'))).toHaveLength(1);
  return JSON.stringify(state.relays);
}

describe.skipIf(missing !== null)(`sign-in with a keyring${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  it('sends with the password that was stored, and puts it nowhere else', async () => {
    const keyring = await startKeyring('unlocked');
    const { relay, home } = await signInRelay();
    const stored = await home.run('outtray', ['relay', 'password', 'home'], 'correct horse\n', busOf(keyring));
    await submit(home);

    const agent = home.start('outtray', ['agent'], busOf(keyring));
    const [mail] = await relay.waitForMessages(1);
    await agent.line(/queue empty/);
    await agent.stop();

    expect(stored.status, stored.stderr).toBe(0);
    expect(mail).toMatchObject({ user: USER, rcptTo: ['bob@example.net'] });
    expect(home.log()).toMatch(/stat=Sent/);
    expect(home.log()).not.toMatch(/correct horse/);
  });

  it('sends what waited for the password as soon as the right one is stored', async () => {
    const keyring = await startKeyring('unlocked');
    const { relay, home } = await signInRelay();
    await submit(home);
    const agent = home.start('outtray', ['agent'], busOf(keyring));
    await agent.line(/home: /);

    const stored = await home.run('outtray', ['relay', 'password', 'home'], 'correct horse\n', busOf(keyring));
    const [mail] = await relay.waitForMessages(1);

    expect(stored.status, stored.stderr).toBe(0);
    expect(mail).toMatchObject({ user: USER });
    await agent.stop();
  });

  it('explains a wrong password, a locked keyring and no keyring differently, and keeps the mail', async () => {
    const keyring = await startKeyring('unlocked');
    const { relay, home } = await signInRelay();
    await home.run('outtray', ['relay', 'password', 'home'], 'wrong\n', busOf(keyring));
    await submit(home);

    const wrong = await troubleOf(home, busOf(keyring));
    keyring.lock();
    const locked = await troubleOf(home, busOf(keyring));
    const none = await troubleOf(home, busOf(await startKeyring('none')));

    expect(wrong).toMatch(/password/i);
    expect(locked).toMatch(/locked/i);
    expect(none).toMatch(/no keychain|cannot be reached|not running|no keyring/i);
    expect(new Set([wrong, locked, none]).size).toBe(3);
    expect(relay.received).toEqual([]);
  });
});
