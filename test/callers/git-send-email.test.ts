/**
 * git send-email, as its package installs it: a series of patches queued while the relay is closed,
 * sent by the agent when it opens; the same through each place at which git may find us.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  field,
  PLACES,
  SYSTEM_SENDMAIL,
  setUpDesks,
  unless,
  whyNoCaller,
  withoutTrace,
} from '../support/caller-desk.js';
import { BIN, createHome, type OuttrayHome, runProgram } from '../support/outtray-home.js';
import { startRelay, type TestRelay } from '../support/relay.js';

const noGit = whyNoGit();
const noDesk = noGit ?? whyNoCaller();
const openDesk = setUpDesks();

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

describe.skipIf(noGit !== null)(`git send-email${unless(noGit)}`, () => {
  it('has a series of three patches wait while the relay is closed, then arrive in order and unchanged', async () => {
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
  });
});

describe.skipIf(noDesk !== null)(`git send-email on the laptop${unless(noDesk)}`, () => {
  it.each(PLACES)('sends a series in one thread through %s', async (place) => {
    const desk = await openDesk();
    // Not of alice: git takes no orders from a repository of somebody else's.
    const work = path.join(desk.home, 'work');
    fs.mkdirSync(work);
    const env = { PATH: process.env['PATH'] ?? '', HOME: desk.home, GIT_CONFIG_NOSYSTEM: '1' };
    const patches = makePatches(work, env).map((patch) => path.join(work, patch));
    const setting = place === SYSTEM_SENDMAIL ? [] : [`--smtp-server=${desk.sendmail(place)}`];

    const sent = await desk.run([
      ...['git', 'send-email', ...setting, '--from=Ann Example <ann@example.org>', '--envelope-sender=auto'],
      ...['--to=bob@example.net', '--bcc=secret@example.org', '--suppress-cc=all', '--confirm=never', '--quiet'],
      ...patches,
    ]);
    const mails = await desk.deliver();

    expect(sent.status, sent.stderr).toBe(0);
    expect(mails.map(({ from }) => from)).toEqual(Array(3).fill('ann@example.org'));
    expect(mails.map(({ rcptTo }) => [...rcptTo].sort())).toEqual(
      Array(3).fill(['bob@example.net', 'secret@example.org']),
    );
    expect(mails.map(({ raw }) => field(raw, 'subject'))).toEqual(
      [1, 2, 3].map((n) => expect.stringContaining(`[PATCH ${n}/3] `)),
    );
    const [first = '', ...others] = mails.map(({ raw }) => field(raw, 'message-id') ?? '');
    expect(mails.map(({ raw }) => field(raw, 'in-reply-to'))).toEqual([undefined, ...others.map(() => first)]);
    expect(mails.map(({ raw }) => withoutTrace(raw)).join()).not.toContain('secret');
    // git takes mail apart as it put it together: the patches apply and are the commits they were.
    const arrived = mails.map(({ raw }, index) => desk.write(`arrived/${index}`, withoutTrace(raw)));
    const git = (...args: string[]): string => execFileSync('git', ['-C', work, ...args], { env, encoding: 'utf8' });
    git('checkout', '-q', '--orphan', 'arrived');
    git('rm', '-rfq', '--cached', '.');
    git('clean', '-fdq', '-e', 'patches');
    git('am', '-q', ...arrived);
    expect(git('diff', 'main', 'arrived')).toBe('');
    expect(git('log', '--format=%an %ae %s%n%b', 'arrived')).toBe(git('log', '--format=%an %ae %s%n%b', 'main'));
  });
});

function whyNoGit(): string | null {
  if (spawnSync('sh', ['-c', 'test -x "$(git --exec-path)/git-send-email"']).status !== 0)
    return 'no git send-email (Debian package git-email)';
  if (spawnSync('perl', ['-MMail::Address', '-e', '1']).status !== 0)
    return 'no Perl module Mail::Address (Debian package libmailtools-perl)';
  return null;
}
