/** What becomes of refused and old mail, by the setting delivery.onFailure; the relay is a real socket. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RunOptions } from '../../../core/queue/run-context.js';
import { dueAt } from '../../../core/queue/schedule.js';
import type { ControlFile } from '../../../core/spool/control-file.js';
import { openJob } from '../../../core/spool/create-job.js';
import { openSpool } from '../../../core/spool/directory-spool.js';
import { parseAliasFile } from '../../../core/submission/alias-file.js';
import { aliasedReport } from '../../../core/submission/alias-report.js';
import { createAliases } from '../../../core/submission/aliases.js';
import { answerUpToData, startRawRelay } from '../../support/raw-relay.js';
import { findClosedPort, replayRun } from '../../support/recorded-run.js';
import { startSink } from '../../support/sink-relay.js';
import { control, NOW_SECONDS, recipient } from './fixtures.js';

const DAY = 86_400;
const HOSTNAME = 'laptop.example.org';

function makeSpool(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-reports-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true }));
  fs.chmodSync(directory, 0o700);
  return directory;
}

function queue(directory: string, extra: Partial<ControlFile> = {}): string {
  const job = openJob(directory);
  job.writeBody(Buffer.from('Hello.\n'));
  job.commit(control(extra));
  return job.id;
}

function run(spoolDirectory: string, port: number, options: Partial<RunOptions> = {}, at = NOW_SECONDS) {
  const ids = ['6AKNAoAA000001', '6AKNAoAB000001', '6AKNAoAC000001'];
  return replayRun({ spoolDirectory, port, at, ids, options });
}

const kinds = (directory: string): string[] =>
  fs
    .readdirSync(directory)
    .map((name) => name.slice(0, 2))
    .sort();

describe('mail refused for good', () => {
  const refuse = { toRecipient: (address: string) => (address === 'bob@example.net' ? '550 5.1.1 no' : undefined) };

  it('is held without a word to anybody by default', async () => {
    const { port, messages } = await startSink(refuse);
    const spool = makeSpool();
    queue(spool);

    await run(spool, port, { onFailure: 'hold' });

    expect(messages).toEqual([]);
    expect(kinds(spool)).toEqual(['df', 'hf']);
  });

  it('is returned and held with "both"', async () => {
    const { port, messages } = await startSink(refuse);
    const spool = makeSpool();
    queue(spool);

    await run(spool, port, { onFailure: 'both' });

    expect(messages.map(({ rcpt }) => rcpt)).toEqual([['RCPT To:<alice@laptop.example.org>']]);
    expect(kinds(spool)).toEqual(['df', 'hf']);
  });

  it('leaves a report in the queue when the relay takes none', async () => {
    const { port } = await startSink({ ...refuse, toMail: (line) => (line.includes('<>') ? '451 later' : undefined) });
    const spool = makeSpool();
    queue(spool);

    await run(spool, port);

    expect(fs.readdirSync(spool).sort()).toEqual(['df6AKNAoAA000001', 'qf6AKNAoAA000001']);
    expect(fs.readFileSync(path.join(spool, 'df6AKNAoAA000001'), 'latin1')).toContain('Hello.\n\n--');
  });

  it('is returned without its body, by TLS alone where it is promised, when it requires that itself', async () => {
    const { port, messages } = await startSink({ toMail: (line) => (line.includes('<>') ? '451 later' : undefined) });
    const spool = makeSpool();
    const { headers } = control();
    const field = { condition: '', name: 'X-Outtray-Require-TLS', value: ' yes' };
    queue(spool, { headers: [...headers, field] });

    await run(spool, port);

    expect(messages).toEqual([]);
    const report = fs.readFileSync(path.join(spool, 'qf6AKNAoAA000001'), 'latin1');
    const text = fs.readFileSync(path.join(spool, 'df6AKNAoAA000001'), 'latin1');
    expect(report).toContain('\nH??X-Outtray-Require-TLS: yes\n');
    expect(text).toContain('5.7.30');
    expect(text).toContain('Content-Type: text/rfc822-headers');
    expect(text).not.toContain('Hello.');
  });

  it('is held, and not sent in the open, when it requires TLS that the relay does not promise', async () => {
    const { port, messages } = await startSink();
    const spool = makeSpool();
    const { headers } = control();
    const field = { condition: '', name: 'X-Outtray-Require-TLS', value: ' yes' };
    queue(spool, { headers: [...headers, field] });

    await run(spool, port, { onFailure: 'hold' });

    expect(messages).toEqual([]);
    expect(kinds(spool)).toEqual(['df', 'hf']);
  });

  it('is held when a report about a report finds no postmaster', async () => {
    const { port, messages } = await startSink({ toRecipient: () => '550 5.1.1 no' });
    const spool = makeSpool();
    queue(spool);

    await run(spool, port);

    expect(messages).toEqual([]);
    expect(kinds(spool)).toEqual(['df', 'hf']);
  });

  it('is held, too, when aliases send the postmaster to where nobody takes his mail', async () => {
    const aliases = createAliases(() => [parseAliasFile('postmaster: me@example.org\n', HOSTNAME)], HOSTNAME);
    const asked: string[] = [];
    const toRecipient = (address: string) => {
      asked.push(address);
      return '550 5.1.1 no';
    };
    const { port } = await startSink({ toRecipient });
    const spool = makeSpool();
    queue(spool);

    const ids = Array.from({ length: 9 }, (_, index) => `6AKNAoA${index}000001`);
    const addressed = (report: ControlFile) => aliasedReport(report, aliases, HOSTNAME);
    await replayRun({ spoolDirectory: spool, port, at: NOW_SECONDS, ids, addressed });

    expect(asked).toEqual(['bob@example.net', 'alice@laptop.example.org', 'me@example.org']);
    expect(kinds(spool)).toEqual(['df', 'hf']);
  });
});

describe('old mail', () => {
  const old = { createdAtSeconds: NOW_SECONDS - 6 * DAY };
  const busy = { toRecipient: (address: string) => (address === 'bob@example.net' ? '450 4.2.1 busy' : undefined) };

  it('is held with the reason by default, and no mail is made', async () => {
    const { port, messages } = await startSink(busy);
    const spool = makeSpool();
    const id = queue(spool, old);

    await run(spool, port, { onFailure: 'hold' });

    expect(messages).toEqual([]);
    expect(openSpool(spool).read({ id, kind: 'hf' })?.control?.quarantineReason).toBe(
      'gave up after 5 days: Deferred: 450 4.2.1 busy',
    );
  });

  it.each(['bounce', 'both', 'hold'] as const)('is held when nobody wants to hear of it (%s)', async (onFailure) => {
    const { port, messages } = await startSink(busy);
    const spool = makeSpool();
    const id = queue(spool, { ...old, recipients: [recipient('bob@example.net', { flags: 'PN' })] });

    await run(spool, port, { onFailure });

    expect(messages).toEqual([]);
    expect(openSpool(spool).read({ id, kind: 'hf' })?.control?.quarantineReason).toMatch(/^gave up after 5 days: /);
  });

  it.each(['bounce', 'both', 'hold'] as const)('stays while it may have been sent (%s)', async (onFailure) => {
    const relay = await startRawRelay(async (connection) => {
      await answerUpToData(connection);
      await connection.until('.');
      connection.cut();
    });
    const spool = makeSpool();
    const id = queue(spool, old);

    await run(spool, relay.port, { onFailure });
    await run(spool, await findClosedPort(), { onFailure });

    expect(kinds(spool)).toEqual(['df', 'qf', 'xf']);
    expect(openSpool(spool).read({ id, kind: 'qf' })?.uncertain?.recipients).toEqual(['bob@example.net']);
  });

  it('is warned about once', async () => {
    const { port, messages } = await startSink(busy);
    const spool = makeSpool();
    queue(spool, { createdAtSeconds: NOW_SECONDS - DAY });

    await run(spool, port);
    await run(spool, port, {}, NOW_SECONDS + 60);

    expect(messages.map(({ text }) => /^Subject: (.*)\r$/m.exec(text)?.[1])).toEqual([
      'Warning: could not send message for past 4 hours',
    ]);
  });
});

describe('a relay that cannot be reached', () => {
  it('counts as an attempt of a run by hand, which postpones nothing', async () => {
    const spool = makeSpool();
    const id = queue(spool, { recipients: [recipient('bob@example.net')] });

    await run(spool, await findClosedPort());

    const tried = openSpool(spool).read({ id, kind: 'qf' })?.control;
    expect(tried).toMatchObject({ attempts: 1, priority: 120_022 });
    expect(tried === undefined ? 0 : dueAt(id, tried)).toBe(NOW_SECONDS * 1000);
  });

  it('costs a message of an agent nothing', async () => {
    const spool = makeSpool();
    const id = queue(spool);

    await replayRun({ spoolDirectory: spool, port: await findClosedPort(), at: NOW_SECONDS, ids: [], byHand: false });

    expect(openSpool(spool).read({ id, kind: 'qf' })?.control).toMatchObject({ attempts: 0, lastAttemptSeconds: 0 });
  });
});
