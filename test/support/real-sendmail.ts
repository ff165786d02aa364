/**
 * The real sendmail on a spool of the test's own: a stock FEATURE(msp) configuration made from
 * Debian's sendmail-cf into a temporary directory, its relay a port of this computer. It runs in
 * a UTS namespace named laptop.example.org, because with a short host name it sleeps for a
 * minute at each start. Nothing of the system's own mail configuration is read or written.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

const SENDMAIL = '/usr/libexec/sendmail/sendmail';
const CF = '/usr/share/sendmail/cf';

export interface SendmailResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RealSendmail {
  /** Its queue directory, also ours. */
  readonly spoolDirectory: string;
  /** `sendmail -Ac` with these words. */
  run(args: readonly string[], input?: string): Promise<SendmailResult>;
}

/** One line that says why there is none to test with; null when there is. */
export function whyNoRealSendmail(): string | null {
  if (!fs.existsSync(SENDMAIL)) return `no real sendmail at ${SENDMAIL} (Debian package sendmail-bin)`;
  if (!fs.existsSync(path.join(CF, 'm4/cf.m4'))) return `no ${CF} to configure it with (Debian package sendmail-cf)`;
  if (process.getuid?.() !== 0) return 'a private spool of the real sendmail needs root';
  if (spawnSync('unshare', ['--uts', 'true']).status !== 0) return 'no UTS namespace may be made here';
  return null;
}

export function setUpRealSendmail(relayPort: number): RealSendmail {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-sendmail-'));
  onTestFinished(() => fs.rmSync(home, { recursive: true, force: true }));
  fs.chmodSync(home, 0o755);
  const spoolDirectory = path.join(home, 'clientmqueue');
  fs.mkdirSync(spoolDirectory);
  fs.chmodSync(spoolDirectory, 0o770);
  const smmsp = (option: string): number => Number(spawnSync('id', [option, 'smmsp'], { encoding: 'utf8' }).stdout);
  fs.chownSync(spoolDirectory, smmsp('-u'), smmsp('-g'));
  fs.writeFileSync(path.join(home, 'service.switch'), 'hosts files\naliases files\n');
  const configuration = path.join(home, 'submit.cf');
  const m4 = spawnSync('m4', [`-D_CF_DIR_=${CF}/`], {
    input: macros(home, spoolDirectory, relayPort),
    encoding: 'utf8',
  });
  if (m4.status !== 0) throw new Error(`m4: ${m4.stderr}`);
  fs.writeFileSync(configuration, m4.stdout);

  return {
    spoolDirectory,
    async run(args, input = '') {
      const named = 'hostname laptop.example.org && exec "$@"';
      const child = spawn(
        'unshare',
        ['--uts', 'sh', '-c', named, 'sh', SENDMAIL, '-C', configuration, '-Ac', ...args],
        {
          env: { PATH: process.env['PATH'] ?? '', TZ: 'UTC' },
        },
      );
      child.stdin.end(input);
      const [stdout, stderr, [status]] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'close') as Promise<[number | null]>,
      ]);
      return { status, stdout, stderr };
    },
  };
}

function macros(home: string, spoolDirectory: string, relayPort: number): string {
  return `divert(-1)
include(\`${CF}/m4/cf.m4')
divert(0)
OSTYPE(\`linux')
define(\`confDOMAIN_NAME', \`laptop.example.org')
define(\`MSP_QUEUE_DIR', \`${spoolDirectory}')
define(\`confPID_FILE', \`${home}/pid')
define(\`STATUS_FILE', \`${home}/statistics')
define(\`confSERVICE_SWITCH_FILE', \`${home}/service.switch')
define(\`RELAY_MAILER_ARGS', \`TCP $h ${relayPort}')
FEATURE(\`nocanonify')
FEATURE(\`msp', \`[127.0.0.1]')
define(\`confDELIVERY_MODE', \`deferred')
define(\`confTIME_ZONE', \`')
`;
}
