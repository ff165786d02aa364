/**
 * The built sendmail where a computer is in a bad way: closed descriptors, full and read-only disks,
 * odd masks and limits, no home, no user, no name. Either the message is queued whole and the
 * status is 0, or the status is not 0, nothing of it is left, and the words name thing and remedy.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { certificates } from '../support/certificates.js';
import { BIN, createHome, type Finished, type OuttrayHome, runProgram } from '../support/outtray-home.js';
import { startRelay } from '../support/relay.js';

const SENDMAIL = path.join(BIN, 'sendmail');
const BODY = 'Hello.\n.\nThe end.\n';
const MESSAGE = `Subject: lunch\n\n${BODY}`;
/** Somebody without an entry in the password file. */
const STRANGER = 54_321;

const noRoot = process.getuid?.() === 0 ? null : 'needs root';
const noMounts =
  noRoot ?? (spawnSync('unshare', ['--mount', 'true']).status === 0 ? null : 'no mounts of our own may be made here');
const unless = (reason: string | null): string => (reason === null ? '' : ` (skipped: ${reason})`);

describe('with standard descriptors closed', () => {
  it.each([
    ['none', '', BODY],
    ['input', '<&-', ''],
    ['output', '>&-', BODY],
    ['errors', '2>&-', BODY],
    ['input and output', '<&- >&-', ''],
    ['input and errors', '<&- 2>&-', ''],
    ['output and errors', '>&- 2>&-', BODY],
    ['all three', '<&- >&- 2>&-', ''],
  ])('(%s), words never go into the message', async (_, redirection, body) => {
    const home = createHome('{ "hostname": 7 }');

    // Words of both kinds: about the settings, and about the address.
    const result = await shell(home, `"$SENDMAIL" -i -oep bob@example.net bob@@ <"$MESSAGE" ${redirection}`);

    expect(result.status).toBe(68);
    const [data = ''] = home.files();
    const control = data.replace('df', 'qf');
    expect(read(home, data)).toBe(body);
    expect(read(home, control)).toMatch(/^V8\n[\s\S]*\n\.\n$/);
    expect(read(home, control)).not.toContain('hostname:');
  });

  it('-bs without an input ends, without an output takes the message', async () => {
    const home = createHome();
    const session = 'EHLO x\\r\\nMAIL FROM:<a@b>\\r\\nRCPT TO:<c@d>\\r\\nDATA\\r\\nhi\\r\\n.\\r\\nQUIT\\r\\n';

    const deaf = await shell(home, '"$SENDMAIL" -bs <&-');
    const mute = await shell(home, `printf '${session}' | "$SENDMAIL" -bs >&- 2>&-`);

    expect([deaf.status, mute.status]).toEqual([0, 0]);
    expect(home.files().map((name) => name.slice(0, 2))).toEqual(['df', 'qf']);
    expect(read(home, home.files()[0] ?? '')).toBe('hi\n');
  });

  it('output to a full disk costs the words and not the message', async () => {
    const home = createHome();

    const result = await shell(home, '"$SENDMAIL" -i -oep bob@example.net bob@@ <"$MESSAGE" >/dev/full 2>&1');

    expect(result.status).toBe(68);
    expect(read(home, home.files()[0] ?? '')).toBe(BODY);
  });
});

