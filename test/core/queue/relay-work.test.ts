/** How the messages of one relay share its connections: who waits for whom, and who does not. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Outcome } from '../../../core/delivery/delivery.js';
import { RelayError, type RelayProblem } from '../../../core/delivery/relay.js';
import { createWorks, startRun } from '../../../core/queue/run.js';
import { SLOW_ATTEMPTS } from '../../../core/queue/slow-lane.js';
import { openJob } from '../../../core/spool/create-job.js';
import { relaySettings } from '../../support/relay.js';
import { control, recipient } from './fixtures.js';
import { createWorld, OPTIONS, queue, REFUSED, run, SENT, sessionOf, status, type World } from './world.js';

const withRelay = (extra: Parameters<typeof relaySettings>[1]): World =>
  createWorld(() => ({ kind: 'relay', relay: relaySettings(25, extra) }));

/** Answers when the test says so. */
function stalled() {
  let answer = (_: Outcome): void => {};
  const promise = new Promise<Outcome>((resolve) => {
    answer = resolve;
  });
  return { promise, answer: () => answer(SENT) };
}

const envelopes = (world: World): (string | undefined)[] => world.deliveries.map(({ request }) => request.envelopeId);

function queueBig(world: World, envelopeId: string): string {
  const job = openJob(world.directory);
  job.writeBody(Buffer.alloc(1_100_000, 'x'));
  job.commit(control({ createdAtSeconds: Math.floor(Date.now() / 1000), priority: 1_130_000, envelopeId }));
  return job.id;
}

describe('a message that stalls', () => {
  it('keeps nobody else waiting, not those that arrive meanwhile either', async () => {
    const world = withRelay({ concurrency: 2 });
    const { promise, answer } = stalled();
    world.answer = (_, { envelopeId }) => (envelopeId === 'stalls' ? promise : SENT);
    const works = createWorks();
    queue(world, { sender: 'ann', envelopeId: 'stalls' });
    const first = await startRun(world.ports, OPTIONS, works);
    await vi.waitUntil(() => world.deliveries.length === 1, { interval: 1 });

    queue(world, { sender: 'bert', envelopeId: 'fresh' });
    const second = await startRun(world.ports, OPTIONS, works);
    await vi.waitUntil(() => second.summary.sent === 1, { interval: 1 });
    answer();
    await Promise.all([first.done, second.done]);

    expect(envelopes(world)).toEqual(['stalls', 'fresh']);
    expect(first.summary.sent).toBe(1);
    expect(works.active).toBe(false);
  });

  it('is not overtaken by the next of its sender, unless it takes for ever', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const turns = async (): Promise<void> => {
      for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
    };
    const world = withRelay({ concurrency: 2 });
    const { promise, answer } = stalled();
    world.answer = (_, { envelopeId }) => (envelopeId === 'stalls' ? promise : SENT);
    queue(world, { sender: 'ann', envelopeId: 'stalls' });
    queue(world, { sender: 'ann', envelopeId: 'next' });

    const { done } = await startRun(world.ports, OPTIONS, createWorks());
    await turns();
    const before = envelopes(world);
    vi.advanceTimersByTime(61_000);
    await turns();
    const after = envelopes(world);
    answer();
    await done;

    expect(before).toEqual(['stalls']);
    expect(after).toEqual(['stalls', 'next']);
  });

  it('does not stall while it waits for its turn of so many a minute', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const turns = async (): Promise<void> => {
      for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
    };
    const world = withRelay({ concurrency: 2, pace: { perMinute: 1, perConnection: 0 } });
    for (const envelopeId of ['first', 'second', 'third']) queue(world, { sender: 'ann', envelopeId });
    const waits = [0, 45_000, 45_000];
    const ports = { ...world.ports, pace: { take: () => waits.shift() ?? 0 } };

    const { done } = await startRun(ports, OPTIONS, createWorks());
    await turns();
    for (let count = 0; count < 30; count += 1) {
      vi.advanceTimersByTime(5000);
      await turns();
    }
    await done;

    expect(envelopes(world)).toEqual(['first', 'second', 'third']);
  });

  it('is chosen once, however many runs are asked for', async () => {
    const world = withRelay({ concurrency: 4 });
    const { promise, answer } = stalled();
    world.answer = () => promise;
    queue(world);
    const works = createWorks();

    const runs = [await startRun(world.ports, OPTIONS, works), await startRun(world.ports, OPTIONS, works)];
    answer();
    await Promise.all(runs.map(({ done }) => done));

    expect(world.deliveries).toHaveLength(1);
  });
});

