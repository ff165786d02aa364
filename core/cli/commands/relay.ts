/** `outtray relay list | add NAME ... | test NAME | password NAME | remove NAME`; what --json prints: JSON.md. */
import { secretAccount } from '../../credentials/secrets.js';
import { ExitStatus } from '../../system/exit-status.js';
import { askAgent, ownOuttray } from '../agent/current-agent.js';
import { chooseForm, parseForm, usageError } from '../arguments.js';
import { print, printJson, printTable } from '../output.js';
import { addRelay, removeRelay } from '../relay/relay-edit.js';
import { configuredRelays, relayByName } from '../relay/relay-names.js';
import { tryRelay } from '../relay/relay-trial.js';
import { readSecret } from '../secret-input.js';

export async function run(args: readonly string[]): Promise<ExitStatus> {
  const { form, args: rest } = chooseForm('relay', args);
  switch (form) {
    case 'list':
      return await list(rest);
    case 'add':
      return addRelay(rest);
    case 'test':
      return await tryRelay(rest);
    case 'password':
      return await storePassword(rest);
    case 'remove':
      return await removeRelay(rest);
  }
}

async function list(args: readonly string[]): Promise<ExitStatus> {
  const { options } = parseForm('relay', 'list', args);
  const outtray = ownOuttray();
  const state = await askAgent('agent:state');
  const relays = configuredRelays(outtray).map(({ name, host, port, security, auth, from }) => {
    const known = state?.relays.find((relay) => relay.name === name);
    return {
      name,
      host,
      port,
      security,
      user: auth.user ?? null,
      from,
      default: outtray.settings.defaultRelay === name,
      state: known?.state ?? 'unknown',
      reason: known?.reason ?? '',
    };
  });
  if (options.json) {
    printJson(relays);
  } else if (relays.length === 0) {
    print('No relay is set up: mail is accepted and waits. Add one with: outtray relay add');
  } else {
    printTable(
      relays.map((relay) => [
        relay.default ? `${relay.name} (default)` : relay.name,
        `${relay.host}:${relay.port}`,
        relay.security,
        relay.user ?? 'no sign-in',
        relay.from.join(', ') || (relay.default ? 'all other mail' : 'no sender'),
        [relay.state.replace('-', ' '), relay.reason].filter((part) => part !== '').join(': '),
      ]),
    );
  }
  return ExitStatus.OK;
}

async function storePassword(args: readonly string[]): Promise<ExitStatus> {
  const { options, words } = parseForm('relay', 'password', args);
  const outtray = ownOuttray();
  const relay = relayByName(outtray, words[0] ?? '');
  if (relay.auth.method === 'none') {
    throw usageError(
      `relay ${relay.name} does not sign in, so it has no password; give it a user in the settings`,
      'relay',
      'password',
    );
  }
  if (relay.passwordCommand !== undefined) {
    throw usageError(
      `relay ${relay.name} takes its password from "passwordCommand" in the settings`,
      'relay',
      'password',
    );
  }
  const secret = await readSecret(`Password of ${relay.auth.user ?? ''} at ${relay.host}: `);
  await outtray.keychain.setPassword(secretAccount(relay), secret);
  await tryWaitingMail(relay.name);
  if (options.json) printJson({ name: relay.name, done: true });
  else print(`Stored in the keychain. Try it with: outtray relay test ${relay.name}`);
  return ExitStatus.OK;
}

/** A relay that waited for its password is asked again at once, by sending what waits for it. */
async function tryWaitingMail(relay: string): Promise<void> {
  const entries = (await askAgent('queue:list')) ?? [];
  const waiting = entries.filter((entry) => entry.relay === relay && /^(?:waiting|will-retry)$/.test(entry.state));
  if (waiting.length > 0)
    await askAgent(
      'queue:send',
      waiting.map((entry) => entry.id),
    );
}
