import { EventEmitter } from 'node:events';
import { watch } from 'chokidar';
import { expect, it, onTestFinished, vi } from 'vitest';
import { watchDirectory } from '../../../core/system/watch.js';

vi.mock('chokidar', () => ({ watch: vi.fn() }));

it('stays closed, though chokidar adds the directory again for a file that went meanwhile', async () => {
  const added = vi.fn();
  const watcher = Object.assign(new EventEmitter(), { add: added, close: async () => {} });
  vi.mocked(watch).mockReturnValue(watcher as unknown as ReturnType<typeof watch>);
  const watching = watchDirectory(
    '/spool',
    () => {},
    () => {},
  );
  watcher.emit('ready');

  await (await watching).stop();
  watcher.add('/spool');

  expect(added).not.toHaveBeenCalled();
});

it('looks again by the clock once the system gives no more watches', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const watcher = Object.assign(new EventEmitter(), { close: async () => {} });
  vi.mocked(watch).mockReturnValue(watcher as unknown as ReturnType<typeof watch>);
  const reset = vi.fn();
  const watching = watchDirectory('/spool', () => {}, reset);
  watcher.emit('ready');
  const { stop } = await watching;

  for (let file = 0; file < 1000; file += 1) watcher.emit('error', new Error('ENOSPC: no watchers left'));
  const atOnce = reset.mock.calls.length;
  vi.advanceTimersByTime(60 * 60_000);
  const later = reset.mock.calls.length;
  await stop();
  vi.advanceTimersByTime(60 * 60_000);

  expect(atOnce).toBe(1);
  expect(later).toBeGreaterThan(10);
  expect(reset).toHaveBeenCalledTimes(later);
  expect(vi.getTimerCount()).toBe(0);
});
