/** `outtray queue` on the spool itself, no agent running. */
import { describe, expect, it } from 'vitest';
import { createHome, type OuttrayHome } from '../support/outtray-home.js';
import { startRelay } from '../support/relay.js';

async function queueOne(home: OuttrayHome, recipient = 'bob@example.org'): Promise<string> {
  const before = new Set(home.files());
  const sent = await home.run('sendmail', ['-i', '-f', 'me@example.org', recipient], 'Subject: hello\n\nWords.\n');
  const name = home.files().find((file) => file.startsWith('qf') && !before.has(file));
  if (sent.status !== 0 || name === undefined) throw new Error(`not queued: ${sent.stderr}${sent.stdout}`);
  return name.slice(2);
}

const resultsOf = (stdout: string): unknown => JSON.parse(stdout).results;

describe('outtray queue list', () => {
  it('gives each message with its state and why it waits', async () => {
    const home = createHome();
    const id = await queueOne(home);

    const text = await home.run('outtray', ['queue']);
    const json = await home.run('outtray', ['queue', 'list', '--json']);

    expect(text.stdout).toMatch(new RegExp(`${id} {2}waiting`));
    expect(text.stdout).toContain('Subject: hello');
    expect(text.stdout).toContain('No relay is set up');
    expect(JSON.parse(json.stdout)).toEqual([expect.objectContaining({ id, state: 'waiting', subject: 'hello' })]);
  });

  it('says that an empty queue is empty', async () => {
    const home = createHome();

    const { stdout } = await home.run('outtray', ['queue', 'list']);

    expect(stdout).toBe('The queue is empty.\n');
  });
});

describe('outtray queue show', () => {
  it('opens one message, header and body', async () => {
    const home = createHome();
    const id = await queueOne(home);

    const { status, stdout } = await home.run('outtray', ['queue', 'show', id]);

    expect(status).toBe(0);
    expect(stdout).toMatch(/^State +waiting$/m);
    expect(stdout).toMatch(/^To +bob@example\.org$/m);
    expect(stdout).toMatch(/^Subject: hello$[\s\S]*^Words\.$/m);
  });

  it('shows what would move the cursor instead of obeying it', async () => {
    const home = createHome();
    await home.run('sendmail', ['-i', 'bob@example.org'], 'Subject: x\u001b[2Jy\n\n\u001b]0;title\u0007\n');
    const [id = ''] = home.files().flatMap((file) => (file.startsWith('qf') ? [file.slice(2)] : []));

    const { stdout } = await home.run('outtray', ['queue', 'show', id]);

    expect(stdout).toContain('\\033]0;title\\007');
    expect(stdout).not.toContain('\u001b');
  });

  it('ends with EX_NOINPUT for a message that is not there', async () => {
    const home = createHome();

    const result = await home.run('outtray', ['queue', 'show', 'nope']);

    expect(result.status).toBe(66);
    expect(result.stderr).toContain('no message nope');
  });
});

describe('outtray queue hold, release, remove', () => {
  it('sets a message aside and takes it back', async () => {
    const home = createHome();
    const id = await queueOne(home);

    const held = await home.run('outtray', ['queue', 'hold', id, '--json']);
    expect(resultsOf(held.stdout)).toEqual([{ id, result: 'done' }]);
    expect(home.files()).toContain(`hf${id}`);

    const released = await home.run('outtray', ['queue', 'release', id]);
    expect(released.stdout).toBe(`${id}: released\n`);
    expect(home.files()).toContain(`qf${id}`);
  });

  it('removes all, and nothing without being told which', async () => {
    const home = createHome();
    await queueOne(home);
    await queueOne(home);

    const unsaid = await home.run('outtray', ['queue', 'remove']);
    expect(unsaid.status).toBe(64);
    expect(home.files()).toHaveLength(4);

    const all = await home.run('outtray', ['queue', 'remove', 'all']);
    expect(all.status).toBe(0);
    expect(home.files()).toEqual([]);
  });

  it('does the others when one is not there', async () => {
    const home = createHome();
    const id = await queueOne(home);

    const result = await home.run('outtray', ['queue', 'hold', 'nope', id, '--json']);

    expect(result.status).toBe(66);
    expect(resultsOf(result.stdout)).toEqual([
      { id: 'nope', result: 'gone' },
      { id, result: 'done' },
    ]);
  });
});

describe('outtray queue send', () => {
  const settings = (port: number): unknown => ({
    relays: { home: { host: '127.0.0.1', port, security: 'none' } },
    defaultRelay: 'home',
  });

  it('runs the queue itself where no agent runs', async () => {
    const relay = await startRelay();
    const home = createHome(settings(relay.port));
    await queueOne(home);

    const result = await home.run('outtray', ['queue', 'send', '--json']);

    expect(result.status).toBe(0);
    expect(JSON.parse(result.stdout).summary).toMatchObject({ sent: 1, deferred: 0, failed: 0 });
    expect(relay.received).toHaveLength(1);
    expect(home.files()).toEqual([]);
  });

  it('sends the one that is named, held or not, and leaves the others', async () => {
    const relay = await startRelay();
    const home = createHome(settings(relay.port));
    const other = await queueOne(home, 'ann@example.org');
    const id = await queueOne(home);
    await home.run('outtray', ['queue', 'hold', id]);

    const result = await home.run('outtray', ['queue', 'send', id]);

    expect(result.status).toBe(0);
    expect(relay.received.map((mail) => mail.rcptTo)).toEqual([['bob@example.org']]);
    expect(home.files()).toContain(`qf${other}`);
  });

  it('does not send what is held when all are sent', async () => {
    const relay = await startRelay();
    const home = createHome(settings(relay.port));
    const id = await queueOne(home);
    await home.run('outtray', ['queue', 'hold', id]);

    await home.run('outtray', ['queue', 'send', 'all']);

    expect(relay.received).toEqual([]);
    expect(home.files()).toContain(`hf${id}`);
  });

  it('says why with EX_TEMPFAIL when the relay cannot be reached', async () => {
    const relay = await startRelay();
    await relay.close();
    const home = createHome(settings(relay.port));
    await queueOne(home);

    const result = await home.run('outtray', ['queue', 'send']);

    expect(result.status).toBe(75);
    expect(result.stdout).toMatch(/home: .*refused/);
    expect(home.files()).toHaveLength(2);
  });
});