describe.skipIf(noMounts !== null)(`on a disk${unless(noMounts)}`, () => {
  const NO_MINIMUM = `printf '{"queue":{"minFreeBytes":"0kB"}}' >"$T/settings.json"`;

  it.each([
    ['that is small', 'mount -t tmpfs -o size=64k x "$T"', /fewer than queue\.minFreeBytes/],
    [
      'that fills up in the body',
      `mount -t tmpfs -o size=64k x "$T"; ${NO_MINIMUM}`,
      /^sendmail: cannot write .*\/df\w+: .*ENOSPC/,
    ],
    [
      'that fills up behind the body',
      `mount -t tmpfs -o size=64k x "$T"; ${NO_MINIMUM}; mkdir -m 700 "$T/clientmqueue"; head -c 55k /dev/zero >"$T/fill"; MESSAGE=$SMALL`,
      /^sendmail: cannot write .*\/tf\w+: .*ENOSPC/,
    ],
    [
      'that has no names left for the body',
      'mount -t tmpfs -o nr_inodes=2 x "$T"; mkdir -m 700 "$T/clientmqueue"; MESSAGE=$SMALL',
      /^sendmail: cannot create a message in .*ENOSPC/,
    ],
    [
      'that has no names left for the control file',
      'mount -t tmpfs -o nr_inodes=3 x "$T"; mkdir -m 700 "$T/clientmqueue"; MESSAGE=$SMALL',
      /^sendmail: cannot write .*\/tf\w+: .*ENOSPC/,
    ],
  ])('%s the message is refused for now, and nothing of it stays', async (_, prepare, words) => {
    const home = createHome();
    const outside = createHome();
    fs.writeFileSync(path.join(outside.directory, 'small'), MESSAGE);
    fs.writeFileSync(path.join(outside.directory, 'large'), `Subject: x\n\n${'x'.repeat(99)}\n`.repeat(2000));

    const result = await inMounts(
      home,
      `SMALL=${outside.directory}/small MESSAGE=${outside.directory}/large; ${prepare}
       "$SENDMAIL" bob@example.net <"$MESSAGE"; status=$?; find "$T" -name '[a-zA-Z]f*' >&2; exit $status`,
    );

    expect(result.status).toBe(75);
    expect(result.stderr).toMatch(words);
    expect(result.stderr).toMatch(/\. Free some space.* and send the message again\.\n$/);
  });

  it('that cannot be written to: nothing is taken, the directory is named', async () => {
    const home = createHome();

    const wholeHome = await inMounts(home, 'mount -t tmpfs -o ro x "$T"; echo x | "$SENDMAIL" bob@example.net');
    const spool = await inMounts(
      home,
      'mkdir -m 700 "$T/clientmqueue"; mount -t tmpfs -o ro,mode=700 x "$T/clientmqueue"; echo x | "$SENDMAIL" bob@example.net',
    );

    for (const result of [wholeHome, spool]) {
      expect(result.status).toBe(73);
      expect(result.stderr).toMatch(/^sendmail: .*\/clientmqueue\b.* read-only file system.*\n$/i);
    }
  });

  it('that cannot be written to but for the queue: the message is queued, without a log', async () => {
    const home = createHome();

    const result = await inMounts(
      home,
      `mkdir -m 700 "$T/clientmqueue"; mount --bind "$T" "$T"; mount --bind "$T/clientmqueue" "$T/clientmqueue"
       mount -o remount,bind,ro "$T"; "$SENDMAIL" -i bob@example.net <"$MESSAGE"`,
    );

    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(home.files()).toHaveLength(2);
    expect(home.log()).toBe('');
  });

  it.each([
    ['no /tmp to write to', 'mount -t tmpfs -o ro,noexec x /var/tmp; export TMPDIR=/nonexistent'],
    ['no /sys', 'umount -l /sys'],
    ['no devices', 'mount -t tmpfs x /dev'],
    ['no password file', 'mount --bind /dev/null /etc/passwd'],
  ])('where there is %s the message is queued', async (_, prepare) => {
    const home = createHome();

    const result = await inMounts(home, `${prepare}; "$SENDMAIL" -i bob@example.net <"$MESSAGE"`);

    expect(result).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(read(home, home.files()[0] ?? '')).toBe(BODY);
  });
});

