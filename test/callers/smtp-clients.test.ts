/** Programs that hand over mail by SMTP alone, as their packages install them, to the listener of an agent. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { startListening } from '../support/listening-agent.js';
import { runProgram } from '../support/outtray-home.js';

const MESSAGE = 'From: me@example.org\nTo: bob@example.net\nSubject: hello\n\n.dot\n..\n.\nend\n';

const PYTHON = `
import smtplib, sys
with smtplib.SMTP('localhost', int(sys.argv[1])) as client:
    print(client.sendmail('me@example.org', ['bob@example.net'], sys.stdin.read(), mail_options=['BODY=8BITMIME', 'RET=HDRS'],
        rcpt_options=['NOTIFY=FAILURE']))
`;

const EMACS = (port: number): string => `(progn (require 'smtpmail)
  (setq smtpmail-smtp-server "localhost" smtpmail-smtp-service ${port} user-mail-address "me@example.org"
        mail-header-separator "--text--")
  (with-temp-buffer
    (insert "From: me@example.org\nTo: bob@example.net\nSubject: hello\n--text--\n.dot\n..\n.\nend\n")
    (smtpmail-send-it)))`;

interface Client {
  readonly name: string;
  readonly program: string;
  readonly args: (port: number) => readonly string[];
}

/** Each has MESSAGE on standard input, or says it itself. */
const CLIENTS: readonly Client[] = [
  { name: "Python's smtplib", program: 'python3', args: (port) => ['-c', PYTHON, String(port)] },
  {
    name: 'curl',
    program: 'curl',
    args: (port) => [
      ...['-sS', '--mail-from', 'me@example.org', '--mail-rcpt', 'bob@example.net', '--crlf'],
      ...['--upload-file', '-', `smtp://localhost:${port}`],
    ],
  },
  {
    name: 'swaks, commands pipelined',
    program: 'swaks',
    args: (port) => [
      ...['--server', 'localhost', '--port', String(port), '--pipeline', '--silent', '2'],
      ...['--from', 'me@example.org', '--to', 'bob@example.net', '--data', MESSAGE.replaceAll('\n', '\\n')],
    ],
  },
  { name: "Emacs's smtpmail", program: 'emacs', args: (port) => ['-Q', '--batch', '--eval', EMACS(port)] },
  {
    name: 's-nail',
    program: 's-nail',
    args: (port) => [
      ...['-n', '-t', '-S', 'v15-compat', '-S', `mta=smtp://localhost:${port}`, '-S', 'smtp-auth=none'],
      ...['-S', 'from=me@example.org'],
    ],
  },
  {
    name: 'mutt',
    program: 'mutt',
    args: (port) => [
      ...['-n', '-F', '/dev/null', '-e', `set smtp_url=smtp://localhost:${port} record="" from=me@example.org`],
      ...['-e', 'set ssl_starttls=no ssl_force_tls=no', '-H', '-'],
    ],
  },
];

describe('over SMTP', () => {
  for (const { name, program, args } of CLIENTS) {
    const why = has(program) ? null : `${program} is not installed`;
    if (why !== null) console.log(`SMTP clients skipped in part: ${why}`);

    it.skipIf(why !== null)(`${name} hands over a message with all its dots`, async () => {
      const { home, port } = await startListening();

      const { status, stderr } = await runProgram(program, args(port), MESSAGE, home.env, home.directory);

      expect(status, stderr).toBe(0);
      const read = (kind: string): string =>
        fs.readFileSync(path.join(home.spool, home.files().find((file) => file.startsWith(kind)) ?? ''), 'latin1');
      const control = read('qf').split('\n');
      expect(control).toContain('S<me@example.org>');
      expect(control).toContain('H??Subject: hello');
      expect(control.filter((line) => /^R.*:<bob@example\.net>$/.test(line))).toHaveLength(1);
      expect(read('df').trimEnd()).toBe('.dot\n..\n.\nend');
    });
  }

  const noGit =
    spawnSync('sh', ['-c', 'test -x "$(git --exec-path)/git-send-email"']).status === 0
      ? null
      : 'git send-email is not installed';
  if (noGit !== null) console.log(`SMTP clients skipped in part: ${noGit}`);

  it.skipIf(noGit !== null)('git send-email hands over a patch that can be applied', async () => {
    const { home, port } = await startListening();
    const git = (...words: readonly string[]): string =>
      execFileSync('git', ['-c', 'user.name=Me', '-c', 'user.email=me@example.org', ...words], {
        cwd: home.directory,
        env: { ...home.env, HOME: home.directory },
        encoding: 'utf8',
      });
    git('init', '-q');
    fs.writeFileSync(path.join(home.directory, 'file'), '.dot\n.\n');
    git('add', 'file');
    git('commit', '-q', '-m', 'Add a file');
    const patch = git('format-patch', '-q', '--root', '-1', '--stdout');
    fs.writeFileSync(path.join(home.directory, 'one.patch'), patch);

    git(
      ...['send-email', '--quiet', '--confirm=never', '--to=bob@example.net', '--smtp-server=localhost'],
      ...[`--smtp-server-port=${port}`, 'one.patch'],
    );

    const data = home.files().find((file) => file.startsWith('df')) ?? '';
    expect(patch.endsWith(`\n\n${fs.readFileSync(path.join(home.spool, data), 'utf8').trimStart()}`)).toBe(true);
  });
});

function has(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}
