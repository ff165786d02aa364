/** `outtray agent` in a terminal, and the commands that talk to it. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createHome, type OuttrayHome, untilFiles } from '../support/outtray-home.js';
import { startRelay } from '../support/relay.js';
import { startSlowRelay } from '../support/slow-relay.js';

const settings = (port: number): unknown => ({
  relays: { home: { host: '127.0.0.1', port, security: 'none' } },
  defaultRelay: 'home',
});

async function submit(home: OuttrayHome): Promise<void> {
  const sent = await home.run('sendmail', ['-i', '-f', 'me@example.org', 'bob@example.org'], 'Subject: hi\n\nhi\n');
  expect(sent.status).toBe(0);
}

/** Also one that nobody has fetched, as in a container whose first process fetches none. */
function hasEnded(pid: number): boolean {
  try {
    return / Z /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

describe('outtray agent', () => {
  it('sends what is submitted while it runs and stops cleanly', async () => {
    const relay = await startRelay();
    const home = createHome(settings(relay.port));
    const agent = home.start('outtray', ['agent']);
    await agent.line(/queue empty/);

    await submit(home);
    await relay.waitForMessages(1);

    expect(await agent.stop()).toBe(0);
    expect(home.files()).toEqual([]);
  });

  it('hears the answer to a message under way before it stops, so that it does not go twice', async () => {
    const { relay, atDot, answer } = await startSlowRelay();
    const home = createHome(settings(relay.port));
    const agent = home.start('outtray', ['agent']);
    await agent.line(/queue empty/);
    await submit(home);
    await atDot;

    const stopped = agent.stop();
    await agent.line(/Stopping/);
    answer();

    expect(await stopped).toBe(0);
    expect(home.files()).toEqual([]);
  });

  it.skipIf(!fs.existsSync('/usr/bin/setpriv'))('leaves no network monitor behind when it is killed', async () => {
    const home = createHome();
    const pidFile = path.join(home.directory, 'monitor');
    const tools = path.join(home.directory, 'tools');
    fs.mkdirSync(tools);
    const script = `#!/bin/sh\necho $$ > ${pidFile}.new && mv ${pidFile}.new ${pidFile}\nexec sleep 1000\n`;
    fs.writeFileSync(path.join(tools, 'ip'), script, { mode: 0o755 });
    const agent = home.start('outtray', ['agent'], { PATH: `${tools}:${home.env['PATH'] ?? ''}` });
    await untilFiles(home.directory, () => fs.existsSync(pidFile));
    const pid = Number(fs.readFileSync(pidFile, 'utf8'));

    agent.process.kill('SIGKILL');
    await agent.ended;

    await vi.waitUntil(() => hasEnded(pid), { interval: 5, timeout: 20_000 });
  });

  it('only shows where another works already', async () => {
    const home = createHome();
    await home.start('outtray', ['agent']).line(/queue empty/);

    const second = home.start('outtray', ['agent']);

    await second.line(/only shows/);
    expect(await second.stop()).toBe(0);
  });

  it('says why it cannot start on a spool that is a file', async () => {
    const home = createHome();
    fs.writeFileSync(home.spool, '');

    const result = await home.run('outtray', ['agent']);

    expect(result.status).toBe(73);
    expect(result.stderr).toContain('clientmqueue');
  });
});

describe('commands beside an agent', () => {
  it('see its state, and pause and resume it', async () => {
    const home = createHome();
    const agent = home.start('outtray', ['agent']);
    await agent.line(/queue empty/);

    await home.run('outtray', ['pause', '30']);
    await agent.line(/paused until/);
    const status = await home.run('outtray', ['status', '--json']);
    await home.run('outtray', ['resume']);

    expect(JSON.parse(status.stdout)).toMatchObject({ running: true, paused: { until: expect.any(Number) } });
    expect(fs.existsSync(path.join(home.directory, 'state', 'pause.json'))).toBe(false);
  });

  it('hold and send through it', async () => {
    const relay = await startRelay();
    const home = createHome(settings(relay.port));
    await home.run('outtray', ['pause']);
    await home.start('outtray', ['agent']).line(/paused/);
    await submit(home);
    const list = async (): Promise<string> => (await home.run('outtray', ['queue', 'list', '--json'])).stdout;
    await vi.waitUntil(async () => JSON.parse(await list()).length === 1, { interval: 5, timeout: 20_000 });

    const held = await home.run('outtray', ['queue', 'hold', 'all']);
    const [entry] = JSON.parse(await list());
    const sent = await home.run('outtray', ['queue', 'send', entry.id]);
    await relay.waitForMessages(1);
    await untilFiles(home.spool, () => home.files().length === 0);

    expect(held.status).toBe(0);
    expect(entry.state).toBe('held');
    expect(sent.stdout).toContain('handed to the agent');
  });

  it('get an address of the Outbox that opens once', async () => {
    const home = createHome();
    await home.start('outtray', ['agent']).line(/outtray open/);

    const { status, stdout } = await home.run('outtray', ['open', '--no-browser']);

    expect(status).toBe(0);
    const address = new URL(stdout.trim());
    expect(address.hostname).toBe('127.0.0.1');
    const page = await fetch(address);
    expect(await page.text()).toContain('<title>');
    const session = (): Promise<Response> =>
      fetch(new URL('/session', address), {
        method: 'POST',
        headers: { Origin: address.origin, 'Content-Type': 'application/json' },
        body: JSON.stringify({ token: address.hash.replace('#token=', '') }),
      });
    expect((await session()).status).toBe(200);
    expect((await session()).status).toBe(403);
  });

  it('give the address to a browser without telling it to other users of the machine', async () => {
    const home = createHome();
    await home.start('outtray', ['agent']).line(/outtray open/);
    const tools = path.join(home.directory, 'tools');
    fs.mkdirSync(tools);
    const told = path.join(home.directory, 'told');
    fs.writeFileSync(path.join(tools, 'xdg-open'), `#!/bin/sh\necho "$@" > ${told}.new && mv ${told}.new ${told}\n`, {
      mode: 0o755,
    });

    const { stdout } = await home.run('outtray', ['open'], '', {
      DISPLAY: ':9',
      PATH: `${tools}:${home.env['PATH'] ?? ''}`,
    });
    await untilFiles(home.directory, () => fs.existsSync(told));

    const page = fs.readFileSync(told, 'utf8').trim();
    expect(page).toBe(path.join(home.directory, 'state', 'outbox.html'));
    expect(fs.statSync(page).mode & 0o777).toBe(0o600);
    expect(fs.readFileSync(page, 'utf8')).toContain(`url=${stdout.trim()}`);
  });
});

describe('outtray open without an agent', () => {
  it('runs one here and says so', async () => {
    const home = createHome();

    const open = home.start('outtray', ['open', '--no-browser']);

    await open.line(/one runs here/);
    await open.line(/^http:\/\/127\.0\.0\.1:\d+\/#token=/);
    expect(await open.stop()).toBe(0);
  });
});

describe('outtray practice', () => {
  it('says how to start where nobody practises', async () => {
    const home = createHome();

    const result = await home.run('outtray', ['practice', 'on']);

    expect(result.status).toBe(69);
    expect(result.stderr).toContain('outtray agent start --practice');
  });

  it('says while switched off what to do, not to look for a mistake in the settings', async () => {
    const home = createHome();
    const agent = home.start('outtray', ['agent', '--practice']);
    await agent.line(/practice relay off/);

    await submit(home);
    await agent.line(/1 waiting; practice relay off, switch it on with: outtray practice on$/);
    const status = await home.run('outtray', ['status']);
    const list = await home.run('outtray', ['queue', 'list']);
    const doctor = await home.run('outtray', ['doctor']);

    expect(status.stdout).toContain('Switch it on in the Outbox, or with: outtray practice on');
    expect(list.stdout).toContain('The practice relay is switched off.');
    expect(`${status.stdout}${list.stdout}`).not.toMatch(/refused|settings/);
    expect(doctor.status).toBe(0);
    expect(doctor.stdout).toMatch(/practising, mail goes to .*\n.*outtray practice on/);
  });

  it('lets mail wait, and leave into the Maildir when switched on', async () => {
    const home = createHome();
    const agent = home.start('outtray', ['agent', '--practice']);
    await agent.line(/practice relay off/);
    await submit(home);
    await agent.line(/1 (waiting|will retry)/);

    const on = await home.run('outtray', ['practice', 'on', '--json']);
    await agent.line(/queue empty; practice relay on, 1 received/);

    const { running, maildir } = JSON.parse(on.stdout);
    expect(running).toBe(true);
    expect(fs.readdirSync(path.join(maildir, 'new'))).toHaveLength(1);
    expect(home.files()).toEqual([]);
  });
});
