/** The built `sendmail` as a process: what programs see of it, on good days and bad ones. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BIN, createHome, type OuttrayHome, runProgram, untilFiles } from '../support/outtray-home.js';

const SENDMAIL = path.join(BIN, 'sendmail');
const MESSAGE = 'Subject: test\n\nHello.\n';
const root = process.getuid?.() === 0;

describe('sendmail', () => {
  it('ends with 0 when data file and control file are there, and leaves nothing else', async () => {
    const home = createHome();

    const result = await home.run('sendmail', ['-i', 'bob@example.net'], MESSAGE);

    expect(result).toEqual({ status: 0, stdout: '', stderr: '' });
    const [df = '', qf = ''] = home.files();
    expect([df.slice(0, 2), qf.slice(0, 2), df.slice(2)]).toEqual(['df', 'qf', qf.slice(2)]);
    expect(read(home, df)).toBe('Hello.\n');
    expect(read(home, qf)).toMatch(/^V8\nT\d+\nK0\nN0\nP30022\nFs\n[\s\S]*\nRPFD:bob@example\.net\n[\s\S]*\n\.\n$/);
  });

  it('works with an empty environment, as cron has it', async () => {
    const home = createHome();

    const result = await runProgram(
      SENDMAIL,
      ['-O', `QueueDirectory=${home.spool}`, 'bob@example.net'],
      MESSAGE,
      {},
      '/',
    );

    expect(result).toMatchObject({ status: 0, stdout: '' });
    expect(home.files()).toHaveLength(2);
  });

  it('keeps bytes of the command line that are not UTF-8', async () => {
    const home = createHome();

    // printf makes the byte, which no JavaScript string can pass on.
    const result = await shell(home, `printf 'x\\n' | "$SENDMAIL" "$(printf 'b\\366b')@example.net"`);

    expect(result.status).toBe(0);
    expect(read(home, home.files()[1] ?? '')).toContain('\nRPFD:b\u00f6b@example.net\n');
  });

  it('keeps bytes of a full name in the environment that are not UTF-8, and logs bytes as sendmail does', async () => {
    const home = createHome();

    const result = await shell(
      home,
      `printf 'x\n' | NAME="$(printf 'B\\366b')" "$SENDMAIL" "$(printf 'b\\366b')@example.net"`,
    );

    expect(result.status).toBe(0);
    expect(read(home, home.files()[1] ?? '')).toContain('\nH?x?Full-Name: B\u00f6b\n');
    expect(fs.readFileSync(path.join(home.directory, 'log/maillog'), 'utf8')).toContain('to=b\\366b@example.net,');
  });

  it.each([
    ['standard output closed', '"$SENDMAIL" bob@example.net >&- <"$MESSAGE"'],
    ['standard error closed', '"$SENDMAIL" bob@example.net 2>&- <"$MESSAGE"'],
    ['all but its input closed', '"$SENDMAIL" bob@example.net >&- 2>&- <"$MESSAGE"'],
    ['a reader of its words who has gone', '"$SENDMAIL" -v bob@example.net <"$MESSAGE" | true'],
    ['a file for input', '"$SENDMAIL" bob@example.net <"$MESSAGE"'],
    ['no input', '"$SENDMAIL" bob@example.net </dev/null'],
    ['its input closed', '"$SENDMAIL" bob@example.net <&-'],
  ])('queues the message with %s', async (_, command) => {
    const home = createHome();

    const result = await shell(home, command);

    expect(result.status).toBe(0);
    expect(home.files().map((file) => file.slice(0, 2))).toEqual(['df', 'qf']);
  });

  it('reads a pipe that somebody has set non-blocking', async () => {
    const home = createHome();
    // The second line comes when the first is read and the program waits for more.
    const script = `
use Fcntl;
pipe(my $r, my $w) or die;
fcntl($r, F_SETFL, O_NONBLOCK) or die;
my $child = fork();
if ($child == 0) { close $w; open(STDIN, '<&', $r) or die; exec($ARGV[0], 'bob@example.net'); }
syswrite($w, "Subject: x\n\nfirst\n");
sub waits { open(my $f, '<', "/proc/$child/stat") or return 1; return <$f> =~ /[)] [SZ] /; }
my $left = pack('i', 1);
until (unpack('i', $left) == 0 && waits()) { select(undef, undef, undef, 0.001); ioctl($r, 0x541B, $left) or die; }
syswrite($w, "second\n");
close $w;
waitpid($child, 0);
exit($? >> 8);
`;

    const result = await runProgram('/usr/bin/perl', ['-e', script, SENDMAIL], '', home.env, '/');

    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(read(home, home.files()[0] ?? '')).toBe('first\nsecond\n');
  });

  it('ends at a line with a single dot though its input stays open', async () => {
    const home = createHome();
    const child = spawn(SENDMAIL, ['bob@example.net'], { env: home.env, stdio: ['pipe', 'ignore', 'ignore'] });
    onTestFinished(() => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    });

    child.stdin.write(`${MESSAGE}.\n`);

    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(0);
    expect(read(home, home.files()[0] ?? '')).toBe('Hello.\n');
  });

  it('takes the mail with broken settings, and says once what is wrong with them', async () => {
    const home = createHome('{\n  "hostname": 7,\n  "queue": { "maxMessageBytes": "many" }\n}\n');

    const result = await home.run('sendmail', ['bob@example.net'], MESSAGE);

    expect(result.status).toBe(0);
    expect(result.stderr.split('\n').slice(0, -1)).toEqual([
      'sendmail: settings.json line 2: hostname: must be a text or null',
      expect.stringMatching(/^sendmail: settings\.json line 3: queue\.maxMessageBytes: /),
    ]);
    expect(home.files()).toHaveLength(2);
    expect(home.log()).toContain('settings.json line 2: hostname:');
  });

  it('uses the host name of the settings', async () => {
    const home = createHome({ hostname: 'laptop.example.org' });

    await home.run('sendmail', ['bob@example.net'], MESSAGE);

    expect(read(home, home.files()[1] ?? '')).toMatch(/H\?M\?Message-Id: <\d{12}\.\w{14,}@laptop\.example\.org>\n/);
  });
});

describe('a message that sendmail cannot take', () => {
  it('without recipients ends with 64', async () => {
    const home = createHome();

    const none = await home.run('sendmail', [], MESSAGE);
    const header = await home.run('sendmail', ['-t'], MESSAGE);

    expect(none).toMatchObject({ status: 64, stdout: 'Recipient names must be specified\n' });
    expect(header).toMatchObject({ status: 64, stdout: 'No recipient addresses found in header\n' });
    expect(home.files()).toEqual([]);
  });

  it('for want of space ends with 75 and leaves nothing behind', async () => {
    const home = createHome();
    const large = path.join(home.directory, 'large');
    fs.writeFileSync(large, `${MESSAGE}${'x'.repeat(999)}\n`.repeat(1000));

    const result = await shell(home, `ulimit -f 100; "$SENDMAIL" bob@example.net <${large}`);

    expect(result.status).toBe(75);
    expect(result.stderr).toMatch(
      /^sendmail: cannot write .*\/df.* Free some space on that disk and send the message again\.\n$/,
    );
    expect(home.files()).toEqual([]);
  });

  it('in a spool that is not usable names the spool and the remedy', async () => {
    const home = createHome();
    fs.mkdirSync(home.spool, { mode: 0o700 });
    // Root may write anywhere, so root gets a spool of somebody else's.
    if (root) fs.chownSync(home.spool, 12345, 12345);
    else fs.chmodSync(home.spool, 0o500);

    const result = await home.run('sendmail', ['bob@example.net'], MESSAGE);

    expect(result.status).toBe(root ? 77 : 73);
    expect(result.stderr).toContain(home.spool);
    expect(result.stderr).toMatch(root ? /Use one of your own/ : /chmod u\+rwx/);
    expect(fs.readdirSync(home.spool)).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'because of %s in its middle leaves nothing behind',
    async (signal) => {
      const home = createHome();
      fs.mkdirSync(home.spool, { mode: 0o700 });
      const child = spawn(SENDMAIL, ['bob@example.net'], { env: home.env, stdio: ['pipe', 'ignore', 'ignore'] });
      onTestFinished(() => {
        if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      });
      // It may go before it has read everything.
      child.stdin.on('error', () => {});
      const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
      child.stdin.write(`${MESSAGE}${'x'.repeat(999)}\n`.repeat(300));
      await untilFiles(home.spool, () => home.files().length > 0);

      child.kill(signal);

      expect(await ended).not.toBe(0);
      expect(home.files()).toEqual([]);
    },
  );

  it('when its words are wrong says so as sendmail does', async () => {
    const home = createHome();

    const letter = await home.run('sendmail', ['-Z', 'bob@example.net'], MESSAGE);
    const notify = await home.run('sendmail', ['-Nmaybe', 'bob@example.net'], MESSAGE);

    expect(letter).toMatchObject({ status: 64, stdout: '', stderr: expect.stringMatching(/: illegal option -- Z\n$/) });
    expect(notify).toMatchObject({ status: 64, stdout: 'Invalid -N argument\n', stderr: '' });
    expect(home.files()).toEqual([]);
  });
});

describe('the other modes', () => {
  it.each([
    ['is not there', 'nowhere', 'No such file or directory'],
    ['is none', 'file', 'Not a directory'],
  ])('mailq says that a directory named to it %s, and makes none', async (_, name, words) => {
    const home = createHome();
    fs.writeFileSync(path.join(home.directory, 'file'), '');
    const named = path.join(home.directory, name);

    const listed = await home.run('mailq', [`-OQueueDirectory=${named}`]);

    expect(listed).toEqual({ status: 78, stdout: `can not chdir(${named}/): ${words}\n`, stderr: '' });
    expect(fs.existsSync(path.join(home.directory, 'nowhere'))).toBe(false);
  });

  it('-q -v shows bytes beyond ASCII as sendmail does, by their seven bits', async () => {
    const nobody = { host: '127.0.0.1', port: 9, security: 'none', auth: { method: 'none' }, from: ['*'] };
    const home = createHome({ relays: { home: nobody }, defaultRelay: 'home' });
    await home.run('sendmail', ['-t'], `To: Zo\u00eb <bob@example.net>\n${MESSAGE}`);

    const { stdout } = await home.run('sendmail', ['-q', '-v']);

    expect(stdout).toContain('\nZoC+ <bob@example.net>... Connecting to [127.0.0.1] port 9 via relay...\n');
  });

  it('mailq lists what was queued', async () => {
    const home = createHome();
    await home.run('sendmail', ['bob@example.net'], MESSAGE);

    const listed = await home.run('mailq', []);

    expect(listed.status).toBe(0);
    expect(listed.stdout).toContain(`\t\t${home.spool} (1 request)\n`);
    expect(listed.stdout).toContain('bob@example.net\n\t\tTotal requests: 1\n');
    expect(await home.run('outtray', ['mailq'])).toEqual(listed);
  });

  it('-bs takes a message over SMTP', async () => {
    const home = createHome({ hostname: 'laptop.example.org' });
    const dialogue = 'EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nSubject: z\r\n\r\n..x\r\n.\r\nQUIT\r\n';

    const result = await home.run('sendmail', ['-bs'], dialogue);

    expect(result.status).toBe(0);
    expect(result.stdout).toMatch(/\r\n250 2\.0\.0 \w+ Message accepted for delivery\r\n221 2\.0\.0 laptop/);
    expect(read(home, home.files()[0] ?? '')).toBe('.x\n');
  });

  it('-bs -v shows the attempt as lines of SMTP, when the message is acknowledged', async () => {
    const nobody = { host: '127.0.0.1', port: 9, security: 'none', auth: { method: 'none' }, from: ['*'] };
    const home = createHome({ relays: { home: nobody }, defaultRelay: 'home' });
    const dialogue = 'EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nSubject: z\r\n\r\nx\r\n.\r\nQUIT\r\n';

    const { stdout } = await home.run('sendmail', ['-bs', '-v'], dialogue);

    expect(stdout).toMatch(/accepted for delivery\r\n050 <c@d>\.\.\. Connecting to \[127\.0\.0\.1\] port 9 via relay/);
    expect(stdout.replaceAll(/^\d{3}[ -].*\r\n/gm, '')).toBe('');
  });

  it('-bs answers each command before it reads the next', async () => {
    const home = createHome({ hostname: 'laptop.example.org' });
    const child = spawn(SENDMAIL, ['-bs'], { env: home.env, stdio: ['pipe', 'pipe', 'ignore'] });
    onTestFinished(() => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    });
    const replies = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const answer = async (command: string): Promise<string> => {
      child.stdin.write(`${command}\r\n`);
      return String((await replies.next()).value);
    };

    expect(String((await replies.next()).value)).toMatch(/^220 /);
    expect(await answer('HELO x')).toMatch(/^250 /);
    expect(await answer('MAIL FROM:<a@b>')).toMatch(/^250 /);
    expect(await answer('RCPT TO:<c@d>')).toMatch(/^250 /);
    expect(await answer('DATA')).toMatch(/^354 /);
    expect(await answer('Subject: x\r\n\r\ny\r\n.')).toMatch(/^250 /);
    expect(home.files()).toHaveLength(2);
    expect(await answer('QUIT')).toMatch(/^221 /);
  });

  it('-bv says what would become of addresses', async () => {
    const relays = {
      work: { host: 'smtp.example.com', port: 465, security: 'tls', from: ['*@example.com'] },
      home: { host: 'smtp.example.org', port: 465, security: 'tls' },
    };
    const home = createHome({ hostname: 'laptop.example.org', aliases: 'aliases', relays, defaultRelay: 'home' });
    fs.writeFileSync(path.join(home.directory, 'aliases'), 'root: me@example.org\n');

    const result = await home.run('sendmail', ['-bv', 'root', 'bob', '@x']);
    const atWork = await home.run('sendmail', ['-bv', '-f', 'me@example.com', 'bob@example.net']);

    expect(result).toMatchObject({
      status: 64,
      stdout:
        'Notice: -bv may give misleading output for non-privileged user\n' +
        '@x... User address required\n' +
        'me@example.org... deliverable: mailer relay, host smtp.example.org, user me@example.org\n' +
        'bob... deliverable: mailer relay, host smtp.example.org, user bob@laptop.example.org\n',
    });
    expect(atWork.stdout).toContain('host smtp.example.com, user bob@example.net\n');
  });

  it('a delivery at once that finds no relay leaves the message queued and ends with 0', async () => {
    const home = createHome();

    const result = await home.run('sendmail', ['-v', 'bob@example.net'], MESSAGE);

    expect(result.status).toBe(0);
    expect(home.files().filter((file) => /^[dq]f/.test(file))).toHaveLength(2);
  });
});

async function shell(home: OuttrayHome, command: string) {
  const message = path.join(home.directory, 'message');
  fs.writeFileSync(message, MESSAGE);
  return runProgram(
    '/bin/bash',
    ['-c', `set -o pipefail; ${command}`],
    '',
    { ...home.env, SENDMAIL, MESSAGE: message },
    home.directory,
  );
}

function read(home: OuttrayHome, name: string): string {
  return fs.readFileSync(path.join(home.spool, name), 'latin1');
}