describe('a person who says Send Now', () => {
  it('is heard for a message that an earlier run has chosen and would leave alone', async () => {
    const world = withRelay({ concurrency: 1 });
    const { promise, answer } = stalled();
    world.answer = (_, { envelopeId }) => (envelopeId === 'stalls' ? promise : SENT);
    const works = createWorks();
    queue(world, { sender: 'ann', envelopeId: 'stalls', priority: 1 });
    const id = queue(world, { sender: 'bert', envelopeId: 'old', priority: 2, createdAtSeconds: 1_000_000_000 });
    const scheduled = { ...OPTIONS, flush: () => false, askAfterMs: 30 * 86_400_000 };
    const first = await startRun(world.ports, scheduled, works);
    await vi.waitUntil(() => world.deliveries.length === 1, { interval: 1 });

    const asked = await startRun(world.ports, { ...scheduled, flush: (one) => one === id }, works);
    answer();
    await Promise.all([first.done, asked.done]);

    expect(envelopes(world)).toEqual(['stalls', 'old']);
    expect(world.ports.spool.list()).toEqual([]);
  });
});

describe('the slow lane', () => {
  it('has big mail, which leaves a connection to the others', async () => {
    const world = withRelay({ concurrency: 2 });
    const { promise, answer } = stalled();
    world.answer = (_, { envelopeId }) => (envelopeId === 'note' ? SENT : promise);
    for (const name of ['big1', 'big2', 'big3']) queueBig(world, name);
    const works = createWorks();
    const { done } = await startRun(world.ports, OPTIONS, works);
    await vi.waitUntil(() => world.deliveries.length === 1, { interval: 1 });

    queue(world, { sender: 'bert', envelopeId: 'note' });
    const note = await startRun(world.ports, OPTIONS, works);
    await vi.waitUntil(() => note.summary.sent === 1, { interval: 1 });
    const during = envelopes(world);
    answer();
    await done;

    expect(during).toEqual([expect.stringMatching(/^big/), 'note']);
    expect(world.ports.spool.list()).toEqual([]);
  });

  it('comes last where there is only one connection, and mail that failed often with it', async () => {
    const world = withRelay({ concurrency: 1 });
    const tried = { attempts: SLOW_ATTEMPTS, lastAttemptSeconds: 1, priority: -1 };
    queueBig(world, 'big');
    queue(world, { sender: 'ann', envelopeId: 'often', ...tried });
    queue(world, { sender: 'ann', envelopeId: 'fresh' });

    await run(world);

    expect(envelopes(world)[0]).toBe('fresh');
    expect(world.deliveries).toHaveLength(3);
  });
});

