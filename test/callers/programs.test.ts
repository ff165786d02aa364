/**
 * Programs that send by themselves: cron, PHP's mail(), Perl's mail modules, swaks over SMTP on
 * stdio. Each in the form its package uses; what it gives is queued and arrives byte for byte.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { body, field, PLACES, SYSTEM_SENDMAIL, setUpDesks, unless, whyNoCaller } from '../support/caller-desk.js';

/** zwölf, one character a byte. */
const TWELVE = 'zw\u00c3\u00b6lf';

const openDesk = setUpDesks();

const noDesk = whyNoCaller();

describe.skipIf(noDesk !== null)(`cron${unless(noDesk)}`, () => {
  // cron in Debian: "%s -FCronDaemon -i -B8BITMIME -oem  %s" for user and the system's sendmail.
  const FLAGS = ['-FCronDaemon', '-i', '-B8BITMIME', '-oem'];
  const OUTPUT = [
    'From: root (Cron Daemon)',
    'To: alice',
    'Subject: Cron <alice@laptop> backup --all',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=UTF-8',
    'Content-Transfer-Encoding: 8bit',
    'X-Cron-Env: <SHELL=/bin/sh>',
    'X-Cron-Env: <HOME=/home/alice>',
    'X-Cron-Env: <LOGNAME=alice>',
    '',
    `fertig um ${TWELVE}`,
    '.',
    'From the middle, too',
    '',
  ].join('\n');

  it('has its report queued with nothing at all in the environment', async () => {
    const desk = await openDesk();

    const sent = await desk.run(['env', '-i', SYSTEM_SENDMAIL, ...FLAGS, 'alice'], OUTPUT);

    expect(sent).toEqual({ status: 0, stdout: '', stderr: '' });
    // The home directory is then that of the password file.
    const [mail] = desk.queued(desk.passwordHome);
    expect(mail?.control).toContain('H??From: root (Cron Daemon)\n');
    expect(mail?.recipients).toEqual(['alice']);
    expect(mail?.body).toBe(OUTPUT.slice(OUTPUT.indexOf('\n\n') + 2));
  });

  it('has its report arrive unchanged, from the user by that full name', async () => {
    const desk = await openDesk();

    const sent = await desk.run([SYSTEM_SENDMAIL, ...FLAGS, 'alice'], OUTPUT);
    const [mail] = await desk.deliver();

    expect(sent).toEqual({ status: 0, stdout: '', stderr: '' });
    if (mail === undefined) throw new Error('the relay got nothing');
    expect(mail.from).toBe('alice@laptop.example.org');
    expect(mail.rcptTo).toEqual(['alice@laptop.example.org']);
    expect(mail.envelope.bodyType).toBe('8bitmime');
    expect(field(mail.raw, 'from')).toBe('root@laptop.example.org (Cron Daemon)');
    expect(field(mail.raw, 'subject')).toBe('Cron <alice@laptop> backup --all');
    expect(body(mail.raw)).toBe(`fertig um ${TWELVE}\r\n.\r\nFrom the middle, too\r\n`);
  });

  it('has not changed these flags in its package', { skip: !fs.existsSync('/usr/sbin/cron') }, () => {
    expect(fs.readFileSync('/usr/sbin/cron', 'latin1')).toContain(`%s ${FLAGS.join(' ')}  %s`);
  });
});

const noPhp = whyNoCaller(['php', 'php-cli']);

describe.skipIf(noPhp !== null)(`PHP mail()${unless(noPhp)}`, () => {
  const HEADERS =
    'Cc: carol@example.com\\r\\nBcc: secret@example.org\\r\\nFrom: web@example.org\\r\\nContent-Type: text/plain; charset=UTF-8';

  it.each(PLACES)('sends through %s', async (place) => {
    const desk = await openDesk();
    const setting = place === SYSTEM_SENDMAIL ? [] : ['-d', `sendmail_path=${desk.sendmail(place)} -t -i`];
    const code = `exit(mail("bob@example.net, dave@example.net", "Your order", "um ${TWELVE}\\n.\\n\\nThanks\\n", "${HEADERS}", "-fbounces@example.org") ? 0 : 1);`;

    const sent = await desk.run(['php', ...setting, '-r', code]);
    const [mail] = await desk.deliver();

    expect(sent).toEqual({ status: 0, stdout: '', stderr: '' });
    if (mail === undefined) throw new Error('the relay got nothing');
    expect(mail.from).toBe('bounces@example.org');
    expect([...mail.rcptTo].sort()).toEqual([
      'bob@example.net',
      'carol@example.com',
      'dave@example.net',
      'secret@example.org',
    ]);
    expect(field(mail.raw, 'from')).toBe('web@example.org');
    expect(field(mail.raw, 'subject')).toBe('Your order');
    expect(mail.raw.toString('latin1')).not.toMatch(/secret|^bcc/im);
    // PHP puts a line end behind the text.
    expect(body(mail.raw)).toBe(`um ${TWELVE}\r\n.\r\n\r\nThanks\r\n\r\n`);
  });

  it('returns false where nobody can be found to send to', async () => {
    const desk = await openDesk();

    const sent = await desk.run(['php', '-r', 'exit(mail("", "x", "y") ? 0 : 1);']);

    expect(sent.status).toBe(1);
    expect(desk.queued()).toEqual([]);
  });
});

