import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import nodemailer from 'nodemailer';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createPracticeRelay, type PracticeRelay } from '../../../core/practice/practice-relay.js';

/** null when a file system of 64 kB can be had. */
const SMALL_DISK_MISSING: string | null = findSmallDiskMissing();
const PATIENTLY = { interval: 5, timeout: 20_000 };

describe('the practice relay', () => {
  it('stores a message in new/ with its envelope in front and nothing else changed', async () => {
    const { relay, maildir } = await startPractice();
    const raw = 'From: me@example.org\r\nSubject: Grüße\r\n\r\n.dots\r\n..two\r\n';

    await send(relay.port, raw, { from: 'bounce@example.org', to: ['ann@example.net', 'bob@example.net'] });

    const envelope = [
      'Return-Path: <bounce@example.org>',
      'X-Envelope-To: ann@example.net',
      'Delivered-To: ann@example.net',
      'X-Envelope-To: bob@example.net',
      'Delivered-To: bob@example.net',
      '',
    ].join('\n');
    expect(messages(maildir)).toEqual([envelope + raw.replaceAll('\r\n', '\n')]);
    expect(fs.readdirSync(path.join(maildir, 'tmp'))).toEqual([]);
  });

  it('takes the null reverse-path', async () => {
    const { relay, maildir } = await startPractice();

    await send(relay.port, 'Subject: report\r\n\r\n', { from: '', to: ['ann@example.net'] });

    expect(messages(maildir)[0]).toMatch(/^Return-Path: <>\n/);
  });

  it('counts what it has received, across restarts, and tells of each message once it is stored', async () => {
    const { relay, maildir } = await startPractice();
    const seen: number[] = [];
    relay.onReceived(() => seen.push(messages(maildir).length));
    await send(relay.port, 'Subject: one\r\n\r\n');
    await send(relay.port, 'Subject: two\r\n\r\n');
    await relay.stop();

    const again = await startPractice({ maildir });

    expect(seen).toEqual([1, 2]);
    expect(relay.received).toBe(2);
    expect(again.relay.received).toBe(2);
  });

  it('refuses connections while off, and takes mail on the same port when on again', async () => {
    const { relay, maildir } = await startPractice({ on: false });
    const { port } = relay;

    await expect(send(port, 'Subject: early\r\n\r\n')).rejects.toThrow('ECONNREFUSED');
    await relay.setOn(true);
    await send(port, 'Subject: on\r\n\r\n');
    await relay.setOn(false);
    await expect(send(port, 'Subject: late\r\n\r\n')).rejects.toThrow('ECONNREFUSED');

    expect(messages(maildir)).toHaveLength(1);
    expect(relay.port).toBe(port);
  });

  it('says 421 to a session that is open when it is switched off', async () => {
    const { relay } = await startPractice();
    const client = await connect(relay.port);

    const off = relay.setOn(false);
    const line = await client.line();
    await off;

    expect(line).toMatch(/^421 /);
  });

  it('stores nothing of a message that was cut off, by the client or by the switch', async () => {
    const { relay, maildir } = await startPractice();
    const [one, other] = [await connect(relay.port), await connect(relay.port)];
    for (const client of [one, other]) {
      await transaction(client);
      client.socket.write('Subject: half\r\n\r\nhalf of it\r\n');
    }
    await vi.waitUntil(() => fs.readdirSync(path.join(maildir, 'tmp')).length === 2, PATIENTLY);

    one.socket.destroy();
    await relay.setOn(false);
    await vi.waitUntil(() => fs.readdirSync(path.join(maildir, 'tmp')).length === 0, PATIENTLY);

    expect(messages(maildir)).toEqual([]);
    expect(relay.received).toBe(0);
  });

  it('gives a 250 for each message it keeps, also for those that come as it goes off', async () => {
    const { relay, maildir } = await startPractice();
    const clients = await Promise.all(Array.from({ length: 20 }, () => connect(relay.port)));
    await Promise.all(clients.map(transaction));
    const off = new Promise<void>((resolve) => relay.onReceived(() => resolve(relay.setOn(false))));

    for (const client of clients) client.socket.write('Subject: whole\r\n\r\nall of it\r\n.\r\n');
    const replies = await Promise.all(clients.map((client) => client.line()));
    await off;

    const accepted = replies.filter((line) => line.startsWith('250 '));
    expect(messages(maildir)).toHaveLength(accepted.length);
    expect(relay.received).toBe(accepted.length);
  });

  it('ends as it was last told when switched quickly', async () => {
    const { relay } = await startPractice();

    await Promise.all([relay.setOn(false), relay.setOn(true), relay.setOn(false), relay.setOn(true)]);

    expect(relay.on).toBe(true);
    await send(relay.port, 'Subject: still here\r\n\r\n');
  });

  it('refuses a message over its limit, for good and whole', async () => {
    const { relay, maildir } = await startPractice({ maxBytes: 1000 });

    const big = await send(relay.port, `Subject: big\r\n\r\n${'0123456789\r\n'.repeat(200)}`).catch((error) => error);
    await send(relay.port, 'Subject: small\r\n\r\n');

    expect(big).toMatchObject({ responseCode: 552 });
    expect(messages(maildir)).toHaveLength(1);
    expect(fs.readdirSync(path.join(maildir, 'tmp'))).toEqual([]);
  });

  it('defers a message that it cannot store', async () => {
    const { relay, maildir } = await startPractice();
    fs.rmSync(path.join(maildir, 'tmp'), { recursive: true });
    fs.writeFileSync(path.join(maildir, 'tmp'), 'in the way');

    const failure = await send(relay.port, 'Subject: x\r\n\r\n').catch((error) => error);

    expect(failure).toMatchObject({ responseCode: 451 });
    expect(relay.received).toBe(0);
  });

  it.skipIf(SMALL_DISK_MISSING !== null)(
    `defers a message for which the disk has no room${SMALL_DISK_MISSING ? ` (${SMALL_DISK_MISSING})` : ''}`,
    async () => {
      const { relay, maildir } = await startPractice({ maildir: path.join(smallDisk(), 'mailbox') });

      const failure = await send(relay.port, `Subject: x\r\n\r\n${'0123456789\r\n'.repeat(40_000)}`).catch(
        (error) => error,
      );
      await send(relay.port, 'Subject: small\r\n\r\n');

      expect(failure).toMatchObject({ responseCode: 452 });
      expect(messages(maildir)).toHaveLength(1);
      expect(fs.readdirSync(path.join(maildir, 'tmp'))).toEqual([]);
    },
  );

  it('makes its mailbox again when somebody threw it away', async () => {
    const { relay, maildir } = await startPractice();
    fs.rmSync(maildir, { recursive: true });

    await send(relay.port, 'Subject: x\r\n\r\n');

    expect(messages(maildir)).toHaveLength(1);
  });

  it('offers neither TLS nor AUTH, and listens on loopback alone', async () => {
    const { relay } = await startPractice();
    const client = await connect(relay.port);

    client.socket.write('EHLO test.localhost\r\n');
    const lines: string[] = [];
    do lines.push(await client.line());
    while (lines.at(-1)?.startsWith('250-'));

    expect(lines.join('\n')).not.toMatch(/STARTTLS|AUTH/);
    expect(lines.join('\n')).toMatch(/SIZE \d+/);
    expect(client.socket.remoteAddress).toBe('127.0.0.1');
  });

  it('takes another port at the start when its own is taken, and says so when switched on later', async () => {
    const squatter = net.createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    onTestFinished(() => void squatter.close());
    const taken = (squatter.address() as net.AddressInfo).port;
    const { relay } = await startPractice({ port: taken });
    expect(relay.port).not.toBe(taken);

    await relay.setOn(false);
    const second = net.createServer().listen(relay.port, '127.0.0.1');
    await once(second, 'listening');
    onTestFinished(() => void second.close());

    await expect(relay.setOn(true)).rejects.toThrow(`Another program has taken port ${relay.port}`);
    expect(relay.on).toBe(false);
  });
});

