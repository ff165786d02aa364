/**
 * `outtray relay add` and `remove`: changes to settings.json that keep its comments. The schema
 * decides what is allowed; a running agent sees the change by itself.
 */
import { editSettings, type SettingsChange } from '../../config/edit-settings.js';
import { secretAccount } from '../../credentials/secrets.js';
import { ExitStatus } from '../../system/exit-status.js';
import { ownOuttray } from '../agent/current-agent.js';
import { parseForm, usageError } from '../arguments.js';
import { print, printJson } from '../output.js';
import { relayByName } from './relay-names.js';

/** Ports by what RFC 8314 §3.3 and RFC 6409 give them; `none` is for a loopback relay. */
const USUAL_PORT = { tls: 465, starttls: 587, none: 25 } as const;

export function addRelay(args: readonly string[]): ExitStatus {
  const { options, words } = parseForm('relay', 'add', args);
  const [name = ''] = words;
  const { host = '' } = options;
  const port = options.port === undefined ? null : parsePort(options.port);
  const security = isSecurity(options.security) ? options.security : securityOf(port);
  const outtray = ownOuttray();
  if (Object.hasOwn(outtray.settings.relays, name) || Object.hasOwn(outtray.brokenRelays, name)) {
    throw usageError(
      `there is a relay "${name}" already; remove it first, or edit ${outtray.paths.settingsFile}`,
      'relay',
      'add',
    );
  }
  const from = options.from ?? [];
  // Somebody's one relay, given no senders, is meant for all of their mail.
  const makeDefault = options.default ?? (from.length === 0 && outtray.settings.defaultRelay === null);
  const relay = {
    host,
    port: port ?? USUAL_PORT[security],
    security,
    ...(options.user === undefined ? {} : { auth: { method: 'password', user: options.user } }),
    ...(from.length === 0 ? {} : { from }),
  };
  const changes: SettingsChange[] = [{ path: ['relays', name], value: relay }];
  if (makeDefault) changes.push({ path: ['defaultRelay'], value: name });
  editSettings(outtray.paths.settingsFile, changes);
  if (options.json) {
    printJson({ name, done: true });
    return ExitStatus.OK;
  }
  print(
    `Relay ${name}: ${relay.host}:${relay.port}, ${security}${makeDefault ? ', for all mail no other relay serves' : ''}.`,
  );
  print(`Written to ${outtray.paths.settingsFile}`);
  if (options.user !== undefined) print(`Store its password with: outtray relay password ${name}`);
  print(`Try it with: outtray relay test ${name}`);
  return ExitStatus.OK;
}

export async function removeRelay(args: readonly string[]): Promise<ExitStatus> {
  const { options, words } = parseForm('relay', 'remove', args);
  const outtray = ownOuttray();
  const relay = relayByName(outtray, words[0] ?? '');
  const changes: SettingsChange[] = [{ path: ['relays', relay.name], value: undefined }];
  if (outtray.settings.defaultRelay === relay.name) changes.push({ path: ['defaultRelay'], value: undefined });
  editSettings(outtray.paths.settingsFile, changes);
  const forgotten = relay.auth.method === 'none' || relay.passwordCommand !== undefined || (await forget());
  if (options.json) printJson({ name: relay.name, done: true });
  else {
    print(`Relay ${relay.name} is removed; mail that it served waits for another.`);
    if (!forgotten) print('Its password, if one was stored, could not be removed from the keychain.');
  }
  return ExitStatus.OK;

  /** The relay is gone from the settings whatever the keychain says. */
  async function forget(): Promise<boolean> {
    return await outtray.keychain.deletePassword(secretAccount(relay)).then(
      () => true,
      () => false,
    );
  }
}

/** Or none; the table of commands lets nothing else pass. */
function isSecurity(text: string | undefined): text is keyof typeof USUAL_PORT {
  return text !== undefined && Object.hasOwn(USUAL_PORT, text);
}

function securityOf(port: number | null): keyof typeof USUAL_PORT {
  return port === null || port === 465 ? 'tls' : 'starttls';
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number.parseInt(text, 10) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw usageError(`--port "${text}" is not a number between 1 and 65535`, 'relay', 'add');
}
