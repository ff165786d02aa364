import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerUpToData, type RawConnection, startRawRelay } from '../../support/raw-relay.js';
import { relaySettings } from '../../support/relay.js';
import { connect, request } from '../../support/relay-client.js';
import { startSink } from '../../support/sink-relay.js';

describe('a session that breaks', () => {
  async function deliverTo(script: (connection: RawConnection) => Promise<void>, to = ['ann@example.org']) {
    const relay = await startRawRelay(script);
    const delivery = await connect(relaySettings(relay.port));
    const outcomes = await delivery.deliver(request(to));
    return { delivery, outcomes, relay };
  }

  it('sends no byte of a message to a relay that did not ask for it', async () => {
    let body: string[] = [];
    const { outcomes } = await deliverTo(async (connection) => {
      connection.say('220 raw ESMTP\r\n');
      for (const reply of ['250 raw', '250 ok', '250 ok', '250 ok']) {
        await connection.line();
        connection.say(`${reply}\r\n`);
      }
      body = await connection.until('.');
    });

    expect(outcomes.get('ann@example.org')).toMatchObject({ kind: 'deferred', reply: 'Protocol error: 250 ok' });
    expect(body).toEqual([]);
  });

  it.each(['', 'PIPELINING'])('waits for nothing after 421 to a recipient (%s)', async (extension) => {
    const { outcomes, delivery } = await deliverTo(
      async (connection) => {
        connection.say('220 raw ESMTP\r\n');
        for (const reply of [`250 ${extension || 'raw'}`, '250 ok', '250 ok', '421 4.3.2 closing']) {
          await connection.line();
          connection.say(reply.startsWith('250 P') ? `250-raw\r\n${reply}\r\n` : `${reply}\r\n`);
        }
      },
      ['ann@example.org', 'bob@example.org', 'carol@example.org'],
    );

    expect([...outcomes.values()].map(({ kind }) => kind)).toEqual(['deferred', 'deferred', 'deferred']);
    expect(delivery).toMatchObject({ usable: false });
  });

  it.each([
    ['one byte at a time', '2'],
    ['one line of a reply without end', '250-more\r\n'],
  ])('gives up on a relay that answers in drips: %s', async (_, drip) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    let over = false;
    const delivering = deliverTo(async (connection) => {
      connection.say('220 raw ESMTP\r\n');
      await connection.line();
      connection.say('250 raw\r\n');
      await connection.line();
      while (!over) {
        connection.say(drip);
        vi.advanceTimersByTime(60_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
    });

    const { outcomes } = await delivering;
    over = true;

    expect(outcomes.get('ann@example.org')?.kind).toBe('deferred');
  });

  it('hears out a relay that answers a whole envelope and hangs up', async () => {
    const sink = await startSink({ toData: () => '421 4.3.2 closing' });
    const delivery = await connect(relaySettings(sink.port));

    const outcomes = await delivery.deliver(request(['ann@example.org', 'bob@example.org', 'carol@example.org']));

    expect([...outcomes.values()].map(({ reply }) => reply)).toEqual(Array(3).fill('421 4.3.2 closing'));
  });

  it('keeps what a relay says fit for one line of a file, whatever it says', async () => {
    const said: string[] = [];
    const relay = await startRawRelay(async (connection) => {
      connection.say('220 raw ESMTP\r\n');
      await connection.line();
      connection.say('250 raw\r\n');
      await connection.line();
      connection.say(`550 5.7.1 no\rAction: delivered\0 ${'x'.repeat(900_000)}\r\n`);
      await connection.line();
      connection.end();
    });
    const delivery = await connect(relaySettings(relay.port), { transcript: (line) => void said.push(line) });

    const outcomes = await delivery.deliver(request(['ann@example.org']));

    const { kind, reply = '' } = outcomes.get('ann@example.org') ?? {};
    expect(kind).toBe('failed');
    for (const line of [reply, ...said]) {
      expect(line.length).toBeLessThanOrEqual(2048);
      expect(line).not.toMatch(/[\r\n\0]/);
    }
  });

  it('leaves uncertain only those whom the relay had accepted', async () => {
    const { outcomes } = await deliverTo(
      async (connection) => {
        connection.say('220 raw ESMTP\r\n');
        for (const reply of ['250 raw', '250 ok', '250 ok', '550 5.1.1 unknown', '354 go']) {
          await connection.line();
          connection.say(`${reply}\r\n`);
        }
        await connection.until('.');
        connection.cut();
      },
      ['ann@example.org', 'gone@example.org'],
    );

    expect(outcomes.get('ann@example.org')?.kind).toBe('uncertain');
    expect(outcomes.get('gone@example.org')).toMatchObject({ kind: 'failed', status: '5.1.1' });
  });

  it('defers when the connection is lost before the dot', async () => {
    let evidence = false;
    const relay = await startRawRelay(async (connection) => {
      await answerUpToData(connection);
      await connection.line();
      connection.cut();
    });
    const delivery = await connect(relaySettings(relay.port));

    const endless = Readable.from(
      (async function* () {
        yield Buffer.from('Subject: long\r\n\r\n');
        for (;;) {
          await new Promise((resolve) => setImmediate(resolve));
          yield Buffer.from('and on it goes\r\n');
        }
      })(),
    );
    const outcomes = await delivery.deliver(
      request(['ann@example.org'], {
        openMessage: () => endless,
        beforeFinalDot: () => {
          evidence = true;
        },
      }),
    );

    expect(outcomes.get('ann@example.org')?.kind).toBe('deferred');
    expect(delivery).toMatchObject({ usable: false, problem: { kind: 'closed' } });
    expect(evidence).toBe(false);
    expect(endless.destroyed).toBe(true);
  });

  it.each([
    ['250 2.0.0 Ok', 'deferred'],
    ['552 5.3.4 Too big', 'failed'],
    ['451 4.3.0 No space', 'deferred'],
  ])('takes %s before the dot for no acceptance, and talks no further', async (reply, kind) => {
    let evidence = false;
    const relay = await startRawRelay(async (connection) => {
      await answerUpToData(connection);
      await connection.line();
      connection.say(`${reply}\r\n`);
    });
    const delivery = await connect(relaySettings(relay.port));
    const unfinished = new Readable({ read() {} });
    unfinished.push('Subject: not at its end yet\r\n');

    const outcomes = await delivery.deliver(
      request(['ann@example.org'], {
        openMessage: () => unfinished,
        beforeFinalDot: () => {
          evidence = true;
        },
      }),
    );

    expect(outcomes.get('ann@example.org')?.kind).toBe(kind);
    expect(delivery.usable).toBe(false);
    expect(evidence).toBe(false);
  });

  it('is not usable, and nobody is to blame, when the relay ends an idle session', async () => {
    let goodbye = (): void => {};
    const relay = await startRawRelay(async (connection) => {
      await answerUpToData(connection);
      await connection.until('.');
      connection.say('250 ok\r\n');
      goodbye = () => {
        connection.say('421 4.4.2 Idle too long\r\n');
        connection.end();
      };
    });
    const delivery = await connect(relaySettings(relay.port));
    await delivery.deliver(request(['ann@example.org']));

    goodbye();
    await expect.poll(() => delivery.usable).toBe(false);

    expect(delivery.problem).toBeNull();
  });

  it('says that the relay wants a sign-in when it answers 530 to MAIL', async () => {
    const { delivery, outcomes } = await deliverTo(async (connection) => {
      connection.say('220 raw ESMTP\r\n');
      await connection.line();
      connection.say('250 raw\r\n');
      await connection.line();
      connection.say('530 5.7.0 Authentication required\r\n');
      await connection.line();
      connection.end();
    });

    expect(outcomes.get('ann@example.org')?.kind).toBe('deferred');
    expect(delivery.problem).toMatchObject({ kind: 'auth-missing', reply: '530 5.7.0 Authentication required' });
  });

  it('gives up at once when told to stop', async () => {
    const stop = new AbortController();
    const relay = await startRawRelay(async (connection) => {
      await answerUpToData(connection);
      await connection.until('.');
      stop.abort();
    });
    const delivery = await connect(relaySettings(relay.port), { signal: stop.signal });

    const outcomes = await delivery.deliver(request(['ann@example.org']));

    expect(outcomes.get('ann@example.org')?.kind).toBe('uncertain');
    expect(delivery.problem?.stat).toBe('Stopped');
  });
});
