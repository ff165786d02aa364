/**
 * The real sendmail on a spool of the test's own: a stock FEATURE(msp) configuration made from
 * Debian's sendmail-cf into a temporary directory, its relay a port of this computer, its
 * programs run by root or by alice (uid 4242, `Alice Example,,,`) as in test/corpus. Each
 * runs in namespaces of its own: named laptop.example.org, because with a short host name it
 * sleeps for a minute at each start; with that configuration, those users and hosts in /etc,
 * because with -C it says so in each message. Nothing of the system's own is read or written.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

const SENDMAIL = '/usr/libexec/sendmail/sendmail';
const CF = '/usr/share/sendmail/cf';
const MOUNT_POINT = '/etc/mail/submit.cf';
const HOST = 'laptop.example.org';
const ALICE = 4242;

/** What it printed, one character a byte. */
export interface SendmailResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunAs {
  readonly user?: 'root' | 'alice';
  /** The whole environment but for PATH; TZ is UTC unless named. */
  readonly env?: Readonly<Record<string, string>>;
  /** The name it is called by. */
  readonly argv0?: 'sendmail' | 'mailq' | 'newaliases' | 'hoststat' | 'purgestat' | 'smtpd';
}

export interface RealSendmail {
  /** Its queue directory, also ours. */
  readonly spoolDirectory: string;
  /** Home directory of alice. */
  readonly home: string;
  /** With these words, `-Ac` in front unless the name is another; input and output one character a byte. */
  run(args: readonly string[], input?: string, as?: RunAs): Promise<SendmailResult>;
}

/** One line that says why there is none to test with; null when there is. */
export function whyNoRealSendmail(): string | null {
  if (!fs.existsSync(SENDMAIL)) return `no real sendmail at ${SENDMAIL} (Debian package sendmail-bin)`;
  if (!fs.existsSync(path.join(CF, 'm4/cf.m4'))) return `no ${CF} to configure it with (Debian package sendmail-cf)`;
  if (!fs.existsSync(MOUNT_POINT)) return `no ${MOUNT_POINT} to lay a private one over (Debian package sendmail-bin)`;
  if (process.getuid?.() !== 0) return 'a private spool of the real sendmail needs root';
  if (spawnSync('unshare', ['--uts', '--mount', 'true']).status !== 0) return 'no namespaces may be made here';
  return null;
}

/** For one test. `options` are lines of m4 put after FEATURE(msp). */
export function setUpRealSendmail(relayPort: number, options = ''): RealSendmail {
  const real = createRealSendmail(relayPort, options);
  onTestFinished(() => real.remove());
  return real;
}

/** Stands until removed. */
export function createRealSendmail(relayPort: number, options = ''): RealSendmail & { remove(): void } {
  const top = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-sendmail-'));
  fs.chmodSync(top, 0o755);
  const spoolDirectory = makeDirectory(path.join(top, 'clientmqueue'), 0o770, idOf('-u'), idOf('-g'));
  const home = makeDirectory(path.join(top, 'home'), 0o755, ALICE, ALICE);
  const etc = (name: string, content: string): string => {
    const file = path.join(top, name);
    fs.writeFileSync(file, content, { mode: 0o644 });
    return file;
  };
  etc('service.switch', 'hosts files\naliases files\n');
  const overlaid = [
    [etc('submit.cf', configure(top, spoolDirectory, relayPort, options)), MOUNT_POINT],
    [etc('passwd', `${readEtc('passwd')}alice:x:${ALICE}:${ALICE}:Alice Example,,,:${home}:/bin/sh\n`), '/etc/passwd'],
    [etc('group', `${readEtc('group')}alice:x:${ALICE}:\n`), '/etc/group'],
    [etc('hosts', `127.0.0.1 localhost\n127.0.1.1 ${HOST} laptop\n::1 ${HOST}\n`), '/etc/hosts'],
  ] as const;
  const mounts = overlaid.map(([from, to]) => `mount --bind '${from}' '${to}'`).join(' && ');
  const asAlice = ['setpriv', `--reuid=${ALICE}`, `--regid=${ALICE}`, '--clear-groups'];

  return {
    spoolDirectory,
    home,
    remove: () => fs.rmSync(top, { recursive: true, force: true }),
    async run(args, input = '', { user = 'root', env = {}, argv0 = 'sendmail' } = {}) {
      const program = argv0 === 'sendmail' ? [SENDMAIL, '-Ac'] : [path.join(path.dirname(SENDMAIL), argv0)];
      // A file: of a socket, which Node's pipes are, it asks who is at the other end.
      const stdin = path.join(top, `input.${randomUUID()}`);
      fs.writeFileSync(stdin, input, 'latin1');
      const opened = fs.createReadStream('', { fd: fs.openSync(stdin, 'r') });
      const child = spawn(
        'unshare',
        ['--uts', '--mount', 'sh', '-c', `hostname ${HOST} && ${mounts} && exec "$@"`, 'sh']
          .concat(user === 'alice' ? asAlice : [])
          .concat('env', '-i', `PATH=${process.env['PATH'] ?? ''}`, 'TZ=UTC')
          .concat(Object.entries(env).map(([name, value]) => `${name}=${value}`))
          .concat(program, args),
        { stdio: [opened, 'pipe', 'pipe'] },
      );
      opened.destroy();
      const [stdout, stderr, [status]] = await Promise.all([
        buffer(child.stdout),
        buffer(child.stderr),
        once(child, 'close') as Promise<[number | null]>,
      ]);
      fs.unlinkSync(stdin);
      return { status, stdout: stdout.toString('latin1'), stderr: stderr.toString('latin1') };
    },
  };
}

function readEtc(name: string): string {
  return fs.readFileSync(path.join('/etc', name), 'utf8');
}

function idOf(option: '-u' | '-g'): number {
  return Number(spawnSync('id', [option, 'smmsp'], { encoding: 'utf8' }).stdout);
}

function makeDirectory(directory: string, mode: number, uid: number, gid: number): string {
  fs.mkdirSync(directory);
  fs.chmodSync(directory, mode);
  fs.chownSync(directory, uid, gid);
  return directory;
}

function configure(top: string, spoolDirectory: string, relayPort: number, options: string): string {
  const m4 = spawnSync('m4', [`-D_CF_DIR_=${CF}/`], {
    input: macros(top, spoolDirectory, relayPort, options),
    encoding: 'utf8',
  });
  if (m4.status !== 0) throw new Error(`m4: ${m4.stderr}`);
  return m4.stdout;
}

function macros(top: string, spoolDirectory: string, relayPort: number, options: string): string {
  return `divert(-1)
include(\`${CF}/m4/cf.m4')
divert(0)
OSTYPE(\`linux')
define(\`confCF_VERSION', \`Submit')
define(\`confDOMAIN_NAME', \`${HOST}')
define(\`MSP_QUEUE_DIR', \`${spoolDirectory}')
define(\`confPID_FILE', \`${top}/pid')
define(\`STATUS_FILE', \`${top}/statistics')
define(\`confSERVICE_SWITCH_FILE', \`${top}/service.switch')
define(\`RELAY_MAILER_ARGS', \`TCP $h ${relayPort}')
FEATURE(\`nocanonify')
FEATURE(\`msp', \`[127.0.0.1]')
define(\`confDELIVERY_MODE', \`deferred')
define(\`confTIME_ZONE', \`')
${options}
`;
}
