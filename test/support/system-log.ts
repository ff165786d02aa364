/**
 * A system log of our own: a mount namespace whose /dev/log is a datagram socket that Python reads, since Node has
 * none. Linux and root only; elsewhere SYSTEM_LOG_MISSING says in a line why. The machine's own /dev is not touched.
 */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export interface Heard {
  readonly status: number | null;
  /** Datagrams as they came. */
  readonly lines: readonly string[];
}

/** A /dev with a few devices and room for `log`, then a command. */
const NAMESPACE = `
set -e
mount -t tmpfs -o mode=755 none "$1"
for name in null zero random urandom tty; do
  [ -e /dev/$name ] || continue
  : > "$1/$name"
  mount --bind /dev/$name "$1/$name"
done
mount --rbind "$1" /dev
shift
exec "$@"
`;

/** Runs a command with its standard input from argv[2] while it listens at argv[1]; then prints what it heard as JSON. */
const LISTENER = `
import json, os, select, socket, subprocess, sys
place, given, command = sys.argv[1], sys.argv[2], sys.argv[3:]
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind(place)
ended, alive = os.pipe()
child = subprocess.Popen(command, stdin=open(given), stdout=subprocess.DEVNULL, pass_fds=[alive])
os.close(alive)
heard = []
running = True
while True:
    ready, _, _ = select.select([log, ended] if running else [log], [], [], None if running else 0)
    if log in ready:
        heard.append(log.recv(1 << 20).decode('utf-8', 'replace'))
    elif ended in ready:
        running = False
    elif not running:
        break
print(json.dumps({'status': child.wait(), 'lines': heard}))
`;

export const SYSTEM_LOG_MISSING: string | null = findMissing();

/** `listening: false`: nobody is at /dev/log. */
export async function withSystemLog(
  command: readonly string[],
  options: { readonly env: Record<string, string>; readonly input?: string; readonly listening?: boolean },
): Promise<Heard> {
  const { env, input = '', listening = true } = options;
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-devices-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true }));
  const given = path.join(directory, 'input');
  fs.writeFileSync(given, input);
  fs.mkdirSync(path.join(directory, 'dev'));
  const listener = ['python3', '-c', LISTENER, listening ? '/dev/log' : '/dev/elsewhere', given];
  const child = spawn('unshare', [...namespace(path.join(directory, 'dev')), ...listener, ...command], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  const [answer, complaint] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (answer === '') throw new Error(`no system log: ${complaint}`);
  return JSON.parse(answer) as Heard;
}

function namespace(devices: string): string[] {
  return ['--mount', '--propagation', 'private', 'sh', '-c', NAMESPACE, 'sh', devices];
}

function findMissing(): string | null {
  if (process.platform !== 'linux') return 'a /dev/log of our own needs Linux';
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-devices-'));
  try {
    const { status, stderr, error } = spawnSync('unshare', [...namespace(directory), 'python3', '-c', ''], {
      encoding: 'utf8',
    });
    if (status === 0) return null;
    const why = (error?.message ?? stderr).trim().split('\n')[0];
    return `no /dev/log of our own: ${why} (needs root, unshare and python3)`;
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}
