/** How old mail becomes, with the ledger of the state directory and the number of attempts. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { assemble } from '../../../core/assemble.js';
import { longestWaited } from '../../../core/queue/schedule.js';
import { openJob } from '../../../core/spool/create-job.js';
import { startSink } from '../../support/sink-relay.js';
import { control, NOW, NOW_SECONDS, recipient } from './fixtures.js';

const DAY = 86_400;

describe('age by attempts', () => {
  it('leaves the first attempt of what was held for weeks without consequences', () => {
    expect(longestWaited(0)).toBe(0);
  });

  it('gives no more time to a message that was tried all the while', () => {
    let seconds = 0;
    let attempts = 0;
    for (; seconds < 5 * DAY; attempts += 1) seconds += Math.min(60 * 2 ** attempts, 1800) * 1.25;

    expect(longestWaited(attempts)).toBeGreaterThanOrEqual(seconds);
  });
});

describe('a message put off six days after it was written', () => {
  const left = async (ledger: string, attempts: number, release = false): Promise<string[]> => {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-ageing-'));
    onTestFinished(() => fs.rmSync(home, { recursive: true }));
    const { port } = await startSink({ toRecipient: (to) => (to.startsWith('alice') ? undefined : '450 4.2.1 busy') });
    const relay = { host: '127.0.0.1', port, security: 'none', auth: { method: 'none' } };
    const settings = {
      hostname: 'laptop.example.org',
      rewriting: { hostname: 'laptop.example.org' },
      relays: { home: relay },
      defaultRelay: 'home',
      delivery: { onFailure: 'bounce' },
    };
    fs.writeFileSync(path.join(home, 'settings.json'), JSON.stringify(settings));
    const outtray = assemble({
      env: { OUTTRAY_HOME: home },
      clock: { now: () => NOW, steady: () => performance.now(), elapsed: () => performance.now() },
    });
    fs.writeFileSync(path.join(outtray.paths.stateDirectory, 'reachable-time'), ledger);
    const job = openJob(outtray.paths.spoolDirectory);
    job.commit(control({ createdAtSeconds: NOW_SECONDS - 6 * DAY, attempts, recipients: [recipient('bob@x.org')] }));
    if (release) {
      outtray.hold(job.id);
      outtray.release(job.id);
    }

    await outtray.runQueue({ flush: () => true, counting: 'run' });

    return fs.readdirSync(outtray.paths.spoolDirectory).map((name) => name.slice(0, 2));
  };
  const reachable = `I ${NOW_SECONDS - 6 * DAY} ${NOW_SECONDS} home\n`;

  it('is returned when its relay could be reached all the time, and it was tried', async () => {
    expect(await left(reachable, 250)).toEqual([]);
  });

  it.each([
    ['the computer was away', `I ${NOW_SECONDS - 6 * DAY} ${NOW_SECONDS - 5 * DAY} home\n`, 250],
    ['another relay was reached', reachable.replace('home', 'work'), 250],
    ['it was not tried before', reachable, 0],
    ['nobody knows', '', 250],
  ])('waits on when %s', async (_, ledger, attempts) => {
    expect(await left(ledger, attempts)).toEqual(['df', 'qf']);
  });

  it('waits on when a person has just released it', async () => {
    expect(await left(reachable, 250, true)).toEqual(['df', 'qf']);
  });
});
