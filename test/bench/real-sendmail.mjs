/**
 * A real sendmail as mail submission program with a private configuration and queue, where the
 * system has one (Debian: sendmail-bin, sendmail-cf). It insists on giving up root, and on a host
 * name with a dot in it: without, it sleeps for a minute. `withQualifiedHostName` gives it one.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const PROGRAM = '/usr/libexec/sendmail/sendmail';
const HOST = 'laptop.example.org';
const MACROS = '/usr/share/sendmail/cf/m4/cf.m4';

/** `{program, args, queue}`, or `{missing}` with why not. */
export function setUpRealSendmail(directory) {
  for (const file of [PROGRAM, MACROS]) if (!fs.existsSync(file)) return { missing: `${file} is not there` };
  if (!os.hostname().includes('.'))
    return { missing: `the host name ${os.hostname()} has no domain; run this as root` };
  if (spawnSync('m4', ['--version']).status !== 0) return { missing: 'm4 is not there' };
  const queue = path.join(directory, 'real');
  fs.mkdirSync(queue, { mode: 0o770 });
  const isRoot = process.getuid() === 0;
  const user = isRoot ? 'smmsp' : os.userInfo().username;
  if (isRoot) execFileSync('chown', [`${user}:${user}`, queue]);
  const serviceSwitch = path.join(directory, 'service.switch');
  fs.writeFileSync(serviceSwitch, 'hosts files\naliases files\n');
  const configuration = path.join(directory, 'submit.cf');
  const text = execFileSync('m4', ['-'], { input: macros({ user, queue, serviceSwitch }) });
  fs.writeFileSync(configuration, text, { mode: 0o644 });
  return { program: PROGRAM, args: ['-Ac', '-C', configuration, '-odd'], queue };
}

/**
 * The command to run instead of this process, in a host name and hosts file of its own; null where
 * that is not needed or not possible.
 */
export function withQualifiedHostName(directory, command) {
  if (os.hostname().includes('.') || process.getuid?.() !== 0 || process.platform !== 'linux') return null;
  const hosts = path.join(directory, 'hosts');
  // Without the last line sendmail asks DNS for it, and now and then waits for seconds.
  fs.writeFileSync(hosts, `127.0.0.1 localhost\n127.0.1.1 ${HOST} laptop\n::1 ${HOST} laptop\n`);
  const script = 'hostname "$1" && mount --bind "$2" /etc/hosts && shift 2 && exec "$@"';
  const wrapped = ['--uts', '--mount', 'sh', '-c', script, 'sh', HOST, hosts];
  if (spawnSync('unshare', [...wrapped, 'true']).status !== 0) return null;
  return ['unshare', ...wrapped, ...command];
}

function macros({ user, queue, serviceSwitch }) {
  return `include(\`${MACROS}')dnl
VERSIONID(\`bench')dnl
define(\`confCF_VERSION', \`Submit')dnl
define(\`__OSTYPE__', \`')dnl
define(\`confTIME_ZONE', \`')dnl
define(\`confDONT_INIT_GROUPS', \`True')dnl
define(\`MSP_QUEUE_DIR', \`${queue}')dnl
define(\`confRUN_AS_USER', \`${user}')dnl
define(\`confTRUSTED_USER', \`${user}')dnl
define(\`confDOMAIN_NAME', \`${HOST}')dnl
define(\`confSERVICE_SWITCH_FILE', \`${serviceSwitch}')dnl
FEATURE(\`msp', \`[127.0.0.1]', \`MSA')dnl
`;
}