describe('a relay that says how much it takes', () => {
  const busy: RelayProblem = {
    kind: 'relay-busy',
    message: 'later',
    remedy: '',
    stat: '450 4.7.0 too much mail',
    status: '4.7.0',
    restMs: 300_000,
  };

  it('is given nothing more, and only the message it said so to has been tried', async () => {
    const world = withRelay({ concurrency: 1 });
    const ids = [queue(world), queue(world), queue(world)];
    world.answer = () => (world.deliveries.length === 2 ? busy : SENT);
    const told: (RelayProblem | null)[] = [];

    await run(world, { onRelay: (_, problem) => void told.push(problem) });

    expect(world.deliveries).toHaveLength(2);
    expect(ids.map((id) => status(world, id)?.attempts)).toEqual([undefined, 1, 0]);
    expect(told.at(-1)).toMatchObject({ kind: 'relay-busy', restMs: 300_000 });
  });

  it('by a policy (4.7.1) is taken at its word when three messages in a row fared so', async () => {
    const policy: Outcome = { kind: 'deferred', reply: '450 4.7.1 not now', status: '4.7.1', why: 'policy' };
    const world = withRelay({ concurrency: 1 });
    for (let count = 0; count < 7; count += 1) queue(world, { envelopeId: String(count) });
    world.answer = (_, { envelopeId }) => (envelopeId === '2' ? SENT : policy);
    const told: (RelayProblem | null)[] = [];

    await run(world, { onRelay: (_, problem) => void told.push(problem) });

    expect(envelopes(world)).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(told.at(-1)).toMatchObject({ kind: 'relay-busy' });
  });

  it('and refuses a connection beside others keeps those, and gets all of its mail over them', async () => {
    const world = withRelay({ concurrency: 4 });
    for (let count = 0; count < 20; count += 1) queue(world, { sender: `user${count % 5}`, envelopeId: String(count) });
    const told: (RelayProblem | null)[] = [];
    const { connect } = world.ports;
    const ports = {
      ...world.ports,
      connect: async (options: Parameters<typeof connect>[0]) => {
        if (world.connects < 2) return connect(options);
        throw new RelayError({ ...busy, stat: '421 4.7.0 too many connections' });
      },
    };

    const { done } = await startRun(
      ports,
      { ...OPTIONS, onRelay: (_, problem) => void told.push(problem) },
      createWorks(),
    );
    await done;

    expect(world.deliveries).toHaveLength(20);
    expect(world.ports.spool.list()).toEqual([]);
    expect(told).toEqual([null, null]);
    for (const user of [0, 1, 2, 3, 4]) {
      const sent = envelopes(world)
        .map(Number)
        .filter((number) => number % 5 === user);
      expect(sent).toEqual(sent.toSorted((a, b) => a - b));
    }
  });

  it('over one connection is left alone over another that was being opened then', async () => {
    const world = withRelay({ concurrency: 2 });
    for (const sender of ['ann', 'bert', 'carl']) queue(world, { sender, envelopeId: sender });
    const { promise, answer } = stalled();
    const told: (RelayProblem | null)[] = [];
    const onRelay = (_: string, problem: RelayProblem | null): void => {
      told.push(problem);
      if (problem !== null) answer();
    };
    world.answer = () => busy;
    const { connect } = world.ports;
    const ports = {
      ...world.ports,
      connect: async (options: Parameters<typeof connect>[0]) => {
        const session = await connect(options);
        if (world.connects === 2) await promise;
        return session;
      },
    };

    const { done } = await startRun(ports, { ...OPTIONS, onRelay }, createWorks());
    await done;

    expect(world.deliveries).toHaveLength(1);
    expect(told).toEqual([null, expect.objectContaining({ kind: 'relay-busy' })]);
    expect(world.ports.spool.list()).toHaveLength(3);
  });

  it('is not waited for, message by message, by a run by hand that finds it down', async () => {
    const world = withRelay({ concurrency: 1, pace: { perMinute: 1, perConnection: 0 } });
    const ids = [queue(world), queue(world), queue(world)];
    world.refuse = REFUSED;

    const summary = await run(world, { counting: 'run' });

    expect(summary.deferred).toBe(3);
    expect(ids.map((id) => status(world, id)?.attempts)).toEqual([1, 1, 1]);
  });

  it('is not kept waiting for by mail that is left to a person', async () => {
    const world = withRelay({ concurrency: 1, pace: { perMinute: 1, perConnection: 0 } });
    for (let count = 0; count < 3; count += 1) {
      const job = world.ports.spool.claim({ id: queue(world, { envelopeId: 'maybe' }), kind: 'qf' });
      if (typeof job === 'string') throw new Error(job);
      job.markUncertain({ relay: 'home', at: 1, recipients: ['bob@example.net'] });
      job.release();
    }
    queue(world, { envelopeId: 'fresh' });
    let turns = 0;
    const pace = {
      take: () => {
        turns += 1;
        return 0;
      },
    };

    await (
      await startRun(
        { ...world.ports, pace },
        { ...OPTIONS, flush: () => false, hasCome: () => true, whenUncertain: 'hold' },
        createWorks(),
      )
    ).done;

    expect(envelopes(world)).toEqual(['fresh']);
    expect(turns).toBe(1);
  });

  it('is given so many over one connection as its settings say', async () => {
    const world = withRelay({ concurrency: 1, pace: { perMinute: 0, perConnection: 2 } });
    for (let count = 0; count < 5; count += 1) queue(world);

    await run(world);

    expect(world.deliveries).toHaveLength(5);
    expect(world.connects).toBe(3);
  });
});