describe('whatever the limits of its caller', () => {
  it.each(['000', '022', '077', '777'])('umask %s: files are the user’s alone, and the user’s', async (mask) => {
    const home = createHome();

    const result = await shell(home, `umask ${mask}; "$SENDMAIL" -i bob@example.net <"$MESSAGE"`);

    expect(result).toMatchObject({ status: 0, stderr: '' });
    const modes = ['', ...home.files()].map((name) => fs.statSync(path.join(home.spool, name)).mode & 0o777);
    expect(modes).toEqual([0o700, 0o600, 0o600]);
    expect(fs.statSync(path.join(home.directory, 'log/maillog')).mode & 0o777).toBe(0o600);
  });

  it.each([0, 20])('files of %i blocks at most: refused for now, nothing stays', async (blocks) => {
    const home = createHome();
    const large = path.join(home.directory, 'large');
    fs.writeFileSync(large, `Subject: x\n\n${`${'x'.repeat(99)}\n`.repeat(3000)}`);

    const result = await shell(home, `ulimit -f ${blocks}; "$SENDMAIL" bob@example.net <${large}`);

    expect(result.status).toBe(75);
    expect(result.stderr).toMatch(/^sendmail: cannot write .*\/df\w+: EFBIG/);
    expect(home.files()).toEqual([]);
  });

  it('few descriptors: queued whole or refused, never half', async () => {
    const statuses: (number | null)[] = [];
    for (const limit of [4, 5, 6, 7, 8, 10, 20]) {
      const home = createHome();

      const { status } = await shell(home, `ulimit -n ${limit}; exec "$SENDMAIL" -i bob@example.net <"$MESSAGE"`);

      expect(home.files()).toHaveLength(status === 0 ? 2 : 0);
      statuses.push(status);
    }
    expect(statuses.slice(-3)).toEqual([0, 0, 0]);
  });
});

