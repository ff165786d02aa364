/**
 * A real spool and real runs for relays that misbehave: one message to ANN and BOB, a run, another run with a
 * decent relay, and where each copy of the message is meanwhile.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { assemble, type Outtray } from '../../core/assemble.js';
import type { Relay, RelayProblem } from '../../core/delivery/relay.js';
import type { QueueEntry } from '../../core/queue/entry.js';
import type { RunOptions, RunSummary } from '../../core/queue/run-context.js';
import { openJob } from '../../core/spool/create-job.js';
import type { JobSnapshot } from '../../core/spool/spool.js';
import { control, recipient } from '../core/queue/fixtures.js';
import { certificates } from './certificates.js';
import { ANN, BOB, LAST_LINE, MIDDLE } from './hostile-scenario.js';
import { relaySettings } from './relay.js';
import { type KeptMessage, type ScriptedRelay, startScriptedRelay } from './relay-script.js';

/** Bytes; Linux keeps at most 4 MB on the side that sends and 6 MB on the one that receives. */
const BIG = 12_000_000;

export interface Ran {
  readonly summary: RunSummary;
  /** The last that was said of the relay. */
  readonly problem: RelayProblem | null;
}

export interface HostileLaptop {
  readonly outtray: Outtray;
  queue(parts?: { readonly to?: readonly string[]; readonly big?: boolean | undefined }): string;
  /** From now on mail goes to this port. */
  aim(port: number, client?: Partial<Relay>): void;
  /** As the agent does it. */
  run(options?: Partial<RunOptions>): Promise<Ran>;
  /** Later, when all that was put off is due. */
  wait(): void;
  jobs(): JobSnapshot[];
  /** What a person reads while an agent knows this of the relay. */
  told(problem: RelayProblem | null): QueueEntry[];
  log(): string;
}

export function createHostileLaptop(whenUncertain: 'retry' | 'hold' = 'retry'): HostileLaptop {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-hostile-'));
  onTestFinished(() => fs.rmSync(home, { recursive: true }));
  let aheadMs = 0;
  const settle = (port: number, client: Partial<Relay> = {}): void => {
    const { name: _, ...relay } = relaySettings(port, { auth: { method: 'none' }, ...client });
    const settings = {
      hostname: 'laptop.example.org',
      relays: { home: relay },
      defaultRelay: 'home',
      delivery: { whenUncertain },
    };
    fs.writeFileSync(path.join(home, 'settings.json'), JSON.stringify(settings));
  };
  settle(1);
  const outtray = assemble({
    env: { OUTTRAY_HOME: home },
    secrets: { getSecret: () => Promise.resolve('secret') },
    clock: { now: () => Date.now() + aheadMs, steady: () => performance.now(), elapsed: () => performance.now() },
  });
  return {
    outtray,
    queue({ to = [ANN, BOB], big = false } = {}) {
      const job = openJob(outtray.paths.spoolDirectory);
      job.writeBody(Buffer.from(big ? `${MIDDLE}\n${fill()}` : `Hello.\n.\n..two dots\nGr\u00fc\u00dfe\n`));
      job.writeBody(Buffer.from(`${LAST_LINE}\n`));
      job.commit(
        control({
          createdAtSeconds: Math.floor(Date.now() / 1000),
          sender: 'me@example.net',
          recipients: to.map((address) => recipient(address)),
          headers: [
            { condition: '', name: 'From', value: ' me@example.net' },
            { condition: '', name: 'To', value: ` ${to.join(', ')}` },
            { condition: '', name: 'Message-ID', value: ` <${job.id}@laptop.example.org>` },
          ],
        }),
      );
      return job.id;
    },
    aim(port, client) {
      settle(port, client);
      outtray.reload();
    },
    async run(options = {}) {
      let problem: RelayProblem | null = null;
      const onRelay = (_: string, now: RelayProblem | null): void => {
        problem = now;
      };
      const summary = await outtray.runQueue({ flush: () => true, onRelay, ...options });
      return { summary, problem };
    },
    wait() {
      aheadMs += 86_400_000;
    },
    jobs: () => outtray.spool.list().flatMap((reference) => outtray.spool.read(reference) ?? []),
    told: (problem) =>
      outtray.entries({
        attended: true,
        pausedUntil: undefined,
        relayTrouble: () =>
          problem === null
            ? null
            : { reason: problem.message, remedy: problem.remedy, ...(problem.reply && { reply: problem.reply }) },
      }),
    log: () => (fs.existsSync(outtray.paths.logFile) ? fs.readFileSync(outtray.paths.logFile, 'latin1') : ''),
  };
}

function fill(): string {
  return `${'x'.repeat(99)}\n`.repeat(BIG / 100);
}

/** A run that a silent relay keeps waiting: the clock moves on while it does, and only then. */
export async function outlast<Result>(
  relay: Pick<ScriptedRelay, 'isStalling'>,
  start: () => Promise<Result>,
): Promise<Result> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    let over = false;
    const work = start().finally(() => {
      over = true;
    });
    while (!over) {
      if (relay.isStalling()) vi.advanceTimersByTime(60_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return await work;
  } finally {
    vi.useRealTimers();
  }
}

/** Where the other one was, as the client's settings want it. */
export function startDecentRelay({ security = 'none', auth }: Partial<Relay> = {}): Promise<ScriptedRelay> {
  return startScriptedRelay({
    ...(security === 'none' ? {} : { security, certificate: () => certificates().good }),
    offers: ['PIPELINING', ...(auth === undefined ? [] : ['AUTH PLAIN'])],
  });
}

export interface Copy {
  readonly to: string;
  readonly text: string;
}

/** Each message once for each of its recipients. */
export function copies(kept: readonly KeptMessage[]): Copy[] {
  return kept.flatMap(({ to, text }) => to.map((address) => ({ to: address, text })));
}
