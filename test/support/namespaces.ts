/**
 * A network of our own: a namespace that is the laptop, another that is the rest of the world, a
 * veth pair between them. Linux and root only (`ip netns`); elsewhere NAMESPACES_MISSING says in a
 * line why, for the name of the skipped tests. Nothing of the machine's own network is touched.
 */
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';

export interface Namespace {
  /** Program and arguments that run `command` on the laptop. */
  onLaptop(...command: string[]): string[];
  /** The same, on the far side. */
  farAway(...command: string[]): string[];
  /** `ip monitor` as the product runs it, in the laptop's namespace. */
  readonly monitorCommand: readonly string[];
  /** Address of the far side, reachable from the laptop while the link is up. */
  readonly farAddress: string;
  setLink(state: 'up' | 'down'): void;
  /** Somebody in the laptop's namespace has subscribed to changes of the network. */
  monitorListens(): boolean;
}

/** null when namespaces can be used. */
export const NAMESPACES_MISSING: string | null = findMissing();

let count = 0;

/** The link begins down. Removed, with all that runs in it, when the test ends. */
export function createNamespace(): Namespace {
  count += 1;
  const laptop = `outtray-${process.pid}-${count}-near`;
  const far = `outtray-${process.pid}-${count}-far`;
  onTestFinished(() => {
    for (const name of [laptop, far]) remove(name);
  });
  ip('netns', 'add', laptop);
  ip('netns', 'add', far);
  ip('-n', laptop, 'link', 'add', 'near0', 'type', 'veth', 'peer', 'name', 'far0', 'netns', far);
  ip('-n', laptop, 'address', 'add', '198.51.100.2/24', 'dev', 'near0');
  ip('-n', far, 'address', 'add', '198.51.100.1/24', 'dev', 'far0');
  // No IPv6 address of its own, whose duplicate detection would report a second after the link.
  ip('-n', laptop, 'link', 'set', 'near0', 'addrgenmode', 'none');
  ip('-n', far, 'link', 'set', 'far0', 'up');
  return {
    onLaptop: (...command) => ['ip', 'netns', 'exec', laptop, ...command],
    farAway: (...command) => ['ip', 'netns', 'exec', far, ...command],
    monitorCommand: ['ip', '-n', laptop, 'monitor', 'link', 'address', 'route'],
    farAddress: '198.51.100.1',
    setLink: (state) => void ip('-n', laptop, 'link', 'set', 'near0', state),
    monitorListens: () => /^\S+ +0 +\d+ +0*[1-9a-f]/m.test(ip('netns', 'exec', laptop, 'cat', '/proc/net/netlink')),
  };
}

/** Start a command as built by a namespace; it is killed when the test ends. */
export function start(command: readonly string[], options: SpawnOptions = {}): ChildProcess {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], ...options });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

function findMissing(): string | null {
  if (process.platform !== 'linux') return 'network namespaces need Linux';
  const name = `outtray-${process.pid}-trial`;
  try {
    ip('netns', 'add', name);
    ip('-n', name, 'link', 'add', 'near0', 'type', 'veth', 'peer', 'name', 'far0');
    return null;
  } catch (error) {
    const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    return `no network namespace of our own: ${text.trim().split('\n')[0]} (needs root and iproute2)`;
  } finally {
    remove(name);
  }
}

function remove(name: string): void {
  try {
    ip('netns', 'delete', name);
  } catch {
    // Not there, or never made.
  }
}

function ip(...args: string[]): string {
  const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
  return execFileSync('ip', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, PATH },
  });
}
