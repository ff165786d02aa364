/** Aliases as cron, programs and people meet them: the built commands with aliases files of the test's own. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BIN, createHome, type OuttrayHome, runProgram } from '../support/outtray-home.js';

const CRON = `From: root (Cron Daemon)
To: root
Subject: Cron <root@laptop> test -x /usr/sbin/anacron
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Auto-Submitted: auto-generated

job failed
`;
const NOT_DELIVERED_TO = 'programs, files and includes are not delivered to';

describe('aliases', () => {
  it("bring what cron mails to root to the person, by the user's own file that no setting names", async () => {
    const { home } = homeWith('root: me@example.org\n');

    const result = await home.run('sendmail', ['-FCronDaemon', '-i', '-B8BITMIME', '-oem', 'root'], CRON);

    expect(result).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(recipientsIn(home)).toEqual(['me@example.org']);
    expect(control(home)).toContain('\nH??To: root\n');
  });

  it("bring the postmaster's and a user's mail there, through the file of the administrator", async () => {
    const { home } = homeWith('root: me@example.org\n', 'postmaster: root\nalice: "Alice E." <alice@example.com>\n');

    await home.run('sendmail', ['-t'], 'To: Postmaster@localhost, alice (the user), bob@example.net\n\nx\n');

    expect(recipientsIn(home)).toEqual(['"Alice E." <alice@example.com>', 'bob@example.net', 'me@example.org']);
  });

  it('are written in the header where aliasesInHeader says so', async () => {
    const { home } = homeWith('root: me@example.org\n', '', { aliasesInHeader: true });

    await home.run('sendmail', ['-i', 'root'], CRON);

    expect(control(home)).toContain('\nH??From: me@example.org (Cron Daemon)\n');
    expect(control(home)).toContain('\nH??To: me@example.org\n');
  });

  it('are left alone with -n', async () => {
    const { home } = homeWith('root: me@example.org\n', '', { aliasesInHeader: true });

    await home.run('sendmail', ['-n', '-i', 'root'], CRON);

    expect(recipientsIn(home)).toEqual(['root']);
    expect(control(home)).toContain('\nH??To: root\n');
  });

  it('that name a program, a file or an include run, write and read nothing, and lose no mail', async () => {
    const { home } = homeWith('');
    const trace = path.join(home.directory, 'trace');
    const secret = path.join(home.directory, 'secret');
    fs.writeFileSync(secret, 'thief@example.net\n');
    fs.writeFileSync(
      path.join(home.directory, 'aliases'),
      `prog: "|touch ${trace}"\nfile: ${trace}\ninc: :include:${secret}\nboth: me@example.org, "|touch ${trace}"\n`,
    );

    const result = await home.run('sendmail', ['prog', 'file', 'inc', 'both'], CRON);

    expect(result.status).toBe(0);
    expect(result.stderr.split('\n').filter((line) => line.endsWith(NOT_DELIVERED_TO))).toHaveLength(4);
    expect(recipientsIn(home)).toEqual(['file', 'inc', 'me@example.org', 'prog']);
    expect(fs.existsSync(trace)).toBe(false);
  });

  it('in a circle leave the mail to the name, and say so', async () => {
    const { home } = homeWith('a: b\nb: a\n');

    const result = await home.run('sendmail', ['a'], CRON);

    expect(result).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('a -> b -> a... aliasing/forwarding loop'),
    });
    expect(recipientsIn(home)).toEqual(['a']);
    expect(home.log()).toContain('aliasing/forwarding loop broken');
  });

  it('are not read for mail to others, however bad the file', async () => {
    const { home } = homeWith('');
    fs.chmodSync(path.join(home.directory, 'aliases'), 0o666);

    const elsewhere = await home.run('sendmail', ['bob@example.net'], CRON);
    const here = await home.run('sendmail', ['root'], CRON);

    expect(elsewhere).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(here).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/aliases can be written by everybody: chmod o-w/),
    });
  });

  it('are followed over -bs', async () => {
    const { home } = homeWith('root: me@example.org\n');
    const session = ['EHLO x', 'MAIL FROM:<alice>', 'RCPT TO:<root>', 'DATA', 'Subject: x', '', 'y', '.', 'QUIT', ''];

    await home.run('sendmail', ['-bs'], session.join('\r\n'));

    expect(recipientsIn(home)).toEqual(['me@example.org']);
  });

  it('are shown step by step by a submission with -v', async () => {
    const { home } = homeWith('root: admin\nadmin: me@example.org\n');

    const { stdout } = await home.run('sendmail', ['-v', 'root'], 'Subject: x\n\nx\n');

    expect(stdout.split('\n').slice(0, 2)).toEqual(['root... aliased to admin', 'admin... aliased to me@example.org']);
  });

  it('are shown by -bv, with -v step by step', async () => {
    const { home } = homeWith('root: admin\nadmin: me@example.org, carol@example.net\n');

    const { stdout, status } = await home.run('sendmail', ['-bv', '-v', 'root']);

    expect(status).toBe(0);
    expect(stdout.split('\n').slice(1)).toEqual([
      'root... aliased to admin',
      'admin... aliased to me@example.org, carol@example.net',
      'carol@example.net... deliverable: mailer relay, user carol@example.net',
      'me@example.org... deliverable: mailer relay, user me@example.org',
      '',
    ]);
  });
});

describe('newaliases', () => {
  it('looks through all files and says what will not work, line by line', async () => {
    const { home, own, system } = homeWith(
      'root: me@example.org\nme: you\nyou: me\n',
      'lp: "|lpr"\nbad line\nroot: x@y\nROOT: z@y\n',
    );

    const result = await runProgram(path.join(BIN, 'newaliases'), [], '', home.env, home.directory);

    expect(result).toEqual({
      status: 65,
      stdout: [
        `${own}: line 2: me -> you -> me... aliasing/forwarding loop broken`,
        `${own}: 3 aliases, longest 14 bytes, 28 bytes total`,
        `${system}: line 1: "|lpr"... ${NOT_DELIVERED_TO}`,
        `${system}: line 2: missing colon`,
        `${system}: line 4: ROOT... Warning: duplicate alias name root`,
        `${system}: 3 aliases, longest 6 bytes, 22 bytes total`,
        '',
      ].join('\n'),
      stderr: '',
    });
  });

  it('ends with 0 where all is well, and where there is no file', async () => {
    const { home } = homeWith('root: me@example.org\n');
    const none = createHome();

    expect((await home.run('sendmail', ['-bi'])).status).toBe(0);
    expect(await none.run('sendmail', ['-bi'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('does not exist'),
    });
  });
});

/** The user's own file, and one that a setting names. */
function homeWith(ownText: string, systemText?: string, settings: Readonly<Record<string, unknown>> = {}) {
  const home = createHome();
  const own = path.join(home.directory, 'aliases');
  const system = path.join(home.directory, 'etc-aliases');
  fs.writeFileSync(own, ownText, { mode: 0o644 });
  if (systemText !== undefined) fs.writeFileSync(system, systemText, { mode: 0o644 });
  home.writeSettings({
    hostname: 'laptop.example.org',
    ...(systemText === undefined ? {} : { aliases: [system] }),
    ...settings,
  });
  return { home, own, system };
}

function control(home: OuttrayHome): string {
  const name = home.files().find((file) => file.startsWith('qf')) ?? '';
  return fs.readFileSync(path.join(home.spool, name), 'latin1');
}

function recipientsIn(home: OuttrayHome): string[] {
  return [...control(home).matchAll(/^R[A-Z]*:(.*)$/gm)].map(([, address = '']) => address).sort();
}