describe('a session that was over before the message began', () => {
  it('is opened anew, and the message goes without having been put off', async () => {
    const world = createWorld();
    queue(world, { envelopeId: 'first' });
    const id = queue(world, { envelopeId: 'second' });
    const seen: (number | undefined)[] = [];
    const connect = world.ports.connect;
    const ports = {
      ...world.ports,
      connect: async (options: Parameters<typeof connect>[0]) => {
        world.connects += 1;
        const session = sessionOf(world, options.relay);
        let carried = 0;
        let stale = false;
        return {
          ...session,
          get usable() {
            return !stale;
          },
          get stale() {
            return stale;
          },
          problem: null,
          async deliver(request: Parameters<typeof session.deliver>[0]) {
            carried += 1;
            if (world.connects > 1 || carried === 1) return session.deliver(request);
            stale = true;
            seen.push(status(world, id)?.attempts);
            return new Map(
              request.recipients.map(({ address }): [string, Outcome] => [
                address,
                { kind: 'deferred', reply: 'Connection reset', status: '4.4.2' },
              ]),
            );
          },
        };
      },
    };

    const { summary, done } = await startRun(ports, OPTIONS, createWorks());
    await done;

    expect(summary).toMatchObject({ sent: 2, deferred: 0 });
    expect(world.connects).toBe(2);
    expect(seen).toEqual([0]);
  });
});

describe('a message that somebody stops', () => {
  it('is held, not counted as tried, and the next one goes', async () => {
    const world = withRelay({ concurrency: 1 });
    const id = queue(world, { sender: 'ann' });
    queue(world, { sender: 'ann' });
    world.answer = async (_, { cancelled }) => {
      if (world.deliveries.length > 1) return SENT;
      const result = world.ports.progress.cancel(id);
      return { kind: 'deferred', reply: `${result} ${cancelled?.aborted}`, status: '4.4.2' };
    };

    const summary = await run(world);

    const held = world.ports.spool.read({ id, kind: 'hf' })?.control;
    expect(held).toMatchObject({ attempts: 0, quarantineReason: 'held: stopped while it was being sent' });
    expect(summary).toMatchObject({ sent: 1, deferred: 0 });
  });

  it('goes to nobody, though the relay had refused one of its recipients by then', async () => {
    const world = createWorld();
    const id = queue(world, { recipients: ['bob@example.net', 'nobody@example.net'].map((name) => recipient(name)) });
    const { connect } = world.ports;
    const ports = {
      ...world.ports,
      connect: async (options: Parameters<typeof connect>[0]) => ({
        ...(await connect(options)),
        deliver: async () => {
          world.ports.progress.cancel(id);
          return new Map<string, Outcome>([
            ['bob@example.net', { kind: 'deferred', reply: 'Cancelled', status: '4.4.2' }],
            ['nobody@example.net', { kind: 'failed', reply: '550 5.1.1 unknown', status: '5.1.1' }],
          ]);
        },
      }),
    };

    await (await startRun(ports, OPTIONS, createWorks())).done;

    const held = world.ports.spool.read({ id, kind: 'hf' })?.control;
    expect(held?.quarantineReason).toBe('held: stopped while it was being sent');
    expect(held?.recipients).toHaveLength(2);
    expect(world.ports.spool.list()).toHaveLength(1);
  });

  it('too late goes on', async () => {
    const world = createWorld();
    const id = queue(world);
    let result = '';
    world.answer = (_, request) => {
      request.beforeFinalDot(['bob@example.net']);
      result = world.ports.progress.cancel(id);
      return SENT;
    };

    await run(world);

    expect(result).toBe('too-late');
    expect(world.ports.spool.list()).toEqual([]);
  });
});
