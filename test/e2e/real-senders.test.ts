/**
 * Programs people use, as their packages install them, sending through the built command while the
 * relay is closed; then the relay opens and the agent sends by itself.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BIN, createHome, type OuttrayHome, runProgram } from '../support/outtray-home.js';
import { startRelay, type TestRelay } from '../support/relay.js';

function has(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

const noGit =
  !has('"$(git --exec-path)"/git-send-email') || spawnSync('perl', ['-MMail::Address', '-e', '1']).status !== 0;
const noMail = !has('mail');

function settingsFor(relay: TestRelay): unknown {
  return {
    hostname: 'laptop.example.org',
    relays: { home: { host: 'localhost', port: relay.port, security: 'none' } },
    defaultRelay: 'home',
  };
}

/** A home whose relay is there but closed. */
async function closedRelay(): Promise<{ home: OuttrayHome; relay: TestRelay }> {
  const relay = await startRelay();
  await relay.close();
  return { home: createHome(settingsFor(relay)), relay };
}

/** Header section and body, the trace fields that a mail system adds taken out. */
function withoutTrace(raw: Buffer): string {
  const text = raw.toString('latin1').replace(/\r\n/g, '\n');
  const end = text.indexOf('\n\n');
  const header = text.slice(0, end + 1).replace(/^Received:.*\n(?:[ \t].*\n)*/gim, '');
  return header + text.slice(end + 1);
}

function makePatches(directory: string, env: Record<string, string>): string[] {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: directory, env, encoding: 'utf8' });
  git('init', '-q', '-b', 'main');
  git('config', 'user.name', 'Ann Example');
  git('config', 'user.email', 'ann@example.org');
  for (const [name, lines] of [
    ['first.txt', 400],
    ['second.txt', 3],
    ['third.txt', 40],
  ] as const) {
    fs.writeFileSync(path.join(directory, name), `${'.leading dot\n'.repeat(lines)}Grüße\n`);
    git('add', name);
    git('commit', '-q', '-m', `Add ${name}`);
  }
  return git('format-patch', '-q', '-3', '--root', '--output-directory=patches').split('\n').length > 0
    ? fs
        .readdirSync(path.join(directory, 'patches'))
        .sort()
        .map((name) => path.join('patches', name))
    : [];
}

describe('git send-email', () => {
  it.skipIf(noGit)(
    `a series of three patches waits while the relay is closed, then arrives in order and unchanged${noGit ? ' (skipped: git-email or libmailtools-perl is not installed)' : ''}`,
    async () => {
      const { home, relay } = await closedRelay();
      const env = { ...home.env, GIT_CONFIG_NOSYSTEM: '1' };
      const work = path.join(home.directory, 'work');
      fs.mkdirSync(work);
      const patches = makePatches(work, env);
      // Keeps what git hands to sendmail, to compare with what arrives.
      const tee = path.join(home.directory, 'tee-sendmail');
      fs.writeFileSync(
        tee,
        `#!/bin/sh\nf="${home.directory}/given.$(date +%s%N)"\ncat > "$f"\nexec ${BIN}/sendmail "$@" < "$f"\n`,
        { mode: 0o755 },
      );

      const sent = await runProgram(
        'git',
        [
          'send-email',
          `--sendmail-cmd=${tee}`,
          '--to=bob@example.net',
          '--cc=carol@example.com',
          '--suppress-cc=all',
          '--confirm=never',
          '--quiet',
          ...patches,
        ],
        '',
        env,
        work,
      );
      const queue = await home.run('mailq', []);

      expect(sent.status, sent.stderr + sent.stdout).toBe(0);
      expect(queue.stdout).toMatch(/Total requests: 3/);
      expect(queue.stdout.match(/bob@example\.net/g)).toHaveLength(3);

      const agent = home.start('outtray', ['agent']);
      await agent.line(/refuse/);
      await relay.listenAgain();
      const [first, second, third] = await relay.waitForMessages(3);
      const given = fs
        .readdirSync(home.directory)
        .filter((name) => name.startsWith('given.'))
        .sort();
      const expected = given.map((name) => withoutTrace(fs.readFileSync(path.join(home.directory, name))));

      expect([first, second, third].map((mail) => mail && withoutTrace(mail.raw))).toEqual(expected);
      expect([...(first?.rcptTo ?? [])].sort()).toEqual(['bob@example.net', 'carol@example.com']);
      await agent.line(/queue empty/);
      expect(home.files()).toEqual([]);
      expect(await agent.stop()).toBe(0);
    },
  );
});

describe('mail and cron', () => {
  it.skipIf(noMail)(
    `mail(1) delivers a Bcc to its recipient and to no wire and no other copy${noMail ? ' (skipped: no mail command is installed)' : ''}`,
    async () => {
      const { home, relay } = await closedRelay();
      const rc = path.join(home.directory, '.mailrc');
      fs.writeFileSync(rc, `set sendmail=${BIN}/sendmail\n`);

      const mailed = await runProgram(
        'mail',
        ['-s', 'Lunch', '-c', 'carol@example.com', '-b', 'secret@example.net', 'bob@example.net'],
        'At noon?\n',
        { ...home.env, MAILRC: rc },
        home.directory,
      );
      expect(mailed.status, mailed.stderr).toBe(0);
      expect((await home.run('mailq', [])).stdout).toMatch(/secret@example\.net/);
      await relay.listenAgain();
      const run = await home.run('sendmail', ['-Ac', '-q', '-v']);

      expect(run.status).toBe(0);
      const everyone = relay.received.flatMap((mail) => mail.rcptTo).sort();
      expect(everyone).toEqual(['bob@example.net', 'carol@example.com', 'secret@example.net']);
      for (const mail of relay.received) {
        expect(mail.raw.toString()).toMatch(/^Subject: Lunch\r$/m);
        expect(mail.raw.toString()).not.toMatch(/secret/);
      }
    },
  );

  it("cron's own command line queues mail for root, and a Bcc under -t stays hidden", async () => {
    const { home, relay } = await closedRelay();

    const cron = await home.run(
      'sendmail',
      ['-FCronDaemon', '-i', '-B8BITMIME', '-oem', 'root'],
      'From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@laptop> backup\nContent-Type: text/plain; charset=UTF-8\n\nfertig: grün\n.\nnicht das Ende\n',
      { SHELL: '/bin/sh' },
    );
    const blind = await home.run(
      'sendmail',
      ['-i', '-t'],
      'To: bob@example.net\nBcc: secret@example.net\nSubject: blind\n\nHello.\n',
    );
    await relay.listenAgain();
    const run = await home.run('sendmail', ['-Ac', '-q', '-v']);

    expect([cron.status, blind.status, run.status]).toEqual([0, 0, 0]);
    const fromCron = relay.received.find((mail) => mail.raw.includes('backup'));
    expect(fromCron?.rcptTo).toEqual(['root@laptop.example.org']);
    expect(fromCron?.raw.toString()).toMatch(/fertig: grün\r\n\.\r\nnicht das Ende\r\n$/);
    const hidden = relay.received.filter((mail) => mail.raw.includes('Subject: blind'));
    expect(hidden.flatMap((mail) => mail.rcptTo).sort()).toEqual(['bob@example.net', 'secret@example.net']);
    for (const mail of hidden) expect(mail.raw.toString()).not.toMatch(/secret|^Bcc/im);
  });
});
