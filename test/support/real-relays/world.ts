/**
 * A system of its own for one mail server: the tree that test/fetch-relays.sh unpacked, laid over / in namespaces of
 * mounts and processes, with users, /dev, /tmp and /run of its own; of the machine nothing is written. /srv is a
 * directory of the test that outlives the world, so that a server killed and started again finds its queue.
 *
 * The first process reads our end of a pipe: when that is closed, or the test is gone, all in the world are killed at
 * once, as in a power cut. What they print or give to syslog is heard line by line.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const CACHE = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache'), 'outtray/relays');

const START_DEADLINE_MS = 20_000;

export interface WorldOptions {
  /** Folder of the cache. */
  readonly tree: string;
  /** By place in the world; mode 644. */
  readonly files: Readonly<Record<string, string>>;
  /** Ids by name, each also a group; they go before the machine's of that name. */
  readonly users: Readonly<Record<string, number>>;
  /** Shell, run as root in the world: prepares in the foreground, starts servers with `&` behind it. */
  readonly script: string;
  /** A line with which it has begun to serve, each one once. */
  readonly ready: readonly RegExp[];
}

export interface World {
  /** /srv, seen from outside. */
  readonly kept: string;
  /** All lines since the first start. */
  readonly log: readonly string[];
  /** Told of each new line. */
  onLine(hear: (line: string) => void): () => void;
  start(): Promise<void>;
  /** SIGKILL to every process in it. */
  kill(): Promise<void>;
  remove(): Promise<void>;
}

