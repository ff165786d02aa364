/** The listener of a running agent: where it is, who gets in, what becomes of messages when it ends. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import nodemailer from 'nodemailer';
import { describe, expect, it, onTestFinished } from 'vitest';
import { missingForKeyring, startKeyring } from '../support/keyring.js';
import { busOf, freePort, listenerIs, startListening } from '../support/listening-agent.js';
import { createHome, type Running } from '../support/outtray-home.js';
import { startRelay } from '../support/relay.js';
import { type SmtpTalk, talkSmtp } from '../support/smtp-talk.js';

const has = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
const whyNoOtherUser =
  process.platform !== 'linux' || process.getuid?.() !== 0 || !has('setpriv') || !has('bash')
    ? 'only root can become another user, with setpriv, and bash has sockets'
    : null;
const whyNoKeyring = missingForKeyring();
for (const why of new Set([whyNoOtherUser, whyNoKeyring]))
  if (why !== null) console.log(`listener tests skipped in part: ${why}`);

describe('the listener of an agent', () => {
  it('takes mail on both loopback addresses, and the agent sends it', async () => {
    const relay = await startRelay();
    const { port, agent } = await startListening({
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
    await listenerIs(home, (state) => state?.addresses.includes(`127.0.0.1:${first}`) === true);
    const open = await greeted(first);
    home.writeSettings({ listener: { enabled: true, port: second } });
    expect(await open.rest()).toMatch(/^421 /m);
    await listenerIs(home, (state) => state?.addresses.includes(`[::1]:${second}`) === true);
    await expect(talkSmtp(first)).rejects.toThrow();
    expect(await (await greeted(second)).lines('NOOP')).toMatch(/^250 /);
    home.writeSettings({ listener: { enabled: false, port: second } });

    await listenerIs(home, (state) => state === null);
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

    await listenerIs(home, (state) => state !== null && state.problem !== null);

    const words = `Another program has taken 127.0.0.1:${port}.`;
    expect((await home.run('outtray', ['status'])).stdout).toContain(words);
    expect((await home.run('outtray', ['doctor'])).stdout).toContain(words);
    expect(home.log()).toContain(words);
    expect(await agent.stop()).toBe(0);
  });

  it('ends sessions with 421 when the agent stops, and leaves no half message', async () => {
    const { home, port, agent } = await startListening();
    const talk = await greeted(port);
    await talk.lines('EHLO x', 'MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>', 'DATA');
    talk.socket.write('Subject: half\r\n\r\nhal');

    const [said, status] = await Promise.all([talk.rest(), agent.stop()]);

    expect(said).toMatch(/^421 /m);
    expect(status).toBe(0);
    expect(home.files()).toEqual([]);
  });

  it('keeps what it said 250 to when the agent is killed', async () => {
    const { home, port, agent } = await startListening();
    const talk = await greeted(port);
    await talk.lines('EHLO x', 'MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>', 'DATA');
    const reply = await talk.say('Subject: x\r\n\r\nx\r\n.\r\n');

    agent.process.kill('SIGKILL');
    await agent.ended;

    const id = /^250 2\.0\.0 (\S+) /.exec(reply)?.[1];
    expect(home.files()).toEqual([`df${id}`, `qf${id}`]);
  });

  it('keeps a message of 100 MB out of memory', async () => {
    const { home, port, agent } = await startListening({ queue: { maxMessageBytes: '120MB' } });
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
    const { home, port } = await startListening();

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
      const { home, port } = await startListening({}, { auth: 'required' }, env);
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

    await listenerIs(home, (state) => state?.addresses.length === 2);

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

/** Greeting read. */
async function greeted(port: number): Promise<SmtpTalk> {
  const talk = await talkSmtp(port);
  await talk.reply();
  return talk;
}

function residentMegabytes({ process: { pid } }: Running): number {
  const [, pages = '0'] = fs.readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
  return (Number(pages) * 4096) / 1_000_000;
}
