/**
 * A real GNOME Keyring on a session bus of its own, with private HOME and runtime directories:
 * nothing of the person's own keychain is touched. The bus lives as long as a child that reads
 * our end of a pipe; when the test ends the pipe is closed and all of it goes.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

const NEEDED = ['dbus-run-session', 'gnome-keyring-daemon', 'gdbus'];

/** One line why keyring tests cannot run here, or null. */
export function missingForKeyring(): string | null {
  if (process.platform !== 'linux') return 'GNOME Keyring is tested on Linux only';
  const missing = NEEDED.filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0);
  return missing.length === 0 ? null : `not installed: ${missing.join(', ')}`;
}

export interface Keyring {
  /** For child processes. */
  readonly env: NodeJS.ProcessEnv;
  /** Lock the login keyring, as after a suspend; no prompt can be shown. */
  lock(): void;
}

/** `none`: no session bus at all, as in a bare terminal. */
export async function startKeyring(kind: 'unlocked' | 'none'): Promise<Keyring> {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-keyring-'));
  const runtime = path.join(home, 'run');
  fs.mkdirSync(runtime, { mode: 0o700 });
  const base: NodeJS.ProcessEnv = { PATH: process.env['PATH'], HOME: home, XDG_RUNTIME_DIR: runtime };
  const cleanUp = (): void => fs.rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  if (kind === 'none') {
    onTestFinished(cleanUp);
    return { env: base, lock: () => {} };
  }

  const script =
    'printf %s test | gnome-keyring-daemon --unlock --components=secrets >/dev/null && echo "$DBUS_SESSION_BUS_ADDRESS" && exec cat';
  const bus = spawn('dbus-run-session', ['--', 'sh', '-c', script], { env: base, stdio: ['pipe', 'pipe', 'ignore'] });
  onTestFinished(async () => {
    if (bus.exitCode === null) {
      bus.stdin.end();
      await once(bus, 'exit');
    }
    cleanUp();
  });
  const [address] = await Promise.race([
    once(createInterface(bus.stdout), 'line'),
    once(bus, 'exit').then(([status]) => Promise.reject(new Error(`the keyring ended with ${status}`))),
  ]);
  const env = { ...base, DBUS_SESSION_BUS_ADDRESS: String(address) };
  return {
    env,
    lock() {
      const service = ['--dest', 'org.freedesktop.secrets', '--object-path', '/org/freedesktop/secrets'];
      const method = [
        '--method',
        'org.freedesktop.Secret.Service.Lock',
        "['/org/freedesktop/secrets/collection/login']",
      ];
      execFileSync('gdbus', ['call', '--session', ...service, ...method], { env, stdio: 'ignore' });
    },
  };
}