/** One line that says why there can be none with this tree; null when there can. */
export function whyNoWorld(tree: string): string | null {
  if (process.platform !== 'linux') return 'worlds of their own need Linux';
  if (process.getuid?.() !== 0) return 'mounts of its own need root';
  if (!fs.existsSync(path.join(CACHE, tree, '.complete')))
    return `${tree} has not been fetched (bash test/fetch-relays.sh)`;
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-world-'));
  try {
    const trial = spawnSync('unshare', words(directory, tree, { users: {}, start: 'exit 0' }), { encoding: 'utf8' });
    return trial.status === 0 ? null : `no mounts of its own may be made here: ${trial.stderr.trim().split('\n')[0]}`;
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}

export function createWorld({ tree, files, users, script, ready }: WorldOptions): World {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-world-'));
  fs.chmodSync(directory, 0o755);
  const log: string[] = [];
  const hearers = new Set<(line: string) => void>();
  for (const [place, content] of Object.entries(files)) {
    const file = path.join(directory, 'files', place);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
  }
  const args = words(directory, tree, { users, start: `${SYSLOG}\n${script}\n${WAIT}` });
  let child: ChildProcess | null = null;

  const kill = async (): Promise<void> => {
    const ending = child;
    child = null;
    if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return;
    ending.stdin?.end();
    await once(ending, 'exit');
  };
  const hear = (line: string): void => {
    log.push(line);
    for (const hearer of hearers) hearer(line);
  };
  const onLine = (hearer: (line: string) => void): (() => void) => {
    hearers.add(hearer);
    return () => hearers.delete(hearer);
  };
  return {
    kept: path.join(directory, 'kept'),
    log,
    onLine,
    kill,
    start() {
      const started = spawn('unshare', args, { stdio: ['pipe', 'pipe', 'pipe'] });
      child = started;
      return new Promise((resolve, reject) => {
        const missing = new Set(ready);
        const fail = (what: string): void => {
          clearTimeout(deadline);
          stop();
          reject(new Error(`${tree} ${what}:\n${log.slice(-30).join('\n')}`));
        };
        const deadline = setTimeout(fail, START_DEADLINE_MS, 'has not begun to serve');
        const stop = onLine((line) => {
          for (const pattern of missing) if (pattern.test(line)) missing.delete(pattern);
          if (missing.size > 0) return;
          stop();
          clearTimeout(deadline);
          resolve();
        });
        started.on('exit', () => fail('has ended'));
        for (const stream of [started.stdout, started.stderr]) createInterface({ input: stream }).on('line', hear);
      });
    },
    async remove() {
      await kill();
      fs.rmSync(directory, { recursive: true, force: true });
    },
  };
}

interface Contents {
  readonly users: WorldOptions['users'];
  readonly start: string;
}

function words(directory: string, tree: string, { users, start }: Contents): string[] {
  for (const name of ['kept', 'over', 'files/etc']) fs.mkdirSync(path.join(directory, name), { recursive: true });
  const etc = path.join(directory, 'files/etc');
  const before = (name: string, line: (user: string, id: number) => string): void => {
    const own = Object.entries(users).map(([user, id]) => `${line(user, id)}\n`);
    fs.writeFileSync(path.join(etc, name), own.join('') + fs.readFileSync(path.join('/etc', name), 'utf8'));
  };
  before('passwd', (user, id) => `${user}:x:${id}:${id}::/nonexistent:/usr/sbin/nologin`);
  before('group', (user, id) => `${user}:x:${id}:`);
  fs.writeFileSync(path.join(etc, 'outtray-start'), `set -e\n${start}\n`);
  fs.writeFileSync(path.join(etc, 'hosts'), '127.0.0.1 localhost relay.example.org relay\n');
  fs.writeFileSync(path.join(etc, 'nsswitch.conf'), 'passwd: files\ngroup: files\nshadow: files\nhosts: files\n');
  fs.writeFileSync(path.join(etc, 'resolv.conf'), '');
  const namespaces = ['--mount', '--uts', '--pid', '--fork', '--kill-child', '--propagation', 'private'];
  return [...namespaces, 'bash', '-c', ENTER, 'bash', directory, path.join(CACHE, tree)];
}

/**
 * $1: directory of the test, $2: tree, which is laid over /usr alone: of two layers none may be inside of the other.
 * What is written over / is in memory: an upper layer must not be on another overlay.
 */
const ENTER = `set -e
umask 022
over=$1/over
mount -t tmpfs -o mode=755 none "$over"
mkdir "$over"/{upper,work,root}
chmod 755 "$over"/{upper,root}
root=$over/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$over/upper,workdir=$over/work" "$root"
mount -t overlay overlay -o "lowerdir=$2/usr:/usr" "$root/usr"
for place in dev tmp run; do mount -t tmpfs -o mode=755 none "$root/$place"; done
chmod 1777 "$root/tmp"
for device in null zero full random urandom; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir -m 1777 "$root/dev/shm"
ln -s /proc/self/fd "$root/dev/fd"
mount -t proc none "$root/proc"
mount --bind "$1/kept" "$root/srv"
chmod 755 "$1/kept"
chmod -R a+rX "$1/files"
# Postfix waits until its files look as if nobody were still writing them.
find "$1/files" -exec touch -d @1000000000 {} +
cp -rT --preserve=timestamps "$1/files" "$root"
hostname relay.example.org
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin TZ=UTC chroot "$root" bash /etc/outtray-start`;

/** /dev/log, printed; Perl belongs to every Debian. Waits until it listens. */
const SYSLOG = `mkfifo /run/listens
perl -MSocket -e 'socket(S, PF_UNIX, SOCK_DGRAM, 0); bind(S, pack_sockaddr_un("/dev/log")) or die; chmod 0666, "/dev/log";
  open(F, ">", "/run/listens"); close(F); $| = 1;
  while (defined recv(S, $_, 65536, 0)) { s/^<\\d+>//; s/[\\n\\0]+$//; print "$_\\n" }' &
read -r _ </run/listens || true
exec 3<&0 </dev/null`;

/** The first process ends with our end of the pipe, or with the first server that does; the others with it. */
const WAIT = `cat <&3 >/dev/null &
wait -n`;
