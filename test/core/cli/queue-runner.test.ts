/** What `sendmail -q30m` does between its runs, as a function; time is the test's. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { assemble, type Outtray } from '../../../core/assemble.js';
import { runAgainAndAgain } from '../../../core/cli/queue-runner.js';
import { writePause } from '../../../core/queue/pause.js';
import type { QueueRunOptions } from '../../../core/submission/request.js';
import { startRelay } from '../../support/relay.js';
import { control } from '../queue/fixtures.js';
import { submit } from '../spool/support.js';

vi.mock('node:timers/promises', async (original) => ({ ...(await original()), setTimeout: vi.fn() }));

const RUN: QueueRunOptions = {
  filters: [],
  kind: 'qf',
  sort: null,
  verbose: false,
  foreground: false,
  intervalSeconds: 1800,
  quarantine: null,
  settingsFile: null,
  queueDirectory: null,
};
const ROUNDS = 3;

/** Rests as long as they are asked to, no time passing for the test; asked to stop after some rounds. */
let rests: number[];
let stop: AbortController;
let rounds: number;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  stop = new AbortController();
  rests = [];
  rounds = ROUNDS;
  vi.mocked(sleep).mockImplementation(async (milliseconds = 0) => {
    vi.advanceTimersByTime(milliseconds);
    rests.push(milliseconds);
  });
});

function home(port = 25): Outtray {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-runner-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
  const settings = { relays: { home: { host: '127.0.0.1', port, security: 'none' } }, defaultRelay: 'home' };
  fs.writeFileSync(path.join(directory, 'settings.json'), JSON.stringify(settings));
  const outtray = assemble({ env: { OUTTRAY_HOME: directory } });
  // Settings are read afresh before each run; so that is where one is counted.
  const { reload } = outtray;
  vi.spyOn(outtray, 'reload').mockImplementation(() => {
    reload();
    rounds -= 1;
    if (rounds === 0) stop.abort();
  });
  return outtray;
}

const seconds = (): number => rests.reduce((sum, rest) => sum + rest, 0) / 1000;

describe('a runner', () => {
  it('runs at once and again at each interval, however long that is', async () => {
    const outtray = home();
    const runs = vi.spyOn(outtray, 'runQueue');
    const fourWeeks = 28 * 86_400;

    await runAgainAndAgain(outtray, RUN, fourWeeks, stop.signal);

    expect(runs).toHaveBeenCalledTimes(ROUNDS);
    expect(seconds()).toBe(ROUNDS * fourWeeks);
    // Node takes no timer beyond 2^31 ms for what it is.
    expect(Math.max(...rests)).toBeLessThan(2 ** 31);
  });

  it('that lay asleep with its laptop past the hour runs when it wakes', async () => {
    const outtray = home();
    vi.mocked(sleep).mockImplementation(async (milliseconds = 0) => {
      rests.push(milliseconds);
      vi.setSystemTime(Date.now() + 3_600_000);
    });

    await runAgainAndAgain(outtray, RUN, 1800, stop.signal);

    expect(rests).toHaveLength(ROUNDS);
  });

  it('outlives a run that the disk failed', async () => {
    const relay = await startRelay();
    const outtray = home(relay.port);
    submit(outtray.paths.spoolDirectory, control());
    const readdir = vi.spyOn(fs, 'readdirSync').mockImplementationOnce(() => {
      throw Object.assign(new Error('EIO: i/o error, scandir'), { code: 'EIO' });
    });
    onTestFinished(() => readdir.mockRestore());

    await runAgainAndAgain(outtray, RUN, 1800, stop.signal);

    expect(relay.received).toHaveLength(1);
    expect(fs.readFileSync(outtray.paths.logFile, 'utf8')).toMatch(/SYSERR: queue run: .*EIO/);
  });

  it('leaves a pause alone, since nobody asks for its runs one by one', async () => {
    const outtray = home();
    writePause(outtray.paths.stateDirectory, { until: null });
    const runs = vi.spyOn(outtray, 'runQueue');

    await runAgainAndAgain(outtray, RUN, 1800, stop.signal);

    expect(runs).not.toHaveBeenCalled();
  });

  it('that is persistent rests five seconds at least when it found nothing', async () => {
    await runAgainAndAgain(home(), { ...RUN, persistent: true }, 1, stop.signal);

    expect(seconds()).toBe(ROUNDS * 5);
  });
});
