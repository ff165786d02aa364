/** The agent in this process, with a real spool and real relays: what must not stop it or make it spin. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Agent, startAgent } from '../../core/agent.js';
import type { QueueEntry } from '../../core/queue/entry.js';
import type { ControlFile } from '../../core/spool/control-file.js';
import { startRelay, type TestRelay } from '../support/relay.js';
import { control, recipient } from './queue/fixtures.js';
import { holdLock, submit } from './spool/support.js';

interface House {
  readonly agent: Agent;
  readonly spool: string;
  queue(changes?: Partial<ControlFile>): string;
  entry(id: string): QueueEntry | undefined;
  log(): string;
}

async function startHouse(relays: Readonly<Record<string, TestRelay>>, changes: object = {}): Promise<House> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-agent-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
  const settings = Object.fromEntries(
    Object.entries(relays).map(([name, { port }]) => [
      name,
      { host: '127.0.0.1', port, security: 'none', from: [`${name}@example.org`] },
    ]),
  );
  fs.writeFileSync(path.join(directory, 'settings.json'), JSON.stringify({ relays: settings, ...changes }));
  const agent = await startAgent({
    env: { OUTTRAY_HOME: directory },
    practice: false,
    monitorCommand: ['/nonexistent/monitor'],
  });
  onTestFinished(() => agent.stop());
  const spool = path.join(directory, 'clientmqueue');
  return {
    agent,
    spool,
    queue: (changes) =>
      submit(
        spool,
        control({ createdAtSeconds: Math.floor(Date.now() / 1000), sender: 'home@example.org', ...changes }),
      ),
    entry: (id) => agent.entries().find((entry) => entry.id === id),
    log: () => fs.readFileSync(path.join(directory, 'log', 'maillog'), 'utf8'),
  };
}

describe('an agent', () => {
  it('sends through one relay while another stalls', async () => {
    let reached = (): void => {};
    const stalled = new Promise<void>((resolve) => {
      reached = resolve;
    });
    let answer = (): void => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    onTestFinished(() => answer());
    const slow = await startRelay({
      onMail: () => {
        reached();
        return answered;
      },
    });
    const home = await startRelay();
    const house = await startHouse({ slow, home });
    house.queue({ sender: 'slow@example.org' });
    await stalled;

    house.queue({ sender: 'home@example.org' });

    expect(await home.waitForMessages(1)).toHaveLength(1);
    answer();
    await slow.waitForMessages(1);
  });

  it('sends a report at once by another relay, where that serves its reader', async () => {
    const work = await startRelay({ replyTo: { 'gone@example.net': { code: 550, text: '5.1.1 no' } } });
    const home = await startRelay();
    const house = await startHouse({ work, home }, { defaultRelay: 'home', delivery: { onFailure: 'bounce' } });

    house.queue({
      sender: 'elsewhere@example.com',
      recipients: [recipient('gone@example.net')],
      headers: [{ condition: 'F', name: 'From', value: ' work@example.org' }],
    });

    const [report] = await home.waitForMessages(1);
    expect(report).toMatchObject({ from: '', rcptTo: ['elsewhere@example.com'] });
    expect(work.received).toEqual([]);
  });

  it('rests while somebody else holds a message', async () => {
    const home = await startRelay();
    await home.close();
    const house = await startHouse({ home });
    const id = house.queue();
    await expect.poll(() => house.entry(id)?.state).toBe('waiting');
    const holder = await holdLock(path.join(house.spool, `qf${id}`), 'exclusive');

    await home.listenAgain();
    house.agent.hint('send-now');
    await expect.poll(() => house.entry(id)?.state).toBe('sending');
    await holder.kill();

    expect(await home.waitForMessages(1)).toHaveLength(1);
  });

  it('outlives a file that cannot be read', async () => {
    const home = await startRelay();
    const house = await startHouse({ home });
    const openSync = fs.openSync;
    let failures = 0;
    const fails = vi.spyOn(fs, 'openSync').mockImplementation((file, flags, mode) => {
      if (String(file).startsWith(path.join(house.spool, 'qf'))) {
        failures += 1;
        throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
      }
      return openSync(file, flags, mode);
    });
    onTestFinished(() => fails.mockRestore());

    const unread = house.queue();
    await expect.poll(() => failures).toBeGreaterThan(0);
    fails.mockRestore();
    house.queue();

    await home.waitForMessages(1);
    expect(house.log()).toContain(`${unread}: SYSERR: cannot read`);
  });

  it('sends though a window that listens has gone wrong', async () => {
    const home = await startRelay();
    const house = await startHouse({ home });
    const hear = vi.fn(() => {
      throw new Error('the window is gone');
    });
    house.agent.on('queue:changed', hear);
    house.agent.on('agent:changed', hear);

    house.queue();
    await home.waitForMessages(1);
    await expect.poll(() => fs.readdirSync(house.spool)).toEqual([]);

    expect(hear).toHaveBeenCalled();
  });

  it('says in the log what lies in the spool and is no message, though no relay can be reached', async () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-agent-'));
    onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
    fs.mkdirSync(path.join(directory, 'clientmqueue', 'qfx'), { recursive: true, mode: 0o700 });
    const agent = await startAgent({
      env: { OUTTRAY_HOME: directory },
      practice: false,
      monitorCommand: ['/nonexistent/monitor'],
    });
    onTestFinished(() => agent.stop());
    const log = path.join(directory, 'log', 'maillog');

    await vi.waitFor(() => expect(fs.readFileSync(log, 'utf8')).toMatch(/gatherq: .*qfx is not a regular file/));
  });
});
