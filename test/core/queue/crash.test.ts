/**
 * A run that dies: after each of the steps it makes on the disk in turn, everything that comes
 * later fails, as if the process had been killed there. The next runs are other processes, which know only the
 * spool. Nothing may be lost, and nothing sent twice unless the spool says *Maybe sent*.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RunOptions, RunPorts } from '../../../core/queue/run-context.js';
import { openJob } from '../../../core/spool/create-job.js';
import { openSpool } from '../../../core/spool/directory-spool.js';
import { replayRun } from '../../support/recorded-run.js';
import { type SinkMessage, type SinkOptions, startSink } from '../../support/sink-relay.js';
import { control, NOW_SECONDS, recipient } from './fixtures.js';

const CHANGES = ['openSync', 'writeSync', 'fsyncSync', 'renameSync', 'unlinkSync'] as const;

/** `after` changes of the disk succeed, all later ones fail. Gives back how many were wished for. */
function dieAfter(after: number): { readonly wished: () => number; readonly revive: () => void } {
  let wished = 0;
  const spies = CHANGES.map((name) => {
    const real = fs[name] as (...args: unknown[]) => unknown;
    return vi.spyOn(fs, name).mockImplementation(((...args: unknown[]) => {
      const changes = name !== 'openSync' || changesFile(args[1]);
      if (changes) wished += 1;
      if (changes && wished > after) throw Object.assign(new Error('EIO: killed'), { code: 'EIO' });
      return real(...args);
    }) as never);
  });
  const revive = (): void => {
    for (const spy of spies) spy.mockRestore();
  };
  onTestFinished(revive);
  return { wished: () => wished, revive };
}

function changesFile(flags: unknown): boolean {
  const { O_WRONLY, O_RDWR } = fs.constants;
  return typeof flags === 'number' ? (flags & (O_WRONLY | O_RDWR)) !== 0 : /[wa+]/.test(String(flags ?? 'r'));
}

function makeSpool(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-crash-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true }));
  fs.chmodSync(directory, 0o700);
  return directory;
}

function queue(directory: string, addresses: readonly string[], flags = 'PFD'): void {
  const job = openJob(directory);
  job.writeBody(Buffer.from('Hello.\n'));
  job.commit(control({ recipients: addresses.map((address) => recipient(address, { flags })) }));
}

let ids = 0;

async function run(
  spoolDirectory: string,
  port: number,
  options: Partial<RunOptions> = {},
  unrecorded: RunPorts['unrecorded'] = new Map(),
): Promise<void> {
  const names = Array.from({ length: 6 }, () => `6AKNAo${String(++ids).padStart(8, '0')}`);
  await replayRun({ spoolDirectory, port, at: NOW_SECONDS, ids: names, options, unrecorded }).catch(
    (error: unknown) => {
      if (!String(error).includes('killed')) throw error;
    },
  );
}

const countTo = (messages: readonly SinkMessage[], address: string): number =>
  messages.filter(({ rcpt }) => rcpt.some((line) => line.includes(`<${address}>`))).length;

function maybeSent(spoolDirectory: string): string[] {
  const spool = openSpool(spoolDirectory);
  return spool.list().flatMap((reference) => spool.read(reference)?.uncertain?.recipients ?? []);
}

