import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, onTestFinished, vi } from 'vitest';
import type { ProbeResult } from '../../../core/delivery/delivery.js';
import type { Relay } from '../../../core/delivery/relay.js';
import { watchNetwork } from '../../../core/network/hints.js';
import { createReachability, type ReachabilityOptions } from '../../../core/network/reachability.js';
import { HINT_PAUSE_MS, type LookResult } from '../../../core/network/relay-state.js';
import type { RelayAddress } from '../../../core/network/relay-status.js';
import { createNamespace, NAMESPACES_MISSING, start } from '../../support/namespaces.js';

const HOME = { name: 'home', host: 'smtp.example.org', port: 465 };
const WORK = { name: 'work', host: 'mail.example.com', port: 587 };
const REFUSED: LookResult = {
  ok: false,
  problem: { kind: 'refused', message: 'Connection refused.', remedy: '', reply: 'ECONNREFUSED' },
};

const PORT = 2525;
const SERVER = `require('node:net').createServer((socket) => socket.end()).listen(${PORT}, () => console.log('listening'))`;
const CLIENT = `require('node:net').connect(${PORT}, process.argv[1], () => process.exit(0)).on('error', () => process.exit(1))`;
const PATIENTLY = { interval: 10, timeout: 20_000 };

describe('the relays', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('are left alone until mail waits', async () => {
    const { reachability, probes } = watchRelays({ relays: [HOME, WORK] });

    reachability.hint('network');
    await vi.advanceTimersByTimeAsync(3_600_000);
    reachability.setWaiting((name) => name === 'work');
    await vi.advanceTimersByTimeAsync(0);

    expect(probes.map(({ name }) => name)).toEqual(['work']);
  });

  it('are each told of as they become reachable', async () => {
    const { reachability, probes, changes } = watchRelays({ relays: [HOME] });

    reachability.setWaiting(() => true);
    await answer(probes, 0, { ok: true });

    expect(changes).toEqual(['home: unknown', 'home: unknown -> checking', 'home: checking -> reachable']);
    expect(reachability.statuses()).toEqual([
      { ...HOME, state: 'reachable', reason: '', remedy: '', since: expect.any(Number) },
    ]);
  });

  it('are tried again by the clock alone when they come back without a hint', async () => {
    const { reachability, probes } = watchRelays({ relays: [HOME] });
    reachability.setWaiting(() => true);
    await answer(probes, 0, REFUSED);
    const [waiting] = reachability.statuses();

    await vi.advanceTimersByTimeAsync((waiting?.nextLookAt ?? Number.NaN) - Date.now());
    await answer(probes, 1, { ok: true });

    expect(waiting).toMatchObject({ state: 'unreachable', reason: 'Connection refused.', reply: 'ECONNREFUSED' });
    expect(reachability.statuses()[0]?.state).toBe('reachable');
  });

  it('that were reachable and fail a run are looked at again', async () => {
    const { reachability, probes } = watchRelays({ relays: [HOME] });
    reachability.setWaiting(() => true);
    await answer(probes, 0, { ok: true });

    reachability.report('home', REFUSED);
    const after = reachability.statuses()[0]?.state;
    await vi.advanceTimersByTimeAsync(5000);

    expect(after).toBe('unreachable');
    expect(probes).toHaveLength(2);
  });

  it('elsewhere are not asked while this computer has no network', async () => {
    let online = false;
    const { reachability, probes, changes } = watchRelays({ relays: [HOME], online: () => online });

    reachability.setWaiting(() => true);
    const [offline] = reachability.statuses();
    const asked = probes.length;
    online = true;
    await vi.advanceTimersByTimeAsync(2000);
    reachability.hint('network');
    await vi.advanceTimersByTimeAsync(0);

    expect(offline).toMatchObject({ state: 'unreachable', reason: 'This computer has no network connection.' });
    expect(asked).toBe(0);
    expect(probes).toHaveLength(1);
    expect(changes.slice(0, 2)).toEqual(['home: unknown', 'home: unknown -> unreachable']);
  });

  it.each(['127.0.0.1', 'localhost', '::1', '[::1]', 'LOCALHOST'])('on loopback (%s) need no network', async (host) => {
    const { reachability, probes } = watchRelays({ relays: [{ ...HOME, host }], online: () => false });

    reachability.setWaiting(() => true);
    await answer(probes, 0, { ok: true });

    expect(reachability.statuses()[0]?.state).toBe('reachable');
  });

  it('that never answer are given up and looked at again', async () => {
    const { reachability, probes } = watchRelays({ relays: [HOME], probeDeadlineMs: 1000 });
    reachability.setWaiting(() => true);
    await vi.advanceTimersByTimeAsync(0);

    await vi.advanceTimersByTimeAsync(1000);
    const after = reachability.statuses()[0];
    await vi.advanceTimersByTimeAsync(5000);

    expect(after).toMatchObject({ state: 'unreachable', reason: 'The relay did not answer in time.' });
    expect(probes.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  });

  it('whose check breaks are unreachable, with the reason', async () => {
    const { reachability } = watchRelays({
      relays: [HOME],
      probe: () => Promise.reject(new Error('no relay home')),
    });

    reachability.setWaiting(() => true);
    await vi.advanceTimersByTimeAsync(0);

    expect(reachability.statuses()[0]?.reason).toBe('The relay could not be checked: no relay home');
  });

  it('whose settings change begin anew, and an answer of before no longer counts', async () => {
    const { reachability, probes } = watchRelays({ relays: [HOME, WORK] });
    reachability.setWaiting((name) => name === 'home');
    await vi.advanceTimersByTimeAsync(0);

    reachability.setRelays([{ ...HOME, port: 587 }, WORK]);
    await answer(probes, 0, REFUSED);
    const during = reachability.statuses()[0];
    await answer(probes, 1, { ok: true });

    expect(probes[0]?.signal.aborted).toBe(true);
    expect(during).toMatchObject({ port: 587, state: 'checking' });
    expect(reachability.statuses()[0]?.state).toBe('reachable');
  });

  it('whose settings stay the same keep what is known of them', async () => {
    const { reachability, probes } = watchRelays({ relays: [HOME] });
    reachability.setWaiting(() => true);
    await answer(probes, 0, { ok: true });

    reachability.setRelays([{ ...HOME }, WORK]);

    expect(reachability.statuses().map(({ name, state }) => `${name} ${state}`)).toEqual([
      'home reachable',
      'work unknown',
    ]);
  });

  it('that need a person stay so on screen until a look says otherwise', async () => {
    const { reachability, probes, changes } = watchRelays({ relays: [HOME] });
    reachability.setWaiting(() => true);
    await answer(probes, 0, { ok: true });
    reachability.report('home', {
      ok: false,
      problem: { kind: 'auth-rejected', message: 'The password was rejected.', remedy: 'Store the new one.' },
    });

    reachability.hint('send-now');
    await answer(probes, 1, { ok: true });

    expect(changes.slice(-2)).toEqual(['home: reachable -> needs-you', 'home: needs-you -> reachable']);
  });

  it('may be changed by the one who is told of a change', async () => {
    const told: string[] = [];
    const { reachability, probes } = watchRelays({
      relays: [HOME, WORK],
      onChange: (name, status) => {
        told.push(`${name} ${status.state}`);
        if (name === 'home' && status.state === 'unreachable') reachability.setRelays([HOME]);
      },
    });
    reachability.setWaiting(() => true);
    await answer(probes, 0, REFUSED);
    await answer(probes, 1, REFUSED);

    expect(told.at(-1)).toBe('home unreachable');
    expect(reachability.statuses().map(({ name }) => name)).toEqual(['home']);
  });

  it('are let go of at the end', async () => {
    const { reachability, probes, changes } = watchRelays({ relays: [HOME] });
    reachability.setWaiting(() => true);
    await vi.advanceTimersByTimeAsync(0);
    const before = [...changes];

    reachability.stop();
    reachability.hint('send-now');
    await answer(probes, 0, { ok: true });

    expect(probes[0]?.signal.aborted).toBe(true);
    expect(changes).toEqual(before);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe.skipIf(NAMESPACES_MISSING !== null)(
  `a laptop with a cable${NAMESPACES_MISSING ? ` (${NAMESPACES_MISSING})` : ''}`,
  () => {
    it('finds its relay when the link comes up, before any timer would', async () => {
      const namespace = createNamespace();
      const server = start(namespace.farAway(process.execPath, '-e', SERVER));
      await once(server.stdout ?? server, 'data');
      const relay = { name: 'far', host: namespace.farAddress, port: PORT };
      // By this clock no pause ever ends: only the hint can be what makes it look.
      let steady = 0;
      const seen: string[] = [];
      const reachability = createReachability({
        relays: [relay],
        clock: { now: Date.now, steady: () => steady, elapsed: () => steady },
        random: () => 1,
        online: () => true,
        probe: (_name, signal) => connect(namespace.onLaptop(process.execPath, '-e', CLIENT, relay.host), signal),
        onChange: (_name, status) => seen.push(status.state),
      });
      onTestFinished(() => reachability.stop());
      const watch = watchNetwork({
        command: namespace.monitorCommand,
        onHint: (reason) => reachability.hint(reason),
        fingerprint: () => 'same',
        timing: { debounceMs: 50 },
      });
      onTestFinished(() => watch.stop());
      reachability.setWaiting(() => true);
      await vi.waitUntil(() => seen.includes('unreachable') && namespace.monitorListens(), PATIENTLY);
      steady = HINT_PAUSE_MS;

      namespace.setLink('up');
      await vi.waitUntil(() => seen.includes('reachable'), PATIENTLY);

      expect(seen.slice(0, 3)).toEqual(['unknown', 'checking', 'unreachable']);
    });
  },
);

it('takes the probe of delivery as it is', () => {
  expectTypeOf<ProbeResult>().toExtend<LookResult>();
  expectTypeOf<Relay>().toExtend<RelayAddress>();
});

interface RunningProbe {
  readonly name: string;
  readonly signal: AbortSignal;
  readonly answer: (result: LookResult) => void;
}

function watchRelays(
  options: Pick<ReachabilityOptions<RelayAddress>, 'relays'> & Partial<ReachabilityOptions<RelayAddress>>,
) {
  const probes: RunningProbe[] = [];
  const changes: string[] = [];
  const reachability = createReachability<RelayAddress>({
    random: () => 1,
    online: () => true,
    probe: (name, signal) => new Promise((answer) => probes.push({ name, signal, answer })),
    onChange: (name, status, before) =>
      changes.push(before === null ? `${name}: ${status.state}` : `${name}: ${before.state} -> ${status.state}`),
    ...options,
  });
  onTestFinished(() => reachability.stop());
  return { reachability, probes, changes };
}

/** Let the probe begin, answer it, and let the answer be heard. */
async function answer(probes: readonly RunningProbe[], index: number, result: LookResult): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
  probes[index]?.answer(result);
  await vi.advanceTimersByTimeAsync(0);
}

async function connect(command: readonly string[], signal: AbortSignal): Promise<LookResult> {
  const [code] = await once(start(command, { signal }), 'exit');
  return code === 0 ? { ok: true } : REFUSED;
}
