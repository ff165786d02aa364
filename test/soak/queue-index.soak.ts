/**
 * Ten thousand messages: the index stays exact under bursts longer than the system's queue of events,
 * its memory stays bounded, and an agent that starts on such a spool, or on fifty thousand, goes
 * on answering meanwhile. Prints what it measured.
 */
import fs from 'node:fs';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startAgent } from '../../core/agent.js';
import { temporaryDirectory } from '../core/spool/support.js';
import { busySpool } from '../support/busy-spool.js';
import { seededRandom } from '../support/random.js';
import { watchedIndex } from '../support/watched-index.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe('the index of ten thousand messages', () => {
  it('is exact after each burst and does not grow', async () => {
    const spool = busySpool(temporaryDirectory(), seededRandom(Number(process.env['SEED'] ?? 7)));
    for (let job = 0; job < 10_000; job += 1) spool.add();
    const before = heapBytes();
    const { index, untilExact } = await watchedIndex(spool.directory);
    const first = heapBytes();
    const each = (first - before) / index.entries().length;

    for (let burst = 0; burst < 5; burst += 1) {
      spool.change(8000);
      await untilExact(60_000);
    }
    const last = heapBytes();
    const eachAfter = (last - before) / index.entries().length;

    console.log(
      `index: ${each.toFixed(0)} bytes a message at first, ${eachAfter.toFixed(0)} with ${index.entries().length} left`,
    );
    expect(each).toBeLessThan(3000);
    expect(eachAfter).toBeLessThan(3000);
  });
});

describe('an agent starting', () => {
  it.each([10_000, 50_000])('on %i messages is never busy for long', async (count) => {
    const home = temporaryDirectory();
    const directory = path.join(home, 'clientmqueue');
    fs.mkdirSync(directory, { mode: 0o700 });
    const spool = busySpool(directory, seededRandom(1));
    for (let job = 0; job < count; job += 1) spool.add();
    const relays = { home: { host: '127.0.0.1', port: 9, security: 'none' } };
    fs.writeFileSync(path.join(home, 'settings.json'), JSON.stringify({ relays, defaultRelay: 'home' }));
    const delay = monitorEventLoopDelay({ resolution: 5 });

    delay.enable();
    const startedAt = performance.now();
    const agent = await startAgent({ env: { OUTTRAY_HOME: home }, practice: false });
    onTestFinished(() => agent.stop());
    const state = agent.state();
    const took = performance.now() - startedAt;
    const whileStarting = delay.max / 1e6;
    delay.reset();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const after = delay.max / 1e6;

    console.log(
      `agent on ${count}: first state after ${took.toFixed(0)} ms, longest pause ${whileStarting.toFixed(0)} ms, ` +
        `${after.toFixed(0)} ms in the three seconds after`,
    );
    expect(Object.values(state.counts).reduce((sum, each) => sum + each, 0)).toBe(count);
  });
});
