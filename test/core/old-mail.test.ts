/** Mail that is very old by the calendar, and a calendar that is wrong. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { assemble } from '../../core/assemble.js';
import { openJob } from '../../core/spool/create-job.js';
import { startRelay } from '../support/relay.js';
import { control } from './queue/fixtures.js';

const DAY = 86_400_000;

async function queuedAndLater(pass: (laptop: { wallMs: number; elapsedMs: number }) => void) {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-old-'));
  onTestFinished(() => fs.rmSync(home, { recursive: true, force: true }));
  const relay = await startRelay();
  const relays = { home: { host: '127.0.0.1', port: relay.port, security: 'none' } };
  fs.writeFileSync(path.join(home, 'settings.json'), JSON.stringify({ relays, defaultRelay: 'home' }));
  const time = { wallMs: Date.now(), elapsedMs: 0 };
  const clock = { now: () => time.wallMs, steady: () => performance.now(), elapsed: () => time.elapsedMs };
  const outtray = assemble({ env: { OUTTRAY_HOME: home }, clock });
  const job = openJob(outtray.paths.spoolDirectory);
  job.writeBody(Buffer.from('Hello.\n'));
  job.commit(control({ createdAtSeconds: Math.floor(time.wallMs / 1000) }));

  pass(time);
  await outtray.runQueue({ flush: () => false });

  return { received: relay.received.length, held: outtray.entry(job.id)?.state };
}

describe('mail of two months ago', () => {
  it('is asked about after a long sleep', async () => {
    const { received, held } = await queuedAndLater((time) => {
      time.wallMs += 60 * DAY;
      time.elapsedMs += 60 * DAY;
    });

    expect({ received, held }).toEqual({ received: 0, held: 'held' });
  });

  it('that is so only by a clock which was set meanwhile goes as any other', async () => {
    const { received, held } = await queuedAndLater((time) => {
      time.wallMs += 5 * 365 * DAY;
    });

    expect({ received, held }).toEqual({ received: 1, held: undefined });
  });
});
