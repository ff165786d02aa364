import fs from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { answerUpToData, startRawRelay } from '../../support/raw-relay.js';
import { relaySettings, startRelay } from '../../support/relay.js';
import { connect, MESSAGE, request } from '../../support/relay-client.js';

describe('deliver', () => {
  it('hands over a message and tells the words of the relay', async () => {
    const relay = await startRelay();
    const delivery = await connect(relay.settings());

    const outcomes = await delivery.deliver(request(['ann@example.org']));

    expect(outcomes.get('ann@example.org')).toEqual({ kind: 'sent', reply: '250 Taken', status: '2.0.0' });
    expect(relay.received).toMatchObject([{ from: 'me@example.net', rcptTo: ['ann@example.org'] }]);
    expect(relay.received[0]?.raw.toString()).toBe(MESSAGE);
  });

  it.each([{ without: [] }, { without: ['PIPELINING'] }] as const)(
    'defers the one recipient answered 450, fails the one answered 550 and hands over the rest ($without)',
    async ({ without }) => {
      const relay = await startRelay({
        without,
        replyTo: {
          'busy@example.org': { code: 450, text: '4.2.1 Mailbox busy' },
          'gone@example.org': { code: 550, text: '5.1.1 No such user' },
        },
      });
      const delivery = await connect(relay.settings());

      const outcomes = await delivery.deliver(request(['ann@example.org', 'busy@example.org', 'gone@example.org']));

      expect(Object.fromEntries(outcomes)).toEqual({
        'ann@example.org': { kind: 'sent', reply: '250 Taken', status: '2.0.0' },
        'busy@example.org': { kind: 'deferred', reply: '450 4.2.1 Mailbox busy', status: '4.2.1' },
        'gone@example.org': { kind: 'failed', reply: '550 5.1.1 No such user', status: '5.1.1' },
      });
      expect(relay.received.map((mail) => mail.rcptTo)).toEqual([['ann@example.org']]);
      expect(delivery).toMatchObject({ usable: true, problem: null });
    },
  );

  it('gives those who were too many for one transaction another at once', async () => {
    const people = ['ann', 'bob', 'cid', 'dan', 'eve'].map((name) => `${name}@example.org`);
    let inTransaction = 0;
    const raw = await startRawRelay(async (connection) => {
      connection.say('220 raw ESMTP\r\n');
      for (;;) {
        const line = (await connection.line()) ?? 'QUIT';
        if (/^EHLO/.test(line)) connection.say('250 raw\r\n');
        else if (/^MAIL/.test(line)) {
          inTransaction = 0;
          connection.say('250 ok\r\n');
        } else if (/^RCPT/.test(line)) {
          inTransaction += 1;
          connection.say(inTransaction > 2 ? '452 4.5.3 Too many recipients\r\n' : '250 ok\r\n');
        } else if (/^DATA/.test(line)) {
          connection.say('354 go on\r\n');
          await connection.until('.');
          connection.say('250 taken\r\n');
        } else if (/^QUIT/.test(line)) return connection.end();
        else connection.say('250 ok\r\n');
      }
    });
    const delivery = await connect(relaySettings(raw.port));
    const noted: number[] = [];

    const outcomes = await delivery.deliver({
      ...request(people),
      betweenTransactions: (soFar) => void noted.push([...soFar.values()].filter(({ kind }) => kind === 'sent').length),
    });

    expect([...outcomes.values()].map(({ kind }) => kind)).toEqual(['sent', 'sent', 'sent', 'sent', 'sent']);
    expect(noted).toEqual([2, 4]);
    expect(delivery.problem).toBeNull();
  });

  it.each([
    ['450 4.7.0 Too much mail from you, wait 10 minutes', 600_000],
    ['550 5.4.5 Daily sending quota exceeded', 3_600_000],
    ['451 4.3.2 Rate limit exceeded', 300_000],
  ] as const)('takes %s for the word of the relay about all mail', async (reply, restMs) => {
    const relay = await startRelay({
      replyTo: { 'ann@example.org': { code: Number(reply.slice(0, 3)), text: reply.slice(4) } },
    });
    const delivery = await connect(relay.settings());

    const outcomes = await delivery.deliver(request(['ann@example.org']));

    expect(outcomes.get('ann@example.org')).toMatchObject({ kind: 'deferred', why: 'busy', reply });
    expect(delivery.problem).toMatchObject({ kind: 'relay-busy', restMs, stat: reply });
  });

  it.each([
    ['554', '5.7.1 Client host rejected: Access denied'],
    ['550', '5.7.1 Relaying denied'],
  ])('that offers sign-in and refuses everybody without one (%s) is asked to be given one', async (code, text) => {
    const raw = await startRawRelay(async (connection) => {
      connection.say('220 raw ESMTP\r\n');
      for (let line = await connection.line(); line !== null; line = await connection.line()) {
        if (/^EHLO/.test(line)) connection.say('250-raw\r\n250 AUTH PLAIN\r\n');
        else connection.say(/^RCPT/.test(line) ? `${code} ${text}\r\n` : '250 ok\r\n');
      }
    });
    const delivery = await connect(relaySettings(raw.port));

    const outcomes = await delivery.deliver(request(['ann@example.org', 'bob@example.org']));

    expect([...outcomes.values()].map(({ kind }) => kind)).toEqual(['deferred', 'deferred']);
    expect(delivery.problem).toMatchObject({ kind: 'auth-missing' });
  });

  it('that has taken mail without a sign-in means it when it refuses a recipient', async () => {
    const raw = await startRawRelay(async (connection) => {
      connection.say('220 raw ESMTP\r\n');
      for (let line = await connection.line(); line !== null; line = await connection.line()) {
        if (/^EHLO/.test(line)) connection.say('250-raw\r\n250 AUTH PLAIN\r\n');
        else if (/^DATA/.test(line)) {
          connection.say('354 go on\r\n');
          await connection.until('.');
          connection.say('250 taken\r\n');
        } else connection.say(/^RCPT To:<blocked/.test(line) ? '550 5.7.1 Access denied\r\n' : '250 ok\r\n');
      }
    });
    const delivery = await connect(relaySettings(raw.port));

    const taken = await delivery.deliver(request(['ann@example.org']));
    const refused = await delivery.deliver(request(['blocked@example.org']));

    expect(taken.get('ann@example.org')?.kind).toBe('sent');
    expect(refused.get('blocked@example.org')?.kind).toBe('failed');
    expect(delivery.problem).toBeNull();
  });

  it.each([{ without: [] }, { without: ['PIPELINING'] }] as const)(
    'goes on over the same connection after a message whose recipients were all refused ($without)',
    async ({ without }) => {
      const relay = await startRelay({ without, replyTo: { 'gone@example.org': 550 } });
      const delivery = await connect(relay.settings());

      const first = await delivery.deliver(request(['gone@example.org']));
      const second = await delivery.deliver(request(['ann@example.org']));
      const third = await delivery.deliver(request(['bob@example.org']));

      expect(first.get('gone@example.org')?.kind).toBe('failed');
      expect(second.get('ann@example.org')?.kind).toBe('sent');
      expect(third.get('bob@example.org')?.kind).toBe('sent');
      expect(relay.connections()).toBe(1);
    },
  );

  it('fails every recipient when the relay refuses the sender, and none when it asks to come back', async () => {
    const relay = await startRelay({ replyTo: { 'spam@example.net': 550, 'fast@example.net': 451 } });
    const delivery = await connect(relay.settings());

    const refused = await delivery.deliver(request(['a@example.org', 'b@example.org'], { from: 'spam@example.net' }));
    const later = await delivery.deliver(request(['a@example.org'], { from: 'fast@example.net' }));

    expect([...refused.values()].map(({ kind }) => kind)).toEqual(['failed', 'failed']);
    expect(later.get('a@example.org')?.kind).toBe('deferred');
    expect(delivery.usable).toBe(true);
  });

  it('takes the answer to the dot as final for the message', async () => {
    const relay = await startRelay({ replyTo: { DATA: { code: 554, text: '5.6.0 Content refused' } } });
    const delivery = await connect(relay.settings());

    const outcomes = await delivery.deliver(request(['ann@example.org']));

    expect(outcomes.get('ann@example.org')).toEqual({
      kind: 'failed',
      reply: '554 5.6.0 Content refused',
      status: '5.6.0',
    });
    expect(delivery.usable).toBe(true);
  });

  it('says nothing between the angle brackets for the null sender', async () => {
    const transcript: string[] = [];
    const relay = await startRelay();
    const delivery = await connect(relay.settings(), { transcript: (line) => transcript.push(line) });

    const outcomes = await delivery.deliver(request(['ann@example.org'], { from: '' }));

    expect(outcomes.get('ann@example.org')?.kind).toBe('sent');
    expect(transcript.some((line) => line.startsWith('>>> MAIL From:<>'))).toBe(true);
    expect(relay.received[0]?.from).toBe('');
  });

  it('carries lines that begin with dots and 8-bit bytes byte for byte', async () => {
    const body = Buffer.concat([
      Buffer.from('Subject: dots\r\n\r\n.\r\n..\r\n.leading\r\nmid.dle\r\n'),
      Buffer.from(Array.from({ length: 128 }, (_, index) => 128 + index)),
      Buffer.from('\r\n.\r\n'),
    ]);
    const relay = await startRelay();
    const delivery = await connect(relay.settings());

    // One byte at a time, so that every boundary falls between two chunks.
    const openMessage = (): Readable => Readable.from(Array.from(body, (byte) => Buffer.from([byte])));
    await delivery.deliver(request(['ann@example.org'], { bodyType: '8BITMIME', openMessage }));

    expect(relay.received[0]?.raw.equals(body)).toBe(true);
    expect(relay.received[0]?.envelope).toMatchObject({ bodyType: '8bitmime' });
  });

  it('sends 8-bit bytes as they are to a relay without 8BITMIME', async () => {
    const body = Buffer.from('Subject: x\r\n\r\n\u00e4\u20ac\r\n');
    const relay = await startRelay({ without: ['8BITMIME'] });
    const delivery = await connect(relay.settings());

    await delivery.deliver(
      request(['ann@example.org'], { bodyType: '8BITMIME', openMessage: () => Readable.from([body]) }),
    );

    expect(relay.received[0]?.raw.equals(body)).toBe(true);
  });

  it('gives each recipient its own NOTIFY and ORCPT in one transaction', async () => {
    const relay = await startRelay();
    const delivery = await connect(relay.settings());

    await delivery.deliver(
      request([], {
        recipients: [
          { address: 'ann@example.org', notify: ['NEVER'] },
          { address: 'bob@example.org', notify: ['SUCCESS', 'DELAY'], originalRecipient: 'rfc822;b+2Bx@example.org' },
          { address: 'cid@example.org' },
        ],
        ret: 'HDRS',
        envelopeId: 'id+3D1',
      }),
    );

    expect(relay.received).toHaveLength(1);
    expect(relay.received[0]?.envelope).toMatchObject({ dsn: { ret: 'HDRS', envid: 'id=1' } });
    expect(relay.received[0]?.envelope.rcptTo).toMatchObject([
      { address: 'ann@example.org', dsn: { notify: ['NEVER'] } },
      { address: 'bob@example.org', dsn: { notify: ['SUCCESS', 'DELAY'], orcpt: expect.stringContaining('b+x@') } },
      { address: 'cid@example.org' },
    ]);
  });

  it('keeps DSN parameters from a relay that does not offer them', async () => {
    const transcript: string[] = [];
    const relay = await startRelay({ without: ['DSN'] });
    const delivery = await connect(relay.settings(), { transcript: (line) => transcript.push(line) });

    await delivery.deliver(
      request([], { recipients: [{ address: 'ann@example.org', notify: ['NEVER'] }], ret: 'HDRS', envelopeId: 'x' }),
    );

    expect(relay.received).toHaveLength(1);
    expect(transcript.join('\n')).not.toMatch(/NOTIFY|RET=|ENVID/);
  });

  it('does not carry a message to a relay that announces a smaller limit', async () => {
    const relay = await startRelay({ size: 1000 });
    const delivery = await connect(relay.settings());

    const outcomes = await delivery.deliver(request(['ann@example.org'], { sizeBytes: 1001 }));

    expect(outcomes.get('ann@example.org')).toMatchObject({ kind: 'failed', status: '5.3.4' });
    expect(delivery.usable).toBe(true);
    expect(relay.received).toHaveLength(0);
  });

  it('refuses the one address that cannot be written in SMTP and hands over the rest', async () => {
    const relay = await startRelay();
    const delivery = await connect(relay.settings());

    const outcomes = await delivery.deliver(request(['a>b@example.org', 'ann@example.org']));

    expect(outcomes.get('a>b@example.org')).toMatchObject({ kind: 'failed', status: '5.1.3' });
    expect(outcomes.get('ann@example.org')?.kind).toBe('sent');
  });

  it('refuses an address beyond ASCII where the relay has no SMTPUTF8, and sends it where it has', async () => {
    const without = await startRelay({ without: ['SMTPUTF8'] });
    const having = await startRelay();

    const refused = await (await connect(without.settings())).deliver(request(['bj\u00f6rn@example.org']));
    const sent = await (await connect(having.settings())).deliver(request(['bj\u00f6rn@example.org']));

    expect(refused.get('bj\u00f6rn@example.org')).toMatchObject({ kind: 'failed', status: '5.6.7', own: true });
    expect(sent.get('bj\u00f6rn@example.org')?.kind).toBe('sent');
    expect(having.received[0]?.envelope.mailFrom).toMatchObject({ args: { SMTPUTF8: true } });
  });

  it('sends to those who need no SMTPUTF8 where the relay has none, and tells how a domain may be spelled', async () => {
    const relay = await startRelay({ without: ['SMTPUTF8'] });
    const delivery = await connect(relay.settings());

    const outcomes = await delivery.deliver(request(['ann@b\u00fccher.example', 'ann@example.org']));

    expect(outcomes.get('ann@example.org')?.kind).toBe('sent');
    expect(outcomes.get('ann@b\u00fccher.example')?.reply).toBe(
      '554 5.6.7 ann@b\u00fccher.example is written beyond ASCII and the relay does not offer SMTPUTF8; ' +
        'ann@xn--bcher-kva.example would do',
    );
  });

  it.each([
    ['a sender beyond ASCII', { from: 'j\u00fcrgen@example.net' }],
    ['a header that is UTF-8 by the word of its sender', { international: true as const }],
  ])('sends %s only where the relay has SMTPUTF8', async (_, what) => {
    const without = await startRelay({ without: ['SMTPUTF8'] });
    const having = await startRelay();

    const refused = await (await connect(without.settings())).deliver(request(['ann@example.org'], what));
    await (await connect(having.settings())).deliver(request(['ann@example.org'], what));

    expect(refused.get('ann@example.org')).toMatchObject({ kind: 'failed', status: '5.6.7' });
    expect(without.received).toEqual([]);
    expect(having.received[0]?.envelope.mailFrom).toMatchObject({ args: { SMTPUTF8: true } });
  });

  it('lets the evidence be written after the last byte and before the dot, naming who was accepted', async () => {
    const order: string[] = [];
    const relay = await startRawRelay(async (connection) => {
      await answerUpToData(connection);
      await connection.until('.');
      order.push('dot');
      connection.say('250 2.0.0 ok\r\n');
      await connection.line();
      connection.end();
    });
    const delivery = await connect(relaySettings(relay.port));

    await delivery.deliver(
      request(['ann@example.org'], { beforeFinalDot: (accepted) => order.push(`evidence ${accepted.join()}`) }),
    );

    expect(order).toEqual(['evidence ann@example.org', 'dot']);
  });

  it('writes no evidence for a message that never comes to its dot', async () => {
    let evidence = false;
    const relay = await startRelay({ replyTo: { 'gone@example.org': 550 } });
    const delivery = await connect(relay.settings());

    await delivery.deliver(
      request(['gone@example.org'], {
        beforeFinalDot: () => {
          evidence = true;
        },
      }),
    );

    expect(evidence).toBe(false);
  });

  it('sends no dot when the evidence cannot be written', async () => {
    const relay = await startRelay();
    const delivery = await connect(relay.settings());

    const outcomes = await delivery.deliver(
      request(['ann@example.org'], {
        beforeFinalDot: () => {
          throw new Error('ENOSPC: no space left on device');
        },
      }),
    );

    expect(outcomes.get('ann@example.org')).toEqual({
      kind: 'deferred',
      reply: 'Trouble on this computer: ENOSPC: no space left on device',
      status: '4.3.0',
    });
    expect(delivery).toMatchObject({ usable: false, problem: null });
    expect(relay.received).toHaveLength(0);
  });

  it('defers and sends no dot when the message cannot be read to its end', async () => {
    const relay = await startRelay();
    const delivery = await connect(relay.settings());
    const openMessage = (): Readable =>
      Readable.from(
        (async function* () {
          yield Buffer.from('Subject: half\r\n\r\nthe first half\r\n');
          throw new Error('EIO: i/o error, read');
        })(),
      );

    const outcomes = await delivery.deliver(request(['ann@example.org'], { openMessage }));

    expect(outcomes.get('ann@example.org')).toMatchObject({ kind: 'deferred', reply: expect.stringContaining('EIO') });
    expect(delivery.usable).toBe(false);
    expect(relay.received).toHaveLength(0);
  });

  it('defers a message whose file is gone by the time it is read', async () => {
    const relay = await startRelay();
    const delivery = await connect(relay.settings());
    const openMessage = (): Readable => fs.createReadStream('/nonexistent/dfxxxxxx');

    const outcomes = await delivery.deliver(request(['ann@example.org'], { openMessage }));

    expect(outcomes.get('ann@example.org')).toMatchObject({
      kind: 'deferred',
      reply: expect.stringContaining('ENOENT'),
    });
    expect(relay.received).toHaveLength(0);
  });

  it('keeps the session for others when a message cannot be opened at all', async () => {
    const relay = await startRelay();
    const delivery = await connect(relay.settings());
    const openMessage = (): Readable => {
      throw new Error('ENOENT: no such file');
    };

    const broken = await delivery.deliver(request(['ann@example.org'], { openMessage }));
    const whole = await delivery.deliver(request(['ann@example.org']));

    expect(broken.get('ann@example.org')?.kind).toBe('deferred');
    expect(whole.get('ann@example.org')?.kind).toBe('sent');
  });
});

describe('transcript', () => {
  it('shows both sides as sendmail -v does, without the message', async () => {
    const lines: string[] = [];
    const relay = await startRelay({ without: ['PIPELINING', 'SIZE', 'SMTPUTF8', 'DSN', '8BITMIME'] });
    const delivery = await connect(relay.settings(), { transcript: (line) => lines.push(line) });

    await delivery.deliver(request(['ann@example.org']));
    await delivery.close();

    expect(lines).toEqual([
      '220 relay.example.net ESMTP test relay',
      '>>> EHLO laptop.example.net',
      expect.stringMatching(/^250 relay\.example\.net/),
      '>>> MAIL From:<me@example.net>',
      expect.stringMatching(/^250 /),
      '>>> RCPT To:<ann@example.org>',
      expect.stringMatching(/^250 /),
      '>>> DATA',
      expect.stringMatching(/^354 /),
      '>>> .',
      '250 Taken',
      '>>> QUIT',
      expect.stringMatching(/^221 /),
    ]);
  });
});
