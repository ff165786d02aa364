import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type NetworkWatchOptions, watchNetwork } from '../../../core/network/hints.js';
import { createNamespace, NAMESPACES_MISSING } from '../../support/namespaces.js';

const QUICK = { debounceMs: 1, settleMs: 1, intervalMs: 5, restartMs: 1 };
/** Times that do not come while a test runs. */
const NEVER = { settleMs: 3_600_000, intervalMs: 3_600_000, restartMs: 3_600_000 };
const QUICK_RESTART = { debounceMs: 1, restartMs: 1 };
const windows = process.platform === 'win32';

afterEach(() => {
  vi.useRealTimers();
});

describe.skipIf(windows)('a monitor that prints', () => {
  it('gives one hint for one burst of lines', async () => {
    const hints = listen();
    const monitor = scripted();
    watch({ command: monitor.command, onHint: hints.onHint, timing: { ...NEVER, debounceMs: 50 } });

    monitor.print('link up\naddress added\nroute added\n');
    await hints.count(1);
    monitor.print('link down\n');
    await hints.count(2);

    expect(hints.seen).toEqual(['network', 'network']);
  });

  it('is started again when it dies', async () => {
    const hints = listen();
    const starts = path.join(temporaryDirectory(), 'starts');
    const script = 'printf x >> "$0"; [ "$(wc -c < "$0")" -lt 3 ] || { echo line; exec sleep 1000; }';
    watch({ command: ['sh', '-c', script, starts], onHint: hints.onHint, timing: { ...NEVER, ...QUICK_RESTART } });

    await hints.count(1);

    expect(fs.readFileSync(starts, 'utf8')).toBe('xxx');
  });

  it('that listened too late for a change does not hide it', async () => {
    const hints = listen();
    let fingerprint = 'home';
    watch({
      command: ['sleep', '1000'],
      onHint: hints.onHint,
      fingerprint: () => fingerprint,
      timing: { ...NEVER, settleMs: 1 },
    });

    fingerprint = 'train';
    await hints.count(1);

    expect(hints.seen).toEqual(['network']);
  });

  it('is gone after stop', async () => {
    const directory = temporaryDirectory();
    const pidFile = path.join(directory, 'pid');
    const stop = watch({
      command: ['sh', '-c', 'echo $$ > "$0.new"; mv "$0.new" "$0"; exec sleep 1000', pidFile],
      onHint: () => {},
    });
    await vi.waitUntil(() => fs.existsSync(pidFile), { interval: 5, timeout: 20_000 });
    const pid = Number(fs.readFileSync(pidFile, 'utf8'));
    expect(alive(pid)).toBe(true);

    stop();

    await vi.waitUntil(() => !alive(pid), { interval: 5, timeout: 20_000 });
  });
});

describe('without a monitor', () => {
  it.each<[string, readonly string[] | null]>([
    ['on a system that has none', null],
    ['when the program is missing', ['/nonexistent/monitor']],
  ])('compares the fingerprint on a timer, %s', async (_name, command) => {
    const hints = listen();
    let fingerprint = 'home';
    watch({ command, onHint: hints.onHint, fingerprint: () => fingerprint, timing: QUICK });

    fingerprint = 'train';
    await hints.count(1);
    fingerprint = 'office';
    await hints.count(2);

    expect(hints.seen).toEqual(['network', 'network']);
  });

  it('says nothing while nothing changes', () => {
    vi.useFakeTimers();
    const hints = listen();
    watch({ command: null, onHint: hints.onHint, fingerprint: () => 'home' });

    vi.advanceTimersByTime(3_600_000);

    expect(hints.seen).toEqual([]);
  });

  it('notices a sleep by the wall clock, even when the network is the same', () => {
    vi.useFakeTimers();
    const hints = listen();
    watch({ command: null, onHint: hints.onHint, fingerprint: () => 'home' });
    vi.advanceTimersByTime(90_000);

    vi.setSystemTime(Date.now() + 8 * 3_600_000);
    vi.advanceTimersByTime(60_000);
    vi.advanceTimersByTime(600_000);

    expect(hints.seen).toEqual(['wake']);
  });

  it('does not take a wall clock set back for a sleep', () => {
    vi.useFakeTimers();
    const hints = listen();
    watch({ command: null, onHint: hints.onHint, fingerprint: () => 'home' });

    vi.setSystemTime(Date.now() - 8 * 3_600_000);
    vi.advanceTimersByTime(600_000);

    expect(hints.seen).toEqual([]);
  });
});

describe.skipIf(NAMESPACES_MISSING !== null)(
  `ip monitor${NAMESPACES_MISSING ? ` (${NAMESPACES_MISSING})` : ''}`,
  () => {
    it.each<['up' | 'down', 'up' | 'down']>([
      ['down', 'up'],
      ['up', 'down'],
    ])('gives a hint when a link that was %s goes %s', async (before, after) => {
      const hints = listen();
      const namespace = createNamespace();
      namespace.setLink(before);
      watch({
        command: namespace.monitorCommand,
        onHint: hints.onHint,
        fingerprint: () => 'same',
        timing: { ...NEVER, debounceMs: 1 },
      });
      await vi.waitUntil(() => namespace.monitorListens(), { interval: 10, timeout: 20_000 });

      namespace.setLink(after);
      await hints.count(1);

      expect(hints.seen[0]).toBe('network');
    });
  },
);

/** A watch that stops with the test, and earlier when asked. */
function watch(options: NetworkWatchOptions): () => void {
  const { stop } = watchNetwork(options);
  onTestFinished(stop);
  return stop;
}

function listen(): { readonly seen: string[]; onHint(reason: string): void; count(wanted: number): Promise<void> } {
  const seen: string[] = [];
  const waiting: { readonly wanted: number; readonly done: () => void }[] = [];
  return {
    seen,
    onHint(reason) {
      seen.push(reason);
      for (const one of waiting) if (seen.length >= one.wanted) one.done();
    },
    count: (wanted) =>
      new Promise((done) => {
        if (seen.length >= wanted) done();
        else waiting.push({ wanted, done });
      }),
  };
}

/** A program that prints what it is told to. */
function scripted(): { readonly command: readonly string[]; print(text: string): void } {
  const fifo = path.join(temporaryDirectory(), 'lines');
  execFileSync('mkfifo', [fifo]);
  // For reading and writing, so that opening waits for nobody.
  const handle = fs.openSync(fifo, fs.constants.O_RDWR);
  onTestFinished(() => fs.closeSync(handle));
  return { command: ['cat', fifo], print: (text) => void fs.writeSync(handle, text) };
}

function temporaryDirectory(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-hints-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Whether the process runs; one that is dead and not yet collected does not. */
function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
