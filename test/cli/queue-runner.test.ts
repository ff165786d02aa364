/** `sendmail -q30m` as a process: what init scripts and people with `kill` rely on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { BIN, createHome, type OuttrayHome } from '../support/outtray-home.js';
import { startRelay } from '../support/relay.js';
import { startSlowRelay } from '../support/slow-relay.js';

const settings = (port: number): unknown => ({
  relays: { home: { host: '127.0.0.1', port, security: 'none' } },
  defaultRelay: 'home',
});

const pidFile = (home: OuttrayHome): string => path.join(home.spool, 'sm-client.pid');

function runnerOf(home: OuttrayHome): number {
  return Number(fs.readFileSync(pidFile(home), 'utf8').split('\n')[0]);
}

/** Also one that nobody has fetched. */
function hasEnded(pid: number): boolean {
  try {
    return / Z /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

const ended = (pid: number): Promise<boolean> => vi.waitUntil(() => hasEnded(pid), { interval: 5, timeout: 20_000 });

/** Whatever a test leaves running is ended by the id that it wrote itself, while its lock proves that it is ours. */
function createRunnerHome(value?: unknown): OuttrayHome {
  const home = createHome(value);
  onTestFinished(async () => {
    if (!fs.existsSync(pidFile(home))) return;
    const pid = runnerOf(home);
    process.kill(pid, 'SIGKILL');
    await ended(pid);
  });
  return home;
}

const submit = (home: OuttrayHome): Promise<unknown> =>
  home.run('sendmail', ['-i', '-f', 'me@example.org', 'bob@example.org'], 'Subject: hi\n\nhi\n');

describe.skipIf(process.platform !== 'linux')(
  'sendmail -q30m (skipped elsewhere than on Linux: looks into /proc)',
  () => {
    it('gives the shell back when the runner is there, with its id and command line in sm-client.pid', async () => {
      const home = createRunnerHome();

      const { status, stdout, stderr } = await home.run('sendmail', ['-Ac', '-q1h30m', '-v']);

      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
      const pid = runnerOf(home);
      expect(fs.readFileSync(pidFile(home), 'utf8')).toBe(`${pid}\n${path.join(BIN, 'sendmail')} -Ac -q1h30m -v\n`);
      expect(fs.statSync(pidFile(home)).mode & 0o777).toBe(0o600);
      expect(fs.readlinkSync(`/proc/${pid}/cwd`)).toBe(home.spool);
      for (const fd of [0, 1, 2]) expect(fs.readlinkSync(`/proc/${pid}/fd/${fd}`)).toBe('/dev/null');
      const [, group, session] =
        fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ').slice(1) ?? [];
      expect([Number(group), Number(session)]).toEqual([pid, pid]);
      expect(fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain('sendmail: Queue runner@01:30:00 for ');
      expect(home.log()).toMatch(/starting daemon \(.*\): queueing@01:30:00/);
    });

    it('sends at once what is queued', async () => {
      const relay = await startRelay();
      const home = createRunnerHome(settings(relay.port));
      await submit(home);

      await home.run('sendmail', ['-Ac', '-q30m']);

      await relay.waitForMessages(1);
    });

    it('ends after the message at hand when it is told to, and takes its file away', async () => {
      const { relay, atDot, answer } = await startSlowRelay();
      const home = createRunnerHome(settings(relay.port));
      await submit(home);
      await submit(home);
      await home.run('sendmail', ['-Ac', '-q30m']);
      const pid = runnerOf(home);
      await atDot;

      process.kill(pid, 'SIGTERM');
      await vi.waitUntil(() => home.log().includes('SIGTERM: stopping'), { interval: 5, timeout: 20_000 });
      answer();
      await ended(pid);

      expect(relay.received).toHaveLength(1);
      // The other message, and nothing else.
      expect(home.files().map((name) => name.slice(0, 2))).toEqual(['df', 'qf']);
      expect(home.log()).toContain('stopping daemon');
    });

    it('goes on through SIGINT, SIGQUIT and SIGUSR1, and is a new process of the same words after SIGHUP', async () => {
      const home = createRunnerHome();
      await home.run('sendmail', ['-Ac', '-qp30m']);
      const old = runnerOf(home);
      const words = fs.readFileSync(pidFile(home), 'utf8').split('\n')[1];

      for (const signal of ['SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGHUP'] as const) process.kill(old, signal);
      await ended(old);

      const now = runnerOf(home);
      expect(now).not.toBe(old);
      expect(hasEnded(now)).toBe(false);
      expect(fs.readFileSync(pidFile(home), 'utf8').split('\n')[1]).toBe(words);
      expect(home.log()).toMatch(
        /persistent-queueing@00:30:00[\s\S]*restarting .* due to signal[\s\S]*starting daemon/,
      );
    });

    it('is replaced once by a SIGHUP that comes again while it waits for an answer', async () => {
      const { relay, atDot, answer } = await startSlowRelay();
      const home = createRunnerHome(settings(relay.port));
      await submit(home);
      await home.run('sendmail', ['-Ac', '-q30m']);
      const old = runnerOf(home);
      await atDot;

      process.kill(old, 'SIGHUP');
      process.kill(old, 'SIGHUP');
      answer();
      await ended(old);

      expect(relay.received).toHaveLength(1);
      expect(hasEnded(runnerOf(home))).toBe(false);
      expect(home.log().match(/starting daemon/g)).toHaveLength(2);
    });

    it('ends with the one that takes its place, when it is told to end while that one starts', async () => {
      const home = createRunnerHome();
      await home.run('sendmail', ['-Ac', '-q30m']);
      const old = runnerOf(home);
      const starting = (): boolean => home.log().includes('restarting');

      process.kill(old, 'SIGHUP');
      await vi.waitUntil(starting, { interval: 1 });
      process.kill(old, 'SIGTERM');
      await ended(old);
      await vi.waitUntil(() => home.log().includes('stopping daemon'), { interval: 5, timeout: 20_000 });

      expect(home.log().match(/starting daemon/g)).toHaveLength(2);
      expect(fs.existsSync(pidFile(home))).toBe(false);
    });

    it('takes over the file of a runner that died, and not what has its number', async () => {
      const home = createRunnerHome();
      const bystander = spawn('sleep', ['1000']);
      onTestFinished(() => void bystander.kill());
      await once(bystander, 'spawn');
      fs.mkdirSync(home.spool, { mode: 0o700 });
      fs.writeFileSync(pidFile(home), `${bystander.pid}\nsendmail -Ac -q30m\n`);

      await home.run('sendmail', ['-Ac', '-q30m']);

      expect(runnerOf(home)).not.toBe(bystander.pid);
      expect([bystander.exitCode, bystander.signalCode]).toEqual([null, null]);
    });

    it('says in the terminal why there is none', async () => {
      const home = createHome();
      fs.writeFileSync(home.spool, '');

      const { status, stderr } = await home.run('sendmail', ['-Ac', '-q30m']);

      expect(status).not.toBe(0);
      expect(stderr).toContain('clientmqueue');
    });
  },
);

describe('sendmail -q without an interval', () => {
  it('gives the shell back at once and runs behind it, with words as they were given', async () => {
    const relay = await startRelay();
    const home = createHome(settings(relay.port));
    await submit(home);

    const { status, stdout } = await home.run('sendmail', ['-Ac', '-q', '-qRbob']);

    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    await relay.waitForMessages(1);
    await vi.waitUntil(() => home.files().length === 0 && home.log().includes('stat=Sent'), { interval: 5 });
  });

  it('runs here with -qf, whatever stands behind the f', async () => {
    const relay = await startRelay();
    const home = createHome(settings(relay.port));
    await submit(home);

    await home.run('sendmail', ['-Ac', '-qf30m']);

    expect(relay.received).toHaveLength(1);
    expect(home.files()).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('ends after the message at hand on %s', async (signal) => {
    const { relay, atDot, answer } = await startSlowRelay();
    const home = createHome(settings(relay.port));
    await submit(home);
    await submit(home);
    const run = home.start('sendmail', ['-Ac', '-qf']);
    await atDot;

    run.process.kill(signal);
    await run.line(/after the message at hand/);
    answer();

    expect(await run.ended).toBe(0);
    expect(relay.received).toHaveLength(1);
    expect(home.files().map((name) => name.slice(0, 2))).toEqual(['df', 'qf']);
  });
});