describe('whoever calls it', () => {
  it('with nothing in the environment: the home directory is that of the password file', async () => {
    const home = createHome();

    const result = await runProgram(SENDMAIL, ['-bv', 'bob@example.net'], '', {}, '/');
    const queued = await runProgram(
      SENDMAIL,
      ['-i', `-OQueueDirectory=${home.spool}`, 'bob@example.net'],
      MESSAGE,
      {},
      '/',
    );

    expect(result.status).toBe(0);
    expect(queued).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(read(home, home.files()[0] ?? '')).toBe(BODY);
  });

  it.skipIf(noRoot !== null)(
    `a user without an entry in the password file is the number${unless(noRoot)}`,
    async () => {
      const home = createHome();
      fs.chownSync(home.directory, STRANGER, STRANGER);

      const result = await shell(home, `${asStranger('"$SENDMAIL"')} -i bob@example.net <"$MESSAGE"`);

      expect(result).toMatchObject({ status: 0, stderr: '' });
      expect(read(home, home.files()[1] ?? '')).toContain(`\nS${STRANGER}\n`);
    },
  );

  it.skipIf(noRoot !== null)(
    `a user without entry and home: no mail is taken into a place that nobody would look at${unless(noRoot)}`,
    async () => {
      const home = createHome();

      const result = await shell(home, `${asStranger('env -i "$SENDMAIL"')} -i bob@example.net <"$MESSAGE"`);

      expect(result.status).toBe(73);
      expect(result.stderr).toMatch(
        /^sendmail: cannot use the queue directory \/nonexistent\/.*another queue directory\.\n$/,
      );
    },
  );

  it.skipIf(noMounts !== null)(
    `with the HOME of somebody else, as under su, sudo and cron: the queue is in the caller's own${unless(noMounts)}`,
    async () => {
      const home = createHome();
      const own = path.join(home.directory, 'own');
      fs.mkdirSync(own);
      fs.chownSync(own, STRANGER, STRANGER);
      fs.chmodSync(home.directory, 0o755);

      const result = await inMounts(
        home,
        `(cat /etc/passwd; echo "stranger:x:${STRANGER}:${STRANGER}::${own}:/bin/sh") >"$T/passwd"; mount --bind "$T/passwd" /etc/passwd
         unset OUTTRAY_HOME; HOME=/root ${asStranger('"$SENDMAIL"')} -i bob@example.net <"$MESSAGE"`,
      );

      expect(result).toMatchObject({ status: 0, stdout: '', stderr: '' });
      expect(fs.readdirSync(path.join(own, '.local/share/outtray/clientmqueue'))).toHaveLength(2);
    },
  );

  it.each(['', '-', '/', '.', '..', 'sendmail', '-sendmail', '\\xff', 'SENDMAIL', 'send mail', '--version'])(
    'by the name %j',
    async (name) => {
      const home = createHome();

      const result = await shell(home, `exec -a "$(printf -- '${name}')" "$SENDMAIL" -i bob@example.net <"$MESSAGE"`);

      expect(result).toMatchObject({ status: 0, stdout: '', stderr: '' });
      expect(home.files()).toHaveLength(2);
    },
  );

  it('with sixty thousand recipients and with a word of 100 kB', async () => {
    const home = createHome();

    const many = await shell(home, '"$SENDMAIL" -i $(seq -f "user%g@example.net" 60000) <"$MESSAGE"');
    const queued = read(home, home.files()[1] ?? '');
    const long = await shell(home, '"$SENDMAIL" -i "$(printf %100000s | tr " " a)@example.net" <"$MESSAGE"');

    expect(many).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(queued.match(/^RPFD:/gm)).toHaveLength(60_000);
    expect(long.status).toBe(64);
    expect(long.stdout).toContain('... prescan: token too long\n');
  });

  it.each([
    ['TZ', 'X'.repeat(5000)],
    ['TZ', 'x\nFrom: evil@example.com'],
    ['LC_ALL', 'tr_TR.UTF-8'],
    ['LANG', '../../etc/passwd'],
    ['NAME', 'x\nBcc: evil@example.com'],
    ['HOME', 'relative'],
    ['USER', 'root\nBcc: evil@example.com'],
    ['LOGNAME', '|sh'],
    ['COLUMNS', '-1'],
    ['TERM', '\u001b]0;x'],
  ])('with %s=%j', async (name, value) => {
    const home = createHome();

    const result = await runProgram(SENDMAIL, ['-i', 'bob@example.net'], MESSAGE, { ...home.env, [name]: value }, '/');

    expect(result).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const control = read(home, home.files()[1] ?? '');
    expect(control.match(/^RPFD:.*$/gm)).toEqual(['RPFD:bob@example.net']);
    expect(control).not.toMatch(/^(?:H\?.?\?)?(?:Bcc|From): evil/m);
  });

  it('in a directory that it may not read, or that has been removed', async () => {
    const home = createHome();
    const gone = createHome();

    const closed = await shell(
      home,
      'mkdir -m 000 closed; cd closed 2>/dev/null; "$SENDMAIL" -i bob@example.net <"$MESSAGE"',
    );
    const removed = await shell(gone, 'mkdir gone; cd gone; rmdir ../gone; "$SENDMAIL" -i bob@example.net <"$MESSAGE"');

    expect(closed.status).toBe(0);
    expect(home.files()).toHaveLength(2);
    // The runtime ends at once there: the caller is told.
    expect(removed.status).toBe(1);
    expect(removed.stderr).toMatch(/current working directory was deleted/);
    expect(gone.files()).toEqual([]);
  });
});

