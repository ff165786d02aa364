/** What must never happen: a message lost, a message sent twice, a recipient forgotten. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { QueueEntry } from '../../core/queue/entry.js';
import { createHome, type OuttrayHome } from '../support/outtray-home.js';
import { startRelay, type TestRelay } from '../support/relay.js';

function homeFor(relay: TestRelay): OuttrayHome {
  return createHome({
    hostname: 'laptop.example.org',
    relays: { home: { host: 'localhost', port: relay.port, security: 'none' } },
    defaultRelay: 'home',
  });
}

async function submit(home: OuttrayHome, subject: string, ...recipients: string[]): Promise<void> {
  const done = await home.run('sendmail', ['-i', ...recipients], `Subject: ${subject}\n\nHello.\n`);
  expect(done.status, done.stdout + done.stderr).toBe(0);
}

async function entries(home: OuttrayHome): Promise<QueueEntry[]> {
  const list = await home.run('outtray', ['queue', 'list', '--json']);
  return JSON.parse(list.stdout) as QueueEntry[];
}

describe('one message, three fates', () => {
  it('sends one recipient, keeps the one put off, shows the one refused, repeats nothing', async () => {
    const relay = await startRelay({
      replyTo: {
        'busy@example.net': { code: 450, text: '4.2.1 Mailbox busy' },
        'gone@example.net': { code: 550, text: '5.1.1 User unknown' },
      },
    });
    const home = homeFor(relay);
    await submit(home, 'three', 'ok@example.net', 'busy@example.net', 'gone@example.net');

    await home.run('sendmail', ['-Ac', '-q', '-v']);

    const [failed, waiting, ...rest] = (await entries(home)).sort((a, b) => a.state.localeCompare(b.state));
    expect(rest).toEqual([]);
    expect(failed).toMatchObject({ state: 'failed', reply: expect.stringContaining('550 5.1.1 User unknown') });
    expect(failed?.recipients.map((recipient) => recipient.address)).toEqual(['gone@example.net']);
    expect(waiting).toMatchObject({ state: 'will-retry', reply: expect.stringContaining('4.2.1 Mailbox busy') });
    expect(waiting?.recipients.map((recipient) => recipient.address)).toEqual(['busy@example.net']);

    await relay.close();
    await relay.listenAgain({ replyTo: {} });
    await home.run('sendmail', ['-Ac', '-q', '-v']);

    expect(relay.received.map((mail) => mail.rcptTo)).toEqual([['ok@example.net'], ['busy@example.net']]);
    expect((await entries(home)).map((entry) => entry.state)).toEqual(['failed']);
  });
});

describe('kill -9', () => {
  it('of the agent between any two messages of a run loses nothing and repeats nothing', async () => {
    const MESSAGES = 5;
    let mails = 0;
    let reachedMessage = (): void => {};
    const relay = await startRelay({
      // The relay stops listening to every other MAIL: each agent gets one message through and dies at the next.
      onMail: () => {
        mails += 1;
        if (mails % 2 === 0) return;
        reachedMessage();
        return new Promise(() => {});
      },
    });
    const home = homeFor(relay);
    for (let number = 1; number <= MESSAGES; number += 1) await submit(home, `message ${number}`, 'bob@example.net');

    for (let round = 1; round <= MESSAGES; round += 1) {
      const atMail = new Promise<void>((resolve) => {
        reachedMessage = resolve;
      });
      const agent = home.start('outtray', ['agent']);
      await atMail;
      agent.process.kill('SIGKILL');
      await agent.ended;
      expect(relay.received).toHaveLength(round - 1);
      // The next agent's first message goes through.
      mails = 1;
    }
    const last = home.start('outtray', ['agent']);
    await relay.waitForMessages(MESSAGES);
    await last.line(/queue empty/);

    const subjects = relay.received.map((mail) => /^Subject: (.*)\r$/m.exec(mail.raw.toString())?.[1]);
    expect(subjects).toEqual(['message 1', 'message 2', 'message 3', 'message 4', 'message 5']);
    expect(home.files()).toEqual([]);
  });

  it('after the final dot leaves a message that says it may have been sent', async () => {
    let taken = (): void => {};
    const relay = await startRelay({
      onMessage: () => {
        taken();
        return new Promise(() => {});
      },
    });
    const home = homeFor(relay);
    await submit(home, 'doubt', 'bob@example.net');
    const atDot = new Promise<void>((resolve) => {
      taken = resolve;
    });

    const agent = home.start('outtray', ['agent']);
    await atDot;
    agent.process.kill('SIGKILL');
    await agent.ended;

    expect(await entries(home)).toMatchObject([
      { state: 'maybe-sent', reason: expect.stringMatching(/may have been sent/) },
    ]);
  });
});

describe('two agents', () => {
  it('the second takes over when the first is killed', async () => {
    const relay = await startRelay();
    const home = homeFor(relay);
    const first = home.start('outtray', ['agent']);
    await first.line(/outtray open/);
    const second = home.start('outtray', ['agent']);
    await second.line(/only shows/);

    first.process.kill('SIGKILL');
    await first.ended;
    await submit(home, 'left behind', 'bob@example.net');
    await relay.waitForMessages(1);
    await second.line(/queue empty/);

    expect(JSON.parse((await home.run('outtray', ['status', '--json'])).stdout)).toMatchObject({ running: true });
  });
});

describe('settings saved in place', () => {
  it('never lose the relay, however the editor writes', async () => {
    const relay = await startRelay();
    const home = homeFor(relay);
    const agent = home.start('outtray', ['agent']);
    await agent.line(/queue empty/);
    const file = path.join(home.directory, 'settings.json');
    const text = fs.readFileSync(file, 'utf8');

    for (let round = 1; round <= 5; round += 1) {
      fs.writeFileSync(file, '');
      fs.writeFileSync(file, `${text}\n// ${round}\n`);
      await submit(home, `round ${round}`, 'bob@example.net');
      await relay.waitForMessages(round);
    }

    expect(relay.received).toHaveLength(5);
  });
});
