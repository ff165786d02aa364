import { describe, expect, it, vi } from 'vitest';
import { createRunner, type RunRequest, SCHEDULED } from '../../../core/queue/runner.js';

/** Runs that end when the test says so. */
function controlledRuns() {
  const requests: RunRequest[] = [];
  const ends: (() => void)[] = [];
  const run = (request: RunRequest): Promise<void> => {
    requests.push(request);
    return new Promise((resolve) => ends.push(resolve));
  };
  const end = async (): Promise<void> => {
    ends.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { requests, run, end };
}

describe('runner', () => {
  it('makes one run and at most one more of any number of requests', async () => {
    const runs = controlledRuns();
    const runner = createRunner(
      runs.run,
      () => {},
      () => {},
    );

    for (let i = 0; i < 1000; i += 1) runner.request(SCHEDULED);
    await runs.end();
    for (let i = 0; i < 1000; i += 1) runner.request(SCHEDULED);
    await runs.end();
    await runs.end();
    await runner.idle();

    expect(runs.requests.length).toBe(3);
    expect(runner.running).toBe(false);
  });

  it('serves in the next run whatever was asked for meanwhile', async () => {
    const runs = controlledRuns();
    const runner = createRunner(
      runs.run,
      () => {},
      () => {},
    );

    runner.request(SCHEDULED);
    runner.request({ scheduled: false, flush: new Set(['a']) });
    runner.request({ scheduled: false, flush: new Set(['b']) });
    await runs.end();

    expect(runs.requests[1]).toEqual({ scheduled: false, flush: new Set(['a', 'b']) });
    await runs.end();
  });

  it('goes on after a run that broke, and says what broke', async () => {
    const faults = vi.fn();
    const idle = vi.fn();
    const run = vi.fn(async (): Promise<void> => {
      if (run.mock.calls.length === 1) throw new Error('disk gone');
    });
    const runner = createRunner(run, faults, idle);

    runner.request(SCHEDULED);
    await runner.idle();
    runner.request(SCHEDULED);
    await runner.idle();

    expect(faults).toHaveBeenCalledExactlyOnceWith(new Error('disk gone'));
    expect(run).toHaveBeenCalledTimes(2);
    expect(idle).toHaveBeenCalledTimes(2);
  });
});
