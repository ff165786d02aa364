/** `outtray queue` on the spool itself, no agent running. */

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openJournal } from '../../core/queue/journal-store.js';
import { attemptRecord, troubleRecord } from '../core/queue/journal-records.js';
import { createHome, type OuttrayHome } from '../support/outtray-home.js';
import { startRelay } from '../support/relay.js';

async function queueOne(home: OuttrayHome, recipient = 'bob@example.org'): Promise<string> {
  const before = new Set(home.files());
  const sent = await home.run('sendmail', ['-i', '-f', 'me@example.org', recipient], 'Subject: hello\n\nWords.\n');
  const name = home.files().find((file) => file.startsWith('qf') && !before.has(file));
  if (sent.status !== 0 || name === undefined) throw new Error(`not queued: ${sent.stderr}${sent.stdout}`);
  return name.slice(2);
}

const journalOf = (home: OuttrayHome) => openJournal(path.join(home.directory, 'state'));

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

  it('tells each attempt before the message, and lets no relay write to the terminal', async () => {
    const home = createHome();
    const id = await queueOne(home);
    const records = [troubleRecord(1_795_200_000_000), attemptRecord({ phase: 'rcpt', reply: '451 \u001b[2Jlater' })];
    for (const record of records) journalOf(home).append(id, record);

    const { stdout } = await home.run('outtray', ['queue', 'show', id]);
    const json = await home.run('outtray', ['queue', 'show', id, '--json']);

    expect(stdout).toMatch(/^Attempts\n2026-.*ended at the connection\n.*nobody listens.*\n2026-.*ended at RCPT$/m);
    expect(stdout).toContain('451 \\033[2Jlater');
    expect(stdout.indexOf('Attempts')).toBeLessThan(stdout.indexOf('Subject: hello'));
    expect(JSON.parse(json.stdout)).toMatchObject({ entry: { id }, attempts: records });
  });

  it('still tells what became of a message that has left', async () => {
    const home = createHome();
    const record = attemptRecord();
    journalOf(home).conclude('6AKNAoWd001945', record);

    const text = await home.run('outtray', ['queue', 'show', '6AKNAoWd001945']);
    const json = await home.run('outtray', ['queue', 'show', '6AKNAoWd001945', '--json']);

    expect(text).toMatchObject({ status: 0, stderr: '' });
    expect(text.stdout).toMatch(/^6AKNAoWd001945 is not in the queue any more: sent on 2026-.*\.\n\nAttempts\n/);
    expect(JSON.parse(json.stdout)).toEqual({ entry: null, attempts: [record] });
  });

  it('knows nothing more of a message that a person removed', async () => {
    const home = createHome();
    const id = await queueOne(home);
    journalOf(home).append(id, troubleRecord(1));

    await home.run('outtray', ['queue', 'remove', id]);

    expect((await home.run('outtray', ['queue', 'show', id])).status).toBe(66);
  });

  it('remembers after a queue run what another program took out of the queue', async () => {
    const home = createHome();
    const kept = await queueOne(home);
    for (const id of [kept, '6AKNAoWd001945']) journalOf(home).append(id, troubleRecord(1));

    await home.run('sendmail', ['-Ac', '-v', '-q']);

    expect(fs.readdirSync(path.join(home.directory, 'state', 'journal')).sort()).toEqual([kept, 'gone'].sort());
    const { stdout } = await home.run('outtray', ['queue', 'show', '6AKNAoWd001945']);
    expect(stdout).toContain('left the queue otherwise');
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
