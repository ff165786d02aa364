/** `outtray listener status | password [--renew] [--json]`: where mail is taken by SMTP, and the password for it. */
import { KeychainError } from '../../credentials/keychain.js';
import { admissionRule } from '../../listener/admission.js';
import { listenerPassword } from '../../listener/sign-in.js';
import { CommandError, ExitStatus } from '../../system/exit-status.js';
import { askAgent, ownOuttray } from '../agent/current-agent.js';
import { chooseForm, parseForm } from '../arguments.js';
import { describeListener } from '../listener-words.js';
import { print, printJson } from '../output.js';

export async function run(args: readonly string[]): Promise<ExitStatus> {
  const { form, args: rest } = chooseForm('listener', args);
  switch (form) {
    case 'status':
      return await status(rest);
    case 'password':
      return await password(rest);
  }
}

async function status(args: readonly string[]): Promise<ExitStatus> {
  const { options } = parseForm('listener', 'status', args);
  const { enabled, host, port } = ownOuttray().settings.listener;
  const agent = await askAgent('agent:state');
  const state = agent?.listener ?? null;
  if (options.json) printJson({ enabled, host, port, running: agent !== null, state });
  else if (state !== null) for (const line of describeListener(state)) print(line);
  else if (!enabled) print('Listener off; switch it on with "listener": {"enabled": true} in the settings');
  else print('Listener on in the settings, but no agent runs that would listen; start it with: outtray agent start');
  return ExitStatus.OK;
}

async function password(args: readonly string[]): Promise<ExitStatus> {
  const { options } = parseForm('listener', 'password', args);
  const { keychain, settings } = ownOuttray();
  const secret = await listenerPassword(keychain, options.renew === true).catch(sayWhere);
  if (options.json) printJson({ user: 'outtray', password: secret });
  else print(secret);
  if (!admissionRule(settings.listener.auth, process.platform, null).passwordNeeded)
    process.stderr.write(
      'outtray: your own programs need no password on this system, unless listener.auth is "required"\n',
    );
  return ExitStatus.OK;
}

/** The remedies of the keychain are about relays, which have other places for a password. */
function sayWhere(error: unknown): never {
  if (!(error instanceof KeychainError)) throw error;
  const remedy = error.kind === 'locked' ? 'Unlock it' : 'Start a keyring for your session (GNOME Keyring, KWallet)';
  throw new CommandError(
    ExitStatus.UNAVAILABLE,
    `${error.message}\n${remedy}; the password of the listener is kept nowhere else.`,
    { cause: error },
  );
}