describe('a run that is killed', () => {
  it.each(['both', 'hold'] as const)(
    'loses nothing and repeats nothing but what may have been sent (%s)',
    async (onFailure) => {
      const addresses = ['ok@example.net', 'busy@example.net', 'gone@example.net'];
      const answers: SinkOptions = {
        toRecipient: (address) =>
          ({ 'gone@example.net': '550 5.1.1 no', ...(calm ? {} : { 'busy@example.net': '450 4.2.1 busy' }) })[address],
      };
      let calm = false;
      let done = false;

      for (let step = 0; !done; step += 1) {
        calm = false;
        const spool = makeSpool();
        queue(spool, addresses);
        const { port, messages } = await startSink(answers);
        const death = dieAfter(step);
        await run(spool, port, { onFailure });
        death.revive();
        done = death.wished() <= step;
        const unsure = maybeSent(spool);
        calm = true;
        await run(spool, port, { onFailure });

        const at = `killed after step ${step}`;
        const sent = countTo(messages, 'ok@example.net');
        expect(sent, at).toBeGreaterThanOrEqual(1);
        expect(sent, at).toBeLessThanOrEqual(unsure.includes('ok@example.net') ? 2 : 1);
        expect(countTo(messages, 'busy@example.net'), at).toBe(1);
        expect(countTo(messages, 'gone@example.net'), at).toBe(0);
        const reports = countTo(messages, 'alice@laptop.example.org');
        if (onFailure !== 'hold') expect(reports, at).toBeGreaterThanOrEqual(1);
        else expect(reports, at).toBe(0);
        const held = fs.readdirSync(spool).filter((name) => name.startsWith('hf'));
        expect(held.length, at).toBeGreaterThanOrEqual(1);
      }
    },
  );

  it('repeats no hundred of recipients that the relay had answered for', async () => {
    const spool = makeSpool();
    const addresses = Array.from({ length: 250 }, (_, index) => `a${index}@example.net`);
    queue(spool, addresses);
    const deaths: ReturnType<typeof dieAfter>[] = [];
    let taken = 0;
    const { port, messages } = await startSink({
      toMessage: () => {
        taken += 1;
        if (taken === 2) deaths.push(dieAfter(0));
        return undefined;
      },
    });

    await run(spool, port);
    for (const death of deaths) death.revive();
    const unsure = new Set(maybeSent(spool));
    await run(spool, port);

    const times = addresses.map((address) => countTo(messages, address));
    expect(times.every((count) => count >= 1)).toBe(true);
    expect(addresses.filter((_, index) => (times[index] ?? 0) > 1)).toEqual(
      addresses.filter((address) => unsure.has(address)),
    );
    expect(unsure.size).toBe(100);
  });
});

describe('a message to hundreds', () => {
  it('is logged and reported with all of them', async () => {
    const spool = makeSpool();
    const addresses = Array.from({ length: 230 }, (_, index) => `a${index}@example.net`);
    queue(spool, addresses, 'PNS');
    const { port, messages } = await startSink({
      extensions: ['PIPELINING'],
      toMessage: ({ rcpt }) => (rcpt.some((line) => line.includes('a150@')) ? '554 5.7.1 no' : undefined),
    });

    const { log } = await replayRun({ spoolDirectory: spool, port, at: NOW_SECONDS, ids: ['6AKNAoZZ000001'] });

    for (const address of addresses) expect(log.join('\n')).toContain(`${address}`);
    const report = messages.find(({ text }) => text.includes('report-type'))?.text ?? '';
    expect(report.match(/^Action: relayed/gm)).toHaveLength(130);
    expect(fs.readdirSync(spool)).toEqual([]);
  });
});

describe('a disk that takes no result', () => {
  it('makes nobody get the message twice, though other settings hold when the result is written down', async () => {
    const spool = makeSpool();
    queue(spool, ['root']);
    const { port, messages } = await startSink();
    const unrecorded: RunPorts['unrecorded'] = new Map();
    const runBy = (qualifyWith: string) =>
      replayRun({ spoolDirectory: spool, port, at: NOW_SECONDS, ids: [], unrecorded, rewriting: { qualifyWith } });
    const refuse = vi.spyOn(fs, 'unlinkSync').mockImplementation(() => {
      throw Object.assign(new Error('EIO: killed'), { code: 'EIO' });
    });
    onTestFinished(() => refuse.mockRestore());

    await runBy('old.example.org').catch(() => {});
    refuse.mockRestore();
    await runBy('new.example.org');

    expect(messages.map(({ rcpt }) => rcpt)).toEqual([['RCPT To:<root@old.example.org>']]);
    expect(fs.readdirSync(spool)).toEqual([]);
  });
});

describe('a disk that takes reports and no changes', () => {
  it('gets one report and one held message, however often the result is written down in vain', async () => {
    const spool = makeSpool();
    queue(spool, ['busy@example.net', 'gone@example.net']);
    const { port } = await startSink({
      toMail: (line) => (line.includes('<>') ? '450 later' : undefined),
      toRecipient: (address) => (address.startsWith('gone') ? '550 5.1.1 no' : '450 4.2.1 busy'),
    });
    const own = fs.readdirSync(spool).find((name) => name.startsWith('qf'));
    const rename = fs.renameSync;
    const refuse = vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      if (path.basename(String(to)) === own) throw Object.assign(new Error('EIO: killed'), { code: 'EIO' });
      rename(from, to);
    });
    onTestFinished(() => refuse.mockRestore());
    const unrecorded: RunPorts['unrecorded'] = new Map();

    for (let attempt = 0; attempt < 3; attempt += 1) await run(spool, port, { onFailure: 'both' }, unrecorded);

    const kinds = fs.readdirSync(spool).map((name) => name.slice(0, 2));
    expect(kinds.sort()).toEqual(['df', 'df', 'df', 'hf', 'qf', 'qf']);
  });
});