const noPerl = whyNoCaller(['perl', 'perl']) ?? whyNoModule('MIME::Lite', 'libmime-lite-perl');

describe.skipIf(noPerl !== null)(`Perl MIME::Lite${unless(noPerl)}`, () => {
  it('sends through the sendmail it finds', async () => {
    const desk = await openDesk();
    const code = `
      use MIME::Lite;
      my $mail = MIME::Lite->new(From => 'web@example.org', To => 'bob@example.net', Bcc => 'secret@example.org',
        Subject => 'Report', Type => 'text/plain; charset=UTF-8', Encoding => '8bit', Data => "um ${TWELVE}\\n.\\nend\\n");
      exit($mail->send ? 0 : 1);`;

    const sent = await desk.run(['perl', '-e', code]);
    const [mail] = await desk.deliver();

    expect(sent).toEqual({ status: 0, stdout: '', stderr: '' });
    if (mail === undefined) throw new Error('the relay got nothing');
    expect([...mail.rcptTo].sort()).toEqual(['bob@example.net', 'secret@example.org']);
    expect(mail.raw.toString('latin1')).not.toMatch(/secret|^bcc/im);
    expect(body(mail.raw)).toBe(`um ${TWELVE}\r\n.\r\nend\r\n`);
  });
});

const noSwaks = whyNoCaller(['swaks', 'swaks']);

describe.skipIf(noSwaks !== null)(`swaks over SMTP on stdio${unless(noSwaks)}`, () => {
  it.each(PLACES)('sends through %s -bs, each step answered', async (place) => {
    const desk = await openDesk();

    const sent = await desk.run([
      ...['swaks', '--pipe', `${desk.sendmail(place)} -bs`, '--protocol', 'ESMTP', '--ehlo', 'laptop'],
      ...['--from', 'alice@example.org', '--to', 'bob@example.net,dave@example.net'],
      ...['--header', 'Subject: piped', '--body', `.um ${TWELVE}\n..\nend\n`],
    ]);
    const [mail] = await desk.deliver();

    expect(sent.status, sent.stdout).toBe(0);
    expect(sent.stdout).not.toContain('<** ');
    if (mail === undefined) throw new Error('the relay got nothing');
    expect(mail.from).toBe('alice@example.org');
    expect([...mail.rcptTo].sort()).toEqual(['bob@example.net', 'dave@example.net']);
    expect(field(mail.raw, 'subject')).toBe('piped');
    expect(body(mail.raw)).toMatch(new RegExp(`^\\.um ${TWELVE}\\r\\n\\.\\.\\r\\nend\\r\\n`));
  });

  it('is told which recipient is none, and has the message taken for the other', async () => {
    const desk = await openDesk();

    const sent = await desk.run([
      ...['swaks', '--pipe', `${SYSTEM_SENDMAIL} -bs`, '--from', 'alice@example.org', '--to', 'bob@@,dave@example.net'],
      ...['--pipeline', '--body', 'Hello.'],
    ]);

    expect(sent.stdout).toMatch(/<\*\* 553 5\.1\.2 <bob@@>\.\.\. /);
    expect(desk.queued().map(({ recipients }) => recipients)).toEqual([['<dave@example.net>']]);
  });
});

function whyNoModule(module: string, debianPackage: string): string | null {
  if (spawnSync('perl', [`-M${module}`, '-e', '1']).status === 0) return null;
  return `no Perl module ${module} (Debian package ${debianPackage})`;
}
