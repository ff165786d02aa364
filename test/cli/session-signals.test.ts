/** A signal in a session of the built `sendmail -bs`: what was acknowledged stays, of the rest nothing does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BIN, createHome, type OuttrayHome, untilFiles } from '../support/outtray-home.js';
import { startSlowRelay } from '../support/slow-relay.js';

const ENVELOPE = 'EHLO x\r\nMAIL FROM:<me@example.org>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n';
const TEXT = 'Subject: test\r\n\r\nHello.\r\n';

describe.skipIf(process.platform === 'win32')('a signal in a session', () => {
  it('ends a program that waits for the next command, and keeps what was queued', async () => {
    const home = createHome();
    const { child, heard } = start(home);
    child.stdin?.write(`${ENVELOPE}${TEXT}.\r\n`);
    await heard(/^250 .* Message accepted/m);

    child.kill('SIGTERM');
    await once(child, 'exit');

    expect(home.files().map((file) => file.slice(0, 2))).toEqual(['df', 'qf']);
  });

  it.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)(
    '%s in the middle of a message leaves nothing of it',
    async (signal) => {
      const home = createHome();
      const { child, heard } = start(home);
      child.stdin?.write(`${ENVELOPE}${TEXT}.\r\n`);
      await heard(/^250 .* Message accepted/m);
      const acknowledged = home.files();
      child.stdin?.write(`${ENVELOPE}${TEXT}${'More.\r\n'.repeat(20_000)}`);
      await untilFiles(home.spool, () => home.files().length > acknowledged.length);

      child.kill(signal);
      await once(child, 'exit');

      expect(home.files()).toEqual(acknowledged);
    },
  );

  it('in the middle of the first message leaves nothing', async () => {
    const home = createHome();
    fs.mkdirSync(home.spool, { mode: 0o700 });
    const { child } = start(home);
    child.stdin?.write(`${ENVELOPE}${TEXT}${'More.\r\n'.repeat(20_000)}`);
    await untilFiles(home.spool, () => home.files().length > 0);

    child.kill('SIGTERM');
    await once(child, 'exit');

    expect(home.files()).toEqual([]);
  });
});

describe.skipIf(process.platform === 'win32')('a signal while a message that is queued is tried at once', () => {
  it.each([
    ['and ends as it would have', ['bob@example.org'], 0],
    ['and does not hide that somebody was refused', ['bob@example.org', 'a@@b'], 64],
  ] as const)('waits for the answer to it, %s', async (_, addresses, status) => {
    const { relay, atDot, answer } = await startSlowRelay();
    const home = createHome();
    home.writeSettings({
      relays: { home: { host: '127.0.0.1', port: relay.port, security: 'none' } },
      defaultRelay: 'home',
    });
    const child = spawn(path.join(BIN, 'sendmail'), ['-odi', '-oeq', ...addresses], { env: home.env, stdio: 'pipe' });
    onTestFinished(() => void child.kill('SIGKILL'));
    const ended = once(child, 'exit');
    child.stdin.end(TEXT);
    await atDot;

    child.kill('SIGTERM');
    await Promise.race([once(child.stderr, 'data'), ended]);
    answer();

    expect((await ended)[0]).toBe(status);
    expect(home.files()).toEqual([]);
    expect(relay.received).toHaveLength(1);
  });

  it('ends a session behind the answer', async () => {
    const { relay, atDot, answer } = await startSlowRelay();
    const home = createHome();
    home.writeSettings({
      relays: { home: { host: '127.0.0.1', port: relay.port, security: 'none' } },
      defaultRelay: 'home',
    });
    const { child, heard } = start(home, ['-odi']);
    child.stdin?.write(`${ENVELOPE}${TEXT}.\r\n`);
    await heard(/^250 .* Message accepted/m);
    const ended = once(child, 'exit');
    await atDot;

    child.kill('SIGTERM');
    await Promise.race([child.stderr === null ? ended : once(child.stderr, 'data'), ended]);
    answer();
    await ended;

    expect(home.files()).toEqual([]);
  });
});

interface Session {
  readonly child: ChildProcess;
  /** Once this has been said. */
  heard(pattern: RegExp): Promise<void>;
}

function start(home: OuttrayHome, words: readonly string[] = []): Session {
  const child = spawn(path.join(BIN, 'sendmail'), ['-bs', ...words], { env: home.env, stdio: 'pipe' });
  onTestFinished(() => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  });
  child.stdin.on('error', () => {});
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  return {
    child,
    async heard(pattern) {
      while (!pattern.test(said)) await once(child.stdout, 'data');
    },
  };
}
