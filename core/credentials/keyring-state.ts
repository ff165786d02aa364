/**
 * Linux: whether the default keyring is locked, asked of the Secret Service with `gdbus` where
 * that is installed. Only reached when a password and our mark were both not found.
 *
 *   (<false>,)                           unlocked
 *   (<true>,)                            locked
 *   Object does not exist, no service    absent
 */
import { execFile } from 'node:child_process';

export type KeyringState = 'unlocked' | 'locked' | 'absent' | 'unknown';

const QUESTION = [
  ...['call', '--session', '--dest', 'org.freedesktop.secrets'],
  ...['--object-path', '/org/freedesktop/secrets/aliases/default'],
  ...['--method', 'org.freedesktop.DBus.Properties.Get', 'org.freedesktop.Secret.Collection', 'Locked'],
];

export function keyringState(env: NodeJS.ProcessEnv, timeoutMs: number): Promise<KeyringState> {
  return new Promise((resolve) => {
    execFile('gdbus', QUESTION, { env, timeout: timeoutMs, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.includes('true') ? 'locked' : 'unlocked');
      else
        resolve(
          /does not exist|No such object|not provided by any|Error connecting|Unknown ?Method|no such interface/i.test(
            stderr,
          )
            ? 'absent'
            : 'unknown',
        );
    });
  });
}