interface Started {
  readonly relay: PracticeRelay;
  readonly maildir: string;
}

async function startPractice(
  options: { maildir?: string; port?: number; on?: boolean; maxBytes?: number } = {},
): Promise<Started> {
  const { maildir = temporaryDirectory(), port = 0, on = true, ...rest } = options;
  const relay = await createPracticeRelay({ maildir, port, on, ...rest });
  onTestFinished(() => relay.stop());
  return { relay, maildir };
}

async function send(
  port: number,
  raw: string,
  envelope = { from: 'me@example.org', to: ['ann@example.net'] },
): Promise<unknown> {
  const transport = nodemailer.createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
  try {
    return await transport.sendMail({ envelope, raw });
  } finally {
    transport.close();
  }
}

/** Messages in new/, by name. */
function messages(maildir: string): string[] {
  const directory = path.join(maildir, 'new');
  const names = fs.readdirSync(directory).sort();
  return names.map((name) => fs.readFileSync(path.join(directory, name), 'utf8'));
}

interface Client {
  readonly socket: net.Socket;
  /** The next line that the relay says. */
  line(): Promise<string>;
}

/** A connection that has read the greeting. */
async function connect(port: number): Promise<Client> {
  const socket = net.connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const client: Client = { socket, line: async () => String((await lines.next()).value) };
  expect(await client.line()).toMatch(/^220 /);
  return client;
}

async function transaction(client: Client): Promise<void> {
  for (const command of ['HELO test.localhost', 'MAIL FROM:<me@example.org>', 'RCPT TO:<ann@example.net>', 'DATA']) {
    client.socket.write(`${command}\r\n`);
    expect(await client.line()).toMatch(/^[23]/);
  }
}

function temporaryDirectory(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-practice-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
  return path.join(directory, 'mailbox');
}

/** Unmounted when the test ends: begin with it, so that it is the last to end. */
function smallDisk(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-small-'));
  onTestFinished(() => unmount(directory));
  mount(directory);
  return directory;
}

function mount(directory: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory], { stdio: ['ignore', 'ignore', 'pipe'] });
}

function unmount(directory: string): void {
  execFileSync('umount', [directory]);
  fs.rmdirSync(directory);
}

function findSmallDiskMissing(): string | null {
  if (process.platform !== 'linux') return 'needs Linux';
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-small-'));
  try {
    mount(directory);
  } catch {
    fs.rmdirSync(directory);
    return 'needs root, to mount a file system of 64 kB';
  }
  unmount(directory);
  return null;
}
