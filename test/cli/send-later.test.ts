/** Mail that waits on purpose: the undo window, X-Outtray-Send-At, `outtray queue hold --until`. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHome, type OuttrayHome, untilFiles } from '../support/outtray-home.js';
import { startRelay, type TestRelay } from '../support/relay.js';

const settings = (relay: TestRelay, delivery: object = {}): unknown => ({
  relays: { home: { host: '127.0.0.1', port: relay.port, security: 'none' } },
  defaultRelay: 'home',
  delivery,
});

const submit = (home: OuttrayHome, header = '') =>
  home.run('sendmail', ['-i', '-f', 'me@example.org', 'bob@example.org'], `Subject: later\n${header}\nhi\n`);

/** The one message there is, by the letter of its control file. */
const control = (home: OuttrayHome, letter: string): string =>
  home.files().find((name) => name.startsWith(`${letter}f`)) ?? '';

async function listed(
  home: OuttrayHome,
): Promise<{ id: string; state: string; reason: string; nextAttemptAt?: number }> {
  return JSON.parse((await home.run('outtray', ['queue', 'list', '--json'])).stdout)[0];
}

describe('X-Outtray-Send-At', () => {
  it('keeps the message until its hour, though a run is asked for, and does not leave with it', async () => {
    const relay = await startRelay();
    const home = createHome(settings(relay));
    await submit(home, `X-Outtray-Send-At: ${new Date(Date.now() + 3000).toISOString()}\n`);

    await home.run('sendmail', ['-Ac', '-q', '-v']);
    const waiting = await listed(home);
    const agent = home.start('outtray', ['agent']);
    await relay.waitForMessages(1);
    await untilFiles(home.spool, () => home.files().length === 0);
    await agent.stop();

    expect(waiting).toMatchObject({ state: 'scheduled', nextAttemptAt: expect.any(Number) });
    expect(String(relay.received[0]?.raw)).toMatch(/^Subject: later\r\n/m);
    expect(String(relay.received[0]?.raw)).not.toMatch(/outtray-send-at/i);
  });

  it('refuses a message with a time that is none, and queues nothing', async () => {
    const home = createHome();

    const { status, stderr } = await submit(home, 'X-Outtray-Send-At: when it suits\n');

    expect(status).toBe(65);
    expect(stderr).toMatch(/X-Outtray-Send-At: "when it suits" is no time; write "2h"/);
    expect(home.files()).toEqual([]);
  });

  it('that has just passed means now, and one long past asks', async () => {
    const home = createHome();
    await submit(home, `X-Outtray-Send-At: ${new Date(Date.now() - 60_000).toISOString()}\n`);
    const now = control(home, 'q');
    fs.rmSync(path.join(home.spool, now));

    await submit(home, 'X-Outtray-Send-At: 2020-12-24 08:00\n');

    expect(now).not.toBe('');
    expect(await listed(home)).toMatchObject({ state: 'held', reason: expect.stringMatching(/was to be sent at/) });
  });
});

describe('outtray queue hold --until', () => {
  it('sends the message then, also when the agent was started only after', async () => {
    const relay = await startRelay();
    const home = createHome(settings(relay));
    await submit(home);
    const held = await home.run('outtray', ['queue', 'hold', '--until', '2s', 'all']);
    const { state } = await listed(home);
    const text = await home.run('outtray', ['queue']);

    home.start('outtray', ['agent']);
    await relay.waitForMessages(1);
    await untilFiles(home.spool, () => home.files().length === 0);

    expect(held.status).toBe(0);
    expect(state).toBe('scheduled');
    expect(text.stdout).toMatch(/To be sent later\. At \d{4}-\d\d-\d\d \d\d:\d\d\.$/m);
  });

  it.each(['then', '2020-01-01'])('refuses %s', async (until) => {
    const home = createHome();
    await submit(home);

    const { status, stderr } = await home.run('outtray', ['queue', 'hold', '--until', until, 'all']);

    expect(status).toBe(64);
    expect(stderr).toContain(`--until "${until}" is`);
    expect(control(home, 'q')).not.toBe('');
  });

  it('is over when the message is held for good', async () => {
    const home = createHome();
    await submit(home);
    await home.run('outtray', ['queue', 'hold', '--until', 'tomorrow', 'all']);

    await home.run('outtray', ['queue', 'hold', 'all']);

    expect(await listed(home)).toMatchObject({ state: 'held', reason: 'Held: by hand' });
  });
});

describe('delivery.undoWindow', () => {
  it('gives time to take a message back, and then sends it by itself', async () => {
    const relay = await startRelay();
    const home = createHome(settings(relay, { undoWindow: '3s' }));
    const agent = home.start('outtray', ['agent']);
    await agent.line(/queue empty/);
    const startedAt = Date.now();
    await submit(home);
    await agent.line(/1 waiting/);

    const waiting = await listed(home);
    await relay.waitForMessages(1);
    const tookMs = Date.now() - startedAt;
    await untilFiles(home.spool, () => home.files().length === 0);

    expect(waiting).toMatchObject({ state: 'waiting', reason: expect.stringMatching(/until then it can be undone/) });
    // Instants of the queue are whole seconds.
    expect(tookMs).toBeGreaterThan(2000);
  });

  it('does not keep what a person wants sent now', async () => {
    const relay = await startRelay();
    const home = createHome(settings(relay, { undoWindow: '1h' }));
    const agent = home.start('outtray', ['agent']);
    await agent.line(/queue empty/);
    await submit(home);
    await agent.line(/1 waiting/);

    await home.run('outtray', ['queue', 'send', 'all']);
    await relay.waitForMessages(1);

    await untilFiles(home.spool, () => home.files().length === 0);
  });
});

describe('mail that has waited for very long', () => {
  /** Submitted sixty days ago, as the calendar has it. */
  const makeOld = (home: OuttrayHome): void => {
    const file = path.join(home.spool, control(home, 'q'));
    const old = Math.floor(Date.now() / 1000) - 60 * 86_400;
    fs.writeFileSync(file, fs.readFileSync(file, 'latin1').replace(/^T\d+$/m, `T${old}`), 'latin1');
  };

  it('is not sent by itself but asked about, and goes when released', async () => {
    const relay = await startRelay();
    const home = createHome(settings(relay));
    await submit(home);
    makeOld(home);
    const agent = home.start('outtray', ['agent']);
    await agent.line(/1 held/);
    const asked = await listed(home);

    await home.run('outtray', ['queue', 'release', 'all']);
    await relay.waitForMessages(1);

    expect(asked).toMatchObject({ state: 'held', reason: expect.stringMatching(/^It has waited since 20/) });
    await untilFiles(home.spool, () => home.files().length === 0);
  });

  it('is sent where the settings say so, and by a run that somebody asks for', async () => {
    const relay = await startRelay();
    const home = createHome(settings(relay));
    await submit(home);
    makeOld(home);

    await home.run('sendmail', ['-Ac', '-q', '-v']);

    expect(relay.received).toHaveLength(1);
    expect(home.files()).toEqual([]);
  });
});
