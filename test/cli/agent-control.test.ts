/** `outtray agent start`, `stop`, ... as users of an init script know them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createHome, type OuttrayHome } from '../support/outtray-home.js';
import { startRelay } from '../support/relay.js';
import { startSlowRelay } from '../support/slow-relay.js';

const settings = (port: number): unknown => ({
  relays: { home: { host: '127.0.0.1', port, security: 'none' } },
  defaultRelay: 'home',
});

/** Whatever a test leaves running is stopped by its own name. */
function createAgentHome(value?: unknown): OuttrayHome {
  const home = createHome(value);
  onTestFinished(async () => {
    await home.run('outtray', ['agent', 'stop']);
  });
  return home;
}

async function statusOf(home: OuttrayHome): Promise<{ agent: string; pid: number; kind: string; practice: boolean }> {
  const { stdout } = await home.run('outtray', ['agent', 'status', '--json']);
  return JSON.parse(stdout);
}

describe('outtray agent start', () => {
  it('returns when the agent is up, which then sends what is submitted', async () => {
    const relay = await startRelay();
    const home = createAgentHome(settings(relay.port));

    const started = await home.run('outtray', ['agent', 'start']);

    expect(started).toMatchObject({ status: 0, stderr: '' });
    expect(await statusOf(home)).toMatchObject({ agent: 'running', kind: 'background' });
    await home.run('sendmail', ['-i', '-f', 'me@example.org', 'bob@example.org'], 'Subject: hi\n\nhi\n');
    await relay.waitForMessages(1);
  });

  it('makes a process that holds nothing of its starter', async () => {
    const home = createAgentHome();
    await home.run('outtray', ['agent', 'start']);

    const { pid } = await statusOf(home);

    if (process.platform !== 'linux') return;
    expect(fs.readlinkSync(`/proc/${pid}/cwd`)).toBe('/');
    for (const fd of [0, 1, 2]) expect(fs.readlinkSync(`/proc/${pid}/fd/${fd}`)).toBe('/dev/null');
    // pid (command) state parent group session
    const [, group, session] = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(1) ?? [];
    expect([Number(group), Number(session)]).toEqual([pid, pid]);
  });

  it('starts no second one and says so', async () => {
    const home = createAgentHome();
    await home.run('outtray', ['agent', 'start']);
    const { pid } = await statusOf(home);

    const second = await home.run('outtray', ['agent', 'start']);

    expect(second).toMatchObject({ status: 0, stdout: `The agent runs already (process ${pid}).\n` });
    expect((await statusOf(home)).pid).toBe(pid);
  });

  it('says why it does not come up', async () => {
    const home = createHome();
    fs.writeFileSync(home.spool, '');

    const result = await home.run('outtray', ['agent', 'start']);

    expect(result.status).toBe(69);
    expect(result.stderr).toMatch(/did not start: .*clientmqueue/);
  });
});

describe('outtray agent stop', () => {
  it('returns when the process has gone, after the answer to the message at hand', async () => {
    const { relay, atDot, answer } = await startSlowRelay();
    const home = createAgentHome(settings(relay.port));
    await home.run('outtray', ['agent', 'start']);
    await home.run('sendmail', ['-i', '-f', 'me@example.org', 'bob@example.org'], 'Subject: hi\n\nhi\n');
    await atDot;

    const stop = home.start('outtray', ['agent', 'stop']);
    await stop.line(/Waiting for the answer/);
    answer();

    expect(await stop.ended).toBe(0);
    expect(home.files()).toEqual([]);
    expect((await home.run('outtray', ['agent', 'status'])).status).toBe(3);
  });

  it('is content where none runs', async () => {
    expect(await createHome().run('outtray', ['agent', 'stop'])).toMatchObject({
      status: 0,
      stdout: 'No agent runs.\n',
    });
  });

  it('stops one that runs in a terminal, too', async () => {
    const home = createHome();
    const agent = home.start('outtray', ['agent']);
    await agent.line(/queue empty/);

    const { status } = await home.run('outtray', ['agent', 'stop']);

    expect(status).toBe(0);
    expect(await agent.ended).toBe(0);
  });

  it("touches no process that only has a dead agent's number", async () => {
    const home = createHome();
    const bystander = spawn('sleep', ['1000']);
    onTestFinished(() => void bystander.kill());
    await once(bystander, 'spawn');
    fs.mkdirSync(path.join(home.directory, 'state'));
    fs.writeFileSync(path.join(home.directory, 'state', 'agent.lock'), `${bystander.pid}\n`);

    const died = await home.run('outtray', ['agent', 'status']);
    const stopped = await home.run('outtray', ['agent', 'stop']);

    expect(died).toMatchObject({ status: 1, stdout: expect.stringContaining('died') });
    expect(stopped).toMatchObject({ status: 0, stdout: 'No agent runs.\n' });
    expect([bystander.exitCode, bystander.signalCode]).toEqual([null, null]);
  });
});

describe('outtray agent restart', () => {
  it('makes a new process that practises if the old one did', async () => {
    const home = createAgentHome();
    await home.run('outtray', ['agent', 'start', '--practice']);
    const before = await statusOf(home);

    const { status } = await home.run('outtray', ['agent', 'restart']);

    const after = await statusOf(home);
    expect(status).toBe(0);
    expect(after).toMatchObject({ agent: 'running', practice: true });
    expect(after.pid).not.toBe(before.pid);
  });

  it('starts one where none runs, and as try-restart leaves it at that', async () => {
    const home = createAgentHome();

    await home.run('outtray', ['agent', 'try-restart']);
    const tried = await statusOf(home);
    await home.run('outtray', ['agent', 'restart']);

    expect(tried.agent).toBe('stopped');
    expect((await statusOf(home)).agent).toBe('running');
  });
});

describe('outtray agent reload', () => {
  it('has the agent read its settings, as SIGHUP does', async () => {
    const home = createAgentHome();
    await home.run('outtray', ['agent', 'start']);
    const { pid } = await statusOf(home);
    home.writeSettings('{ "relays": 7 }');

    const reload = await home.run('outtray', ['agent', 'reload']);
    home.writeSettings({});
    process.kill(pid, 'SIGHUP');

    expect(reload).toMatchObject({ status: 0, stdout: expect.stringContaining('outtray settings check') });
    await vi.waitUntil(
      async () => !(await home.run('outtray', ['agent', 'status'])).stdout.includes('settings have a problem'),
      { interval: 5, timeout: 20_000 },
    );
    expect((await statusOf(home)).pid).toBe(pid);
  });

  it('says where none runs how to start one', async () => {
    const result = await createHome().run('outtray', ['agent', 'reload']);

    expect(result).toMatchObject({ status: 69, stderr: expect.stringContaining('outtray agent') });
  });
});
