/** The queue run on a real spool; the relay is a Delivery that answers as the test says. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Outcome } from '../../../core/delivery/delivery.js';
import type { RelayProblem } from '../../../core/delivery/relay.js';
import { runQueue } from '../../../core/queue/run.js';
import type { RunPorts } from '../../../core/queue/run-context.js';
import { openSpool } from '../../../core/spool/directory-spool.js';
import { relaySettings } from '../../support/relay.js';
import { recipient } from './fixtures.js';
import { createWorld, OPTIONS, queue, REFUSED, run, SENT, sessionOf, status } from './world.js';

describe('a relay that ends a session with 421', () => {
  const BUSY: RelayProblem = {
    kind: 'relay-busy',
    message: 'It asked us to come back later.',
    remedy: 'It is tried again by itself.',
    stat: '421 4.7.0 Too many messages in this session',
    status: '4.7.0',
  };

  it('after some messages gets the next over another', async () => {
    const world = createWorld();
    for (let count = 0; count < 4; count += 1) queue(world);
    world.answer = () => (world.deliveries.length === 2 ? BUSY : SENT);

    const summary = await run(world);

    expect(summary).toMatchObject({ sent: 3, deferred: 1 });
    expect(world.connects).toBe(2);
  });

  it('at the first message is left alone, unless somebody asked for the run', async () => {
    const world = createWorld();
    for (let count = 0; count < 3; count += 1) queue(world);
    world.answer = () => BUSY;

    await run(world);
    const byItself = world.connects;
    await run(world, { counting: 'run' });

    expect([byItself, world.connects - byItself]).toEqual([1, 3]);
  });
});

describe('a message that may have been sent', () => {
  it('and is put off in so many words when it is sent again goes on being tried', async () => {
    const world = createWorld();
    const id = queue(world);
    const answers: Outcome[] = [
      { kind: 'uncertain', reply: 'Connection reset', status: '4.4.2' },
      { kind: 'deferred', reply: '451 4.3.0 not now', status: '4.3.0' },
      { kind: 'deferred', reply: '451 4.3.0 not now', status: '4.3.0' },
      SENT,
    ];
    world.answer = async (_, request) => {
      // Dots of different instants.
      await vi.waitUntil(() => Date.now() > (world.ports.spool.read({ id, kind: 'qf' })?.uncertain?.at ?? 0), {
        interval: 1,
      });
      request.beforeFinalDot(['bob@example.net']);
      return answers[world.deliveries.length - 1] ?? SENT;
    };
    const times: (number | undefined)[] = [];

    for (const _ of answers) {
      await run(world, { flush: () => false, hasCome: () => true });
      const left = world.ports.spool.read({ id, kind: 'qf' })?.uncertain;
      times.push(left === undefined ? 0 : (left.times ?? 1));
    }

    expect(times).toEqual([1, 1, 1, 0]);
    expect(world.ports.spool.list()).toEqual([]);
  });

  it('twice waits for a person', async () => {
    const world = createWorld();
    const id = queue(world);
    world.answer = async (_, request) => {
      await vi.waitUntil(() => Date.now() > (world.ports.spool.read({ id, kind: 'qf' })?.uncertain?.at ?? 0), {
        interval: 1,
      });
      request.beforeFinalDot(['bob@example.net']);
      return { kind: 'uncertain', reply: 'Connection reset', status: '4.4.2' };
    };

    for (let count = 0; count < 3; count += 1) await run(world, { flush: () => false, hasCome: () => true });

    expect(world.deliveries).toHaveLength(2);
    expect(world.ports.spool.read({ id, kind: 'qf' })?.uncertain?.times).toBe(2);
  });
});

describe('one of many runs that nobody asks for each of', () => {
  const recurring = { recurring: true, counting: 'run', whenUncertain: 'hold' } as const;

  it('leaves to a person what may have been sent', async () => {
    const world = createWorld();
    const id = queue(world);
    const job = world.ports.spool.claim({ id, kind: 'qf' });
    if (typeof job === 'string') throw new Error(job);
    job.markUncertain({ relay: 'home', at: 1, recipients: ['bob@example.net'] });
    job.release();

    await run(world, recurring);
    const byItself = world.deliveries.length;
    await run(world, { ...recurring, recurring: false });

    expect([byItself, world.deliveries.length]).toEqual([0, 1]);
  });

  it('asks about mail that has waited too long, as an agent does', async () => {
    const world = createWorld();
    const id = queue(world, { createdAtSeconds: 1_000_000_000 });

    await run(world, { ...recurring, askAfterMs: 86_400_000 });

    expect(world.deliveries).toHaveLength(0);
    expect(world.ports.spool.read({ id, kind: 'hf' })?.control?.quarantineReason).toMatch(/^asked: /);
  });
});

describe('queue run', () => {
  it('sends what is there and leaves an empty directory', async () => {
    const world = createWorld();
    queue(world);
    queue(world);

    const summary = await run(world);

    expect(summary).toMatchObject({ sent: 2, deferred: 0, failed: 0 });
    expect(fs.readdirSync(world.directory)).toEqual([]);
    expect(world.log.join('\n')).toMatch(
      /to=bob@example\.net, delay=00:00:00, .*relay=localhost \[192\.0\.2\.1\], dsn=2\.0\.0, stat=Sent \(ok\)/,
    );
  });

  it.each([
    ['the first message', undefined, [true, false, false]],
    ['each message, when somebody asked', 'run', [true, true, true]],
  ] as const)('tries a relay that cannot be used once, and tells %s why', async (_, counting, told) => {
    const world = createWorld();
    world.refuse = REFUSED;
    const ids = [queue(world), queue(world), queue(world)];

    const summary = await run(world, counting === undefined ? {} : { counting });

    expect(world.connects).toBe(1);
    expect(summary.sent).toBe(0);
    expect(ids.map((id) => status(world, id)?.message)).toEqual(
      told.map((is) => (is ? 'Deferred: Connection refused by home' : undefined)),
    );
    expect(ids.map((id) => status(world, id)?.attempts)).toEqual(ids.map(() => (counting === undefined ? 0 : 1)));
  });

  it('stops using a relay that says 421, and no other', async () => {
    const route: RunPorts['route'] = ({ sender }) => ({
      kind: 'relay',
      relay: relaySettings(25, { name: sender, concurrency: 1 }),
    });
    const world = createWorld(route);
    world.answer = (relay) => (relay.name === 'busy' ? { ...REFUSED, kind: 'relay-busy', stat: '421 too busy' } : SENT);
    for (let i = 0; i < 3; i += 1) queue(world, { sender: 'busy' });
    for (let i = 0; i < 3; i += 1) queue(world, { sender: 'fine' });

    const summary = await run(world);

    expect(world.deliveries.filter(({ relay }) => relay === 'busy')).toHaveLength(1);
    expect(summary.sent).toBe(3);
    expect(world.ports.spool.list()).toHaveLength(3);
  });

  it('leaves a message alone that no relay serves', async () => {
    const world = createWorld(() => ({ kind: 'none', reason: 'No relay is set up yet.' }));
    const id = queue(world);

    const summary = await run(world);

    expect(summary).toMatchObject({ unrouted: 1, sent: 0 });
    expect(world.connects).toBe(0);
    expect(status(world, id)).toMatchObject({ attempts: 0 });
  });

  it('leaves a job alone that somebody else holds', async () => {
    const world = createWorld();
    const id = queue(world);
    const held = openSpool(world.directory).claim({ id, kind: 'qf' });
    if (typeof held === 'string') throw new Error(held);

    await run(world);
    held.release();

    expect(world.deliveries).toEqual([]);
    expect(status(world, id)).toMatchObject({ attempts: 0 });
  });

  it('waits for the schedule unless asked', async () => {
    const world = createWorld();
    const id = queue(world, { attempts: 1, lastAttemptSeconds: Math.floor(Date.now() / 1000) });

    await run(world, { flush: () => false });
    const afterScheduled = world.deliveries.length;
    await run(world, { flush: (asked) => asked === id });

    expect(afterScheduled).toBe(0);
    expect(world.deliveries).toHaveLength(1);
  });

  it('does not send a held message', async () => {
    const world = createWorld();
    const id = queue(world);
    const job = world.ports.spool.claim({ id, kind: 'qf' });
    if (typeof job === 'string') throw new Error(job);
    job.rewrite({ ...job.control, quarantineReason: 'held: by hand' }, 'hf');
    job.release();

    await run(world);

    expect(world.deliveries).toEqual([]);
  });

  it('sets a damaged message aside, says so, and sends the rest', async () => {
    const world = createWorld();
    const bad = queue(world);
    fs.writeFileSync(path.join(world.directory, `qf${bad}`), 'V8\nT1\n?what\n.\n', { mode: 0o600 });
    queue(world);

    const summary = await run(world);

    expect(summary.sent).toBe(1);
    expect(fs.readdirSync(world.directory).sort()).toEqual([`Qf${bad}`, `df${bad}`, `xf${bad}`]);
    expect(world.log.join('\n')).toMatch(new RegExp(`${bad}: Losing \\./qf${bad}: `));
  });

  it('puts refused recipients into a held message of their own and keeps the others', async () => {
    const world = createWorld();
    const fates: Record<string, Outcome> = {
      'ok@example.net': SENT,
      'busy@example.net': { kind: 'deferred', reply: '450 busy', status: '4.2.1' },
      'gone@example.net': { kind: 'failed', reply: '550 gone', status: '5.1.1' },
    };
    const ports: RunPorts = {
      ...world.ports,
      connect: async ({ relay }) => ({
        ...sessionOf(world, relay),
        usable: true,
        problem: null,
        deliver: async ({ recipients }) => new Map(recipients.map(({ address }) => [address, fates[address] ?? SENT])),
      }),
    };
    const id = queue(world, { recipients: Object.keys(fates).map((address) => recipient(address)) });

    await runQueue(ports, OPTIONS);

    const [held] = world.ports.spool.list().filter(({ kind }) => kind === 'hf');
    const failed = held === undefined ? null : world.ports.spool.read(held);
    expect(status(world, id)?.recipients.map(({ address }) => address)).toEqual(['busy@example.net']);
    expect(failed?.control).toMatchObject({
      quarantineReason: 'failed: 550 gone',
      recipients: [{ address: 'gone@example.net' }],
    });
    expect(failed?.dataBytes).toBe(7);
  });

  it('does not repeat by itself what may have been sent, when told to hold such mail', async () => {
    const world = createWorld();
    const id = queue(world);
    const job = world.ports.spool.claim({ id, kind: 'qf' });
    if (typeof job === 'string') throw new Error(job);
    job.markUncertain({ relay: 'home', at: Date.now(), recipients: ['bob@example.net'] });
    job.release();

    await run(world, { flush: () => false, whenUncertain: 'hold' });
    const before = world.deliveries.length;
    await run(world, { flush: () => false, whenUncertain: 'retry' });

    expect(before).toBe(0);
    expect(world.deliveries).toHaveLength(1);
    expect(fs.readdirSync(world.directory)).toEqual([]);
  });

  it('opens no more connections than the relay allows, and keeps each sender in order', async () => {
    const world = createWorld(() => ({ kind: 'relay', relay: relaySettings(25, { concurrency: 2 }) }));
    const ids = new Map<string, string[]>();
    for (const sender of ['ann', 'bert', 'carl', 'ann', 'bert', 'ann']) {
      ids.set(sender, [
        ...(ids.get(sender) ?? []),
        queue(world, { sender, envelopeId: `${sender}${ids.get(sender)?.length ?? 0}` }),
      ]);
    }

    await run(world);

    expect(world.connects).toBe(2);
    const annsOrder = world.deliveries
      .map(({ request }) => request.envelopeId)
      .filter((envelopeId) => envelopeId?.startsWith('ann'));
    expect(annsOrder).toEqual(['ann0', 'ann1', 'ann2']);
  });

  it('never sends again what was sent, though the disk would not take the result', async () => {
    const world = createWorld();
    const id = queue(world);
    const others = [queue(world), queue(world)];
    const unlink = refuseOnce('unlinkSync', `qf${id}`);

    await expect(run(world)).rejects.toThrow('read-only');
    const during = { deliveries: world.deliveries.length, files: fs.readdirSync(world.directory) };
    unlink.mockRestore();
    await run(world);

    expect(during).toMatchObject({ deliveries: 1 });
    expect(during.files).toContain(`qf${id}`);
    expect(world.deliveries).toHaveLength(1 + others.length);
    expect(fs.readdirSync(world.directory)).toEqual([]);
    expect(world.log.join('\n')).toContain(`${id}: SYSERR: `);
  });

  it('lets every relay finish what it began when the disk fails one of them', async () => {
    const world = createWorld(({ sender }) => ({ kind: 'relay', relay: relaySettings(25, { name: sender }) }));
    const failing = queue(world, { sender: 'quick' });
    queue(world, { sender: 'slow' });
    refuseOnce('unlinkSync', `qf${failing}`);
    let ended = 0;
    const ports: RunPorts = {
      ...world.ports,
      connect: async ({ relay }) => ({
        ...sessionOf(world, relay),
        usable: true,
        problem: null,
        async deliver({ recipients }) {
          if (relay.name === 'slow') for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
          ended += 1;
          return new Map(recipients.map(({ address }) => [address, SENT]));
        },
      }),
    };

    await expect(runQueue(ports, OPTIONS)).rejects.toThrow('read-only');

    expect(ended).toBe(2);
    expect(fs.readdirSync(world.directory)).toHaveLength(2);
  });

  it.each(['openSync', 'fstatSync'] as const)('passes over a message that cannot be claimed (%s)', async (call) => {
    const world = createWorld();
    const bad = queue(world);
    queue(world);
    const { inode } = { inode: fs.statSync(path.join(world.directory, `qf${bad}`)).ino };
    const real = fs[call] as (...args: unknown[]) => unknown;
    const fails = vi.spyOn(fs, call).mockImplementation(((...args: unknown[]) => {
      const answer = real(...args);
      const forWriting = call === 'openSync' && Number(args[1]) & fs.constants.O_RDWR;
      if (forWriting && String(args[0]).endsWith(bad)) throw failure('EPERM: operation not permitted');
      if (call === 'fstatSync' && Number((answer as fs.Stats).ino) === inode) throw failure('EIO: i/o error');
      return answer;
    }) as never);
    onTestFinished(() => fails.mockRestore());
    const passed: string[] = [];

    const summary = await run(world, { onPassed: (id) => void passed.push(id) });

    expect(summary.sent).toBe(1);
    expect(passed).toEqual([bad]);
    expect(world.log.join('\n')).toContain(`${bad}: SYSERR: `);
  });

  it('tells which messages it passed over because somebody else holds them', async () => {
    const world = createWorld();
    const id = queue(world);
    const held = openSpool(world.directory).claim({ id, kind: 'qf' });
    if (typeof held === 'string') throw new Error(held);
    const passed: string[] = [];

    await run(world, { onPassed: (each) => void passed.push(each) });
    held.release();

    expect(passed).toEqual([id]);
  });

  it('lets a message go when whoever watches it stumbles', async () => {
    const world = createWorld();
    const id = queue(world);

    await run(world, {
      onJob: () => {
        throw new Error('window is gone');
      },
    }).catch(() => {});

    const job = world.ports.spool.claim({ id, kind: 'qf' });
    expect(job).not.toBe('busy');
    if (typeof job !== 'string') job.release();
  });

  it('stops using a relay whose settings were changed in the middle of the run', async () => {
    let host = 'mistyped.example.org';
    const world = createWorld(() => ({ kind: 'relay', relay: relaySettings(25, { host, concurrency: 1 }) }));
    queue(world);
    queue(world);
    world.answer = () => {
      host = 'smtp.example.org';
      return SENT;
    };

    await run(world);

    expect(world.deliveries).toHaveLength(1);
    expect(world.connects).toBe(1);
    expect(world.ports.spool.list()).toHaveLength(1);
  });

  it.each(['MAILER-DAEMON', '<>', 'MAILER-DAEMON@laptop.example.org', '<mailer-daemon>'])(
    'sends a report from %s by the relay of whom it is for',
    async (sender) => {
      const world = createWorld(({ flags, recipients }) => ({
        kind: 'relay',
        relay: relaySettings(25, { name: flags?.includes('r') === true ? (recipients?.[0]?.address ?? '') : 'other' }),
      }));
      queue(world, { sender, flags: 'rs', recipients: [recipient('alice')] });

      await run(world);

      expect(world.deliveries.map(({ relay }) => relay)).toEqual(['alice']);
    },
  );

  it('says which message it left because it goes another way since it was chosen', async () => {
    let asked = 0;
    const world = createWorld(() => {
      asked += 1;
      return { kind: 'relay', relay: relaySettings(asked === 1 ? 25 : 26) };
    });
    const id = queue(world);
    const passed: string[] = [];

    await run(world, { onPassed: (name) => void passed.push(name) });

    expect(world.deliveries).toEqual([]);
    expect(passed).toEqual([id]);
  });

  it('keeps to one relay when asked to', async () => {
    const world = createWorld(({ sender }) => ({ kind: 'relay', relay: relaySettings(25, { name: sender }) }));
    queue(world, { sender: 'home' });
    queue(world, { sender: 'work' });

    await run(world, { relay: 'work' });

    expect(world.deliveries.map(({ relay }) => relay)).toEqual(['work']);
  });
});

function failure(text: string): Error {
  return Object.assign(new Error(text), { code: text.split(':', 1)[0] });
}

/** The first call for a file of that name fails, as on a disk that was made read-only. */
function refuseOnce(call: 'unlinkSync', name: string) {
  const real = fs[call];
  let failed = false;
  const spy = vi.spyOn(fs, call).mockImplementation((file) => {
    if (!failed && String(file).endsWith(name)) {
      failed = true;
      throw failure('EROFS: read-only file system');
    }
    real(file);
  });
  onTestFinished(() => void spy.mockRestore());
  return spy;
}
