/**
 * The real sendmail on a spool of the test's own: a stock FEATURE(msp) configuration made from
 * Debian's sendmail-cf, its relay a port of this computer, on the laptop of the recorded cases
 * (laptop.ts): with a short host name it sleeps for a minute at each start, and with -C it says so
 * in each message.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { createLaptop, makeDirectory, type ProgramResult, type RunAs, whyNoLaptop } from './laptop.js';

const SENDMAIL = '/usr/libexec/sendmail/sendmail';
const CF = '/usr/share/sendmail/cf';
const CONFIGURATION = '/etc/mail/submit.cf';
const HOST = 'laptop.example.org';

export interface SendmailRunAs extends RunAs {
  /** The name it is called by. */
  readonly argv0?: 'sendmail' | 'mailq' | 'newaliases' | 'hoststat' | 'purgestat' | 'smtpd';
}

export interface RealSendmail {
  /** Its queue directory, also ours. */
  readonly spoolDirectory: string;
  /** Home directory of alice. */
  readonly home: string;
  /** With these words, `-Ac` in front unless the name is another; input and output one character a byte. */
  run(args: readonly string[], input?: string, as?: SendmailRunAs): Promise<ProgramResult>;
  /** `-Ac -bs` and these words, each piece of input when what came before has been answered. */
  converse(args: readonly string[], pieces: readonly string[], as?: SendmailRunAs): Promise<ProgramResult>;
}

/** One line that says why there is none to test with; null when there is. */
export function whyNoRealSendmail(): string | null {
  if (!fs.existsSync(SENDMAIL)) return `no real sendmail at ${SENDMAIL} (Debian package sendmail-bin)`;
  if (!fs.existsSync(path.join(CF, 'm4/cf.m4'))) return `no ${CF} to configure it with (Debian package sendmail-cf)`;
  if (!fs.existsSync(CONFIGURATION))
    return `no ${CONFIGURATION} to lay a private one over (Debian package sendmail-bin)`;
  return whyNoLaptop();
}

/** For one test. `options` are lines of m4 put after FEATURE(msp), `before` in front of it. */
export function setUpRealSendmail(relayPort: number, options = '', before = ''): RealSendmail {
  const real = createRealSendmail(relayPort, options, before);
  onTestFinished(() => real.remove());
  return real;
}

/** Stands until removed. */
export function createRealSendmail(relayPort: number, options = '', before = ''): RealSendmail & { remove(): void } {
  const laptop = createLaptop();
  const { directory, home } = laptop;
  const spoolDirectory = makeDirectory(path.join(directory, 'clientmqueue'), 0o770, idOf('-u'), idOf('-g'));
  fs.writeFileSync(path.join(directory, 'service.switch'), 'hosts files\naliases files\n');
  laptop.overlay(CONFIGURATION, configure(directory, spoolDirectory, relayPort, options, before));
  return {
    spoolDirectory,
    home,
    remove: laptop.remove,
    run(args, input = '', { argv0 = 'sendmail', ...as } = {}) {
      const program = argv0 === 'sendmail' ? [SENDMAIL, '-Ac'] : [path.join(path.dirname(SENDMAIL), argv0)];
      return laptop.run([...program, ...args], input, as);
    },
    converse: (args, pieces, as) => laptop.converse([SENDMAIL, '-Ac', '-bs', ...args], pieces, as),
  };
}

function idOf(option: '-u' | '-g'): number {
  return Number(spawnSync('id', [option, 'smmsp'], { encoding: 'utf8' }).stdout);
}

function configure(...parts: Parameters<typeof macros>): string {
  const m4 = spawnSync('m4', [`-D_CF_DIR_=${CF}/`], {
    input: macros(...parts),
    encoding: 'utf8',
  });
  if (m4.status !== 0) throw new Error(`m4: ${m4.stderr}`);
  return m4.stdout;
}

function macros(top: string, spoolDirectory: string, relayPort: number, options: string, before: string): string {
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
${before}
FEATURE(\`msp', \`[127.0.0.1]')
define(\`confDELIVERY_MODE', \`deferred')
define(\`confTIME_ZONE', \`')
${options}
`;
}