describe('flags that a stranger may have chosen', () => {
  it.each([
    ['-C', '/dev/zero', 'Not a regular file'],
    ['-C', '/nonexistent', 'No such file or directory'],
  ])('%s%s: no settings', async (flag, file, why) => {
    const home = createHome();

    const result = await home.run('sendmail', [`${flag}${file}`, 'bob@example.net'], MESSAGE);

    expect(result).toEqual({ status: 72, stdout: `${file}: line 0: cannot open: ${why}\n`, stderr: '' });
    expect(home.files()).toEqual([]);
  });

  it('-C: a file that others may write, or could have put there, is no settings', async () => {
    const home = createHome();
    const open = path.join(home.directory, 'open');
    fs.mkdirSync(open);
    fs.chmodSync(open, 0o1777);
    fs.writeFileSync(path.join(open, 'settings.json'), '{}');
    const file = path.join(home.directory, 'writable.json');
    fs.writeFileSync(file, '{}');
    fs.chmodSync(file, 0o666);

    const inOpen = await home.run('sendmail', ['-C', path.join(open, 'settings.json'), 'bob@example.net'], MESSAGE);
    const writable = await home.run('sendmail', ['-C', file, '-q'], MESSAGE);

    expect(inOpen).toMatchObject({ status: 72, stdout: expect.stringMatching(/: World writable directory\n$/) });
    expect(writable).toMatchObject({ status: 72, stdout: expect.stringMatching(/: World writable file\n$/) });
  });

  it('-C: no command of those settings is run, no password is sent by them', async () => {
    const { good, caFile } = certificates();
    const relay = await startRelay({ security: 'tls', certificate: good, auth: { me: 'secret' } });
    const home = createHome();
    const mark = path.join(home.directory, 'mark');
    const passwordCommand = ['sh', '-c', `touch ${mark}; echo secret`];
    const auth = { method: 'password', user: 'me' };
    const described = { host: 'localhost', port: relay.port, security: 'tls', auth, passwordCommand, tls: { caFile } };
    const settings = JSON.stringify({ relays: { home: described }, defaultRelay: 'home' });
    const file = path.join(home.directory, 'evil.json');
    fs.writeFileSync(file, settings);

    const atOnce = await home.run('sendmail', ['-C', file, '-odi', '-i', 'bob@example.net'], MESSAGE);
    const run = await home.run('sendmail', ['-C', file, '-q', '-v']);

    expect(atOnce.status).toBe(0);
    expect(run.stderr).toContain('unlock no password');
    expect(fs.existsSync(mark)).toBe(false);
    expect(home.files()).toHaveLength(2);
    // The same settings as the user's own.
    fs.writeFileSync(path.join(home.directory, 'settings.json'), settings);
    await home.run('sendmail', ['-C', path.join(home.directory, 'settings.json'), '-q', '-v']);
    expect(relay.received).toHaveLength(1);
  });

  it.each([['-oQ'], ['-OQueueDirectory=']])('%s: a directory of something else is no queue', async (flag) => {
    const home = createHome();
    const web = path.join(home.directory, 'web');
    fs.mkdirSync(web, { mode: 0o700 });
    fs.writeFileSync(path.join(web, 'index.php'), '');

    const result = await home.run(
      'sendmail',
      [`${flag}${web}`, '-X', path.join(web, 'shell.php'), 'bob@example.net'],
      MESSAGE,
    );

    expect(result).toMatchObject({ status: 78, stdout: `${web} is no queue directory: it holds index.php\n` });
    expect(fs.readdirSync(web)).toEqual(['index.php']);
  });
});

function asStranger(command: string): string {
  return `setpriv --reuid=${STRANGER} --regid=${STRANGER} --clear-groups ${command}`;
}

function shell(home: OuttrayHome, script: string): Promise<Finished> {
  const message = path.join(home.directory, 'message');
  fs.writeFileSync(message, MESSAGE);
  const env = { ...home.env, SENDMAIL, MESSAGE: message, T: home.directory };
  return runProgram('/bin/bash', ['-c', script], '', env, home.directory);
}

/** In a mount namespace: nothing that is mounted is seen elsewhere. */
function inMounts(home: OuttrayHome, script: string): Promise<Finished> {
  const message = path.join(home.directory, 'message');
  fs.writeFileSync(message, MESSAGE);
  const env = { ...home.env, SENDMAIL, MESSAGE: message, T: home.directory };
  return runProgram('unshare', ['--mount', '--propagation', 'private', 'bash', '-c', script], '', env, '/');
}

function read(home: OuttrayHome, name: string): string {
  return fs.readFileSync(path.join(home.spool, name), 'latin1');
}
