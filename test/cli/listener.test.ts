/** The listener of a running agent, and the programs that hand over mail to it. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import nodemailer from 'nodemailer';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ListenerState } from '../../core/listener/state.js';
import { missingForKeyring, startKeyring } from '../support/keyring.js';
import { createHome, type OuttrayHome, type Running, runProgram } from '../support/outtray-home.js';
import { startRelay } from '../support/relay.js';
import { type SmtpTalk, talkSmtp } from '../support/smtp-talk.js';

const has = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
const whyNoPython = has('python3') ? null : 'python3 is not installed';
const whyNoSwaks = has('swaks') ? null : 'swaks is not installed';
const whyNoOtherUser =
  process.platform !== 'linux' || process.getuid?.() !== 0 || !has('setpriv') || !has('bash')
    ? 'only root can become another user, with setpriv, and bash has sockets'
    : null;
const whyNoKeyring = missingForKeyring();
for (const why of new Set([whyNoPython, whyNoSwaks, whyNoOtherUser, whyNoKeyring]))
  if (why !== null) console.log(`listener tests skipped in part: ${why}`);

describe('the listener of an agent', () => {
  it('takes mail on both loopback addresses, and the agent sends it', async () => {
    const relay = await startRelay();
    const { port, agent } = await startAgent({
      relays: { home: { host: '127.0.0.1', port: relay.port, security: 'none' } },
      defaultRelay: 'home',
    });

    for (const host of ['127.0.0.1', '::1']) {
      const transport = nodemailer.createTransport({ host, port, secure: false });
      await transport.sendMail({ from: 'me@example.org', to: 'bob@example.net', subject: host, text: '.dot\n' });
    }

    const received = await relay.waitForMessages(2);
    expect(received.map(({ raw }) => /^Subject: (.*?)\r?$/m.exec(raw.toString())?.[1]).sort()).toEqual([
      '127.0.0.1',
      '::1',
    ]);
    expect(await agent.stop()).toBe(0);
  });

  it('is switched on, moved and switched off by the settings, and status says where it is', async () => {
    const home = createHome({ listener: { enabled: false } });
    const agent = home.start('outtray', ['agent']);
    await agent.line(/queue empty/);
    const [first, second] = [await freePort(), await freePort()];

    home.writeSettings({ listener: { enabled: true, port: first } });
    await until(home, (state) => state?.addresses.includes(`127.0.0.1:${first}`) === true);
    const open = await greeted(first);
    home.writeSettings({ listener: { enabled: true, port: second } });
    expect(await open.rest()).toMatch(/^421 /m);
    await until(home, (state) => state?.addresses.includes(`[::1]:${second}`) === true);
    await expect(talkSmtp(first)).rejects.toThrow();
    expect(await (await greeted(second)).lines('NOOP')).toMatch(/^250 /);
    home.writeSettings({ listener: { enabled: false, port: second } });

    await until(home, (state) => state === null);
    await expect(talkSmtp(second)).rejects.toThrow();
  });

  it('says what is in the way of its port, and the agent goes on', async () => {
    const other = net.createServer();
    onTestFinished(() => void other.close());
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as net.AddressInfo;
    const home = createHome({ listener: { enabled: true, port } });
    const agent = home.start('outtray', ['agent']);
    await agent.line(/queue empty/);

    await until(home, (state) => state !== null && state.problem !== null);

    const words = `Another program has taken 127.0.0.1:${port}.`;
    expect((await home.run('outtray', ['status'])).stdout).toContain(words);
    expect((await home.run('outtray', ['doctor'])).stdout).toContain(words);
    expect(home.log()).toContain(words);
    expect(await agent.stop()).toBe(0);
  });

  it('ends sessions with 421 when the agent stops, and leaves no half message', async () => {
    const { home, port, agent } = await startAgent();
    const talk = await greeted(port);
    await talk.lines('EHLO x', 'MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>', 'DATA');
    talk.socket.write('Subject: half\r\n\r\nhal');

    const [said, status] = await Promise.all([talk.rest(), agent.stop()]);

    expect(said).toMatch(/^421 /m);
    expect(status).toBe(0);
    expect(home.files()).toEqual([]);
  });

  it('keeps what it said 250 to when the agent is killed', async () => {
    const { home, port, agent } = await startAgent();
    const talk = await greeted(port);
    await talk.lines('EHLO x', 'MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>', 'DATA');
    const reply = await talk.say('Subject: x\r\n\r\nx\r\n.\r\n');

    agent.process.kill('SIGKILL');
    await agent.ended;

    const id = /^250 2\.0\.0 (\S+) /.exec(reply)?.[1];
    expect(home.files()).toEqual([`df${id}`, `qf${id}`]);
  });

  it('keeps a message of 100 MB out of memory', async () => {
    const { home, port, agent } = await startAgent({ queue: { maxMessageBytes: '120MB' } });
    const talk = await greeted(port);
    await talk.lines('EHLO x', 'MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>', 'DATA');
    const before = residentMegabytes(agent);
    const line = `${'x'.repeat(998)}\r\n`.repeat(100);
    talk.socket.write('Subject: big\r\n\r\n');
    for (let written = 0; written < 100_000_000; written += line.length)
      if (!talk.socket.write(line)) await once(talk.socket, 'drain');

    expect(await talk.say('.\r\n')).toMatch(/^250 /);

    expect(residentMegabytes(agent) - before).toBeLessThan(70);
    const [data = ''] = home.files();
    expect(fs.statSync(path.join(home.spool, data)).size).toBeGreaterThan(99_000_000);
  });

  it.skipIf(whyNoOtherUser !== null)('turns away a process of another user', async () => {
    const { home, port } = await startAgent();

    const { stdout } = spawnSync(
      'setpriv',
      ['--reuid=4242', '--regid=4242', '--clear-groups', 'bash', '-c', `exec cat </dev/tcp/127.0.0.1/${port}`],
      { encoding: 'utf8' },
    );

    expect(stdout).toMatch(/^554 5\.7\.1 Only programs of the user .*\r\n$/);
    expect(home.files()).toEqual([]);
    expect(JSON.parse((await home.run('outtray', ['status', '--json'])).stdout).listener.refused).toBe(1);
    expect(home.log()).toContain('uid=4242');
  });

  it.skipIf(whyNoKeyring !== null)(
    'asks for the password where the settings say so, which the keychain keeps and a command shows',
    async () => {
      const { env } = await startKeyring('unlocked');
      const { home, port } = await startAgent({}, { auth: 'required' }, env);
      const bus = busOf(env);
      const shown = await home.run('outtray', ['listener', 'password', '--json'], '', bus);
      const { user, password } = JSON.parse(shown.stdout);
      const send = (pass: string) =>
        nodemailer
          .createTransport({ host: '127.0.0.1', port, secure: false, auth: { user, pass } })
          .sendMail({ from: 'me@example.org', to: 'bob@example.net', text: 'x' });

      await send(password);

      expect((await home.run('outtray', ['listener', 'password'], '', bus)).stdout).toBe(`${password}\n`);
      expect(home.files()).toHaveLength(2);
      await expect(send('wrong')).rejects.toThrow(/535/);
      expect(fs.readFileSync(path.join(home.directory, 'log', 'maillog'), 'utf8')).not.toContain(password);
    },
  );
});

const PYTHON = `
import smtplib, sys
with smtplib.SMTP('localhost', int(sys.argv[1])) as client:
    refused = client.sendmail('me@example.org', ['bob@example.net', 'ann@example.net'],
        'Subject: from Python\\n\\n.dot\\nfrom the heart\\n', mail_options=['BODY=8BITMIME', 'RET=HDRS'],
        rcpt_options=['NOTIFY=FAILURE'])
    print(refused)
`;

describe('outtray listener', () => {
  it('says that it is off, or that no agent runs', async () => {
    const home = createHome();
    expect((await home.run('outtray', ['listener'])).stdout).toMatch(/^Listener off; /);

    home.writeSettings({ listener: { enabled: true } });

    expect((await home.run('outtray', ['listener'])).stdout).toMatch(/no agent runs/);
    expect((await home.run('outtray', ['doctor'])).stdout).toMatch(/^note +listener +switched on, but no agent/m);
    expect(JSON.parse((await home.run('outtray', ['listener', 'status', '--json'])).stdout)).toEqual({
      enabled: true,
      host: '127.0.0.1',
      port: 2525,
      running: false,
      state: null,
    });
  });

  it('has settings that ask for more than loopback refused by name, and listens on loopback alone', async () => {
    const home = createHome({ listener: { enabled: true, host: '0.0.0.0', port: await freePort() } });
    const agent = home.start('outtray', ['agent']);
    await agent.line(/settings have a problem/);

    await until(home, (state) => state?.addresses.length === 2);

    const { stdout } = await home.run('outtray', ['settings', 'check']);
    expect(stdout).toMatch(/listener\.host must be "127\.0\.0\.1", "::1" or "localhost"/);
    const state = JSON.parse((await home.run('outtray', ['listener', '--json'])).stdout).state;
    expect(state.addresses.join(' ')).toMatch(/^127\.0\.0\.1:\d+ \[::1\]:\d+$/);
  });

  it('has no password to show where there is no keychain, and says what to do', async () => {
    const { env } = await startKeyring('none');

    const { status, stdout, stderr } = await createHome().run('outtray', ['listener', 'password'], '', busOf(env));

    expect({ status, stdout }).toEqual({ status: 69, stdout: '' });
    expect(stderr).toMatch(/kept nowhere else/);
  });
});

describe('programs that only speak SMTP', () => {
  it.skipIf(whyNoPython !== null)("Python's smtplib hands over mail", async () => {
    const { home, port } = await startAgent();

    const sent = await runProgram('python3', ['-c', PYTHON, String(port)], '', home.env, home.directory);

    expect(sent).toEqual({ status: 0, stdout: '{}\n', stderr: '' });
    const { control, data } = queued(home);
    expect(control).toContain('S<me@example.org>');
    expect(control).toEqual(expect.arrayContaining(['RPNF:<bob@example.net>', 'RPNF:<ann@example.net>']));
    expect(control).toContain('H??Subject: from Python');
    expect(data).toBe('.dot\nfrom the heart\n');
  });

  it.skipIf(whyNoSwaks !== null)('swaks hands over mail, commands pipelined', async () => {
    const { home, port } = await startAgent();

    const sent = await runProgram(
      'swaks',
      [
        '--server',
        '127.0.0.1',
        '--port',
        String(port),
        '--pipeline',
        '--from',
        'me@example.org',
        '--to',
        'bob@example.net',
        '--body',
        '.dot\\n',
      ],
      '',
      home.env,
      home.directory,
    );

    expect(sent.status).toBe(0);
    expect(sent.stdout).toMatch(/<- {2}250 2\.0\.0 \S+ Message accepted for delivery/);
    const { control, data } = queued(home);
    expect(control).toContain('RPFD:<bob@example.net>');
    expect(data).toContain('.dot');
  });
});

interface House {
  readonly home: OuttrayHome;
  readonly port: number;
  readonly agent: Running;
}

/** Listening. */
async function startAgent(settings: object = {}, listener: object = {}, env: NodeJS.ProcessEnv = {}): Promise<House> {
  const port = await freePort();
  const home = createHome({ ...settings, listener: { enabled: true, port, ...listener } });
  const agent = home.start('outtray', ['agent'], busOf(env));
  await agent.line(/queue empty/);
  await until(home, (state) => state?.addresses.length === 2);
  return { home, port, agent };
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  server.listen(0, '::1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function until(home: OuttrayHome, isSo: (state: ListenerState | null) => boolean): Promise<void> {
  await vi.waitFor(
    async () => {
      const { stdout } = await home.run('outtray', ['listener', 'status', '--json']);
      expect(isSo(JSON.parse(stdout).state)).toBe(true);
    },
    { timeout: 20_000, interval: 50 },
  );
}

/** Greeting read. */
async function greeted(port: number): Promise<SmtpTalk> {
  const talk = await talkSmtp(port);
  await talk.reply();
  return talk;
}

/** The only message. */
function queued(home: OuttrayHome): { readonly control: readonly string[]; readonly data: string } {
  const read = (kind: string): string =>
    fs.readFileSync(path.join(home.spool, home.files().find((name) => name.startsWith(kind)) ?? ''), 'latin1');
  return { control: read('qf').split('\n'), data: read('df') };
}

function residentMegabytes({ process: { pid } }: Running): number {
  const [, pages = '0'] = fs.readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
  return (Number(pages) * 4096) / 1_000_000;
}

/** Of the keyring's surroundings, what leads to it. */
function busOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const names = ['DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR', 'HOME'];
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
