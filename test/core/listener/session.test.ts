/** What a session of the listener takes, beside sendmail -bs, and what it refuses. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serveSmtp } from '../../../core/submission/smtp-session.js';
import { controlLines, createTestEnvironment, inputOf, spooled } from '../submission/support.js';
import { smtpRequest, startTestListener, type TestListener } from './support.js';

const HEADER = 'Subject: hi\r\n\r\n';
const { settings } = createTestEnvironment('');
const NEEDS_SPACE = { ...settings, queue: { ...settings.queue, minFreeBytes: 1 } };
const LIMITED = { ...settings, queue: { ...settings.queue, maxMessageBytes: 1000 } };

const HOSTILE = ['<>', '<a>', 'alice', '<a@b@c>', '<a@>', '<@b>', '<a@b', 'a@b>', '<<a@b>>', '"a b"@c', '<a b@c.d>']
  .concat(['A <a@b.c>', '<a@b.c>x', '<a@[1.2.3.4]>', '<c!a>', '<@x,@y:a@b.c>', '<a@b..c>', 'a@b.c (c)', '<\x81@b.c>'])
  .concat([
    '<\xe9@b.c>',
    '<\xc3\xbc@b.c>',
    '<a@b.c>SIZE=1',
    '<|prog>',
    '</etc/passwd>',
    '<:include:/etc/passwd>',
    '<"a@b.c>',
  ])
  .concat([
    '(a@b.c',
    'a)@b.c',
    '<-oQ/tmp@b.c>',
    `<${'x'.repeat(300)}@b.c>`,
    `<"${'\\"'.repeat(200)}"@b.c>`,
    '<a@b.c> FOO=1',
  ])
  .concat([
    '<a@b.c> =',
    '<a@b.c> ENVID=a+2',
    '<a@b.c> ORCPT=b@x',
    '<a@b.c> NOTIFY=NEVER,SUCCESS',
    '<a@b.c> BODY=BINARYMIME',
  ]);

describe('a session of the listener', () => {
  it.each([
    ['a plain message', ['MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>'], 'Subject: hi\r\n\r\nhello\r\n'],
    ['no header', ['MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>'], 'hello\r\n'],
    ['an empty message', ['MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>'], ''],
    ['local names', ['MAIL FROM:<alice>', 'RCPT TO:<root>', 'RCPT TO:<postmaster>'], HEADER],
    ['the null reverse-path', ['MAIL FROM:<>', 'RCPT TO:<c@d.example>'], HEADER],
    ['source routes', ['MAIL FROM:<@x.example:a@b.example>', 'RCPT TO:<@y.example,@z.example:c@d.example>'], HEADER],
    ['quoted local parts', ['MAIL FROM:<a@b.example>', 'RCPT TO:<"c at; d"@d.example>', 'RCPT TO:<"a@b"@c>'], HEADER],
    ['a domain in punycode', ['MAIL FROM:<a@b.example>', 'RCPT TO:<c@xn--bcher-kva.example>'], HEADER],
    ['repeated recipients', ['MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>', 'RCPT TO:<C@d.example>'], HEADER],
    [
      'DSN parameters',
      [
        'MAIL FROM:<a@b.example> RET=HDRS ENVID=QQ+2B314159 BODY=8BITMIME SIZE=1000 AUTH=<>',
        'RCPT TO:<c@d.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Bob+2Bx@d.example',
        'RCPT TO:<e@d.example> NOTIFY=NEVER',
      ],
      HEADER,
    ],
    ['addresses in UTF-8', ['MAIL FROM:<a@b.example> SMTPUTF8', 'RCPT TO:<\xc3\xbc@d.example>'], HEADER],
    ['8-bit text', ['MAIL FROM:<a@b.example> BODY=8BITMIME', 'RCPT TO:<c@d.example>'], `${HEADER}\xe4\xf6\xfc\r\n`],
    ['NUL bytes', ['MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>'], 'Sub\0ject: x\r\n\r\na\0b\r\n'],
    ['an overlong line', ['MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>'], `${HEADER}${'x'.repeat(70_000)}\r\n`],
    ['stuffed dots', ['MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>'], `..one\r\n${HEADER}..\r\n...two\r\n`],
    [
      'dots that nobody has stuffed',
      ['MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>'],
      `.one: 1\r\n${HEADER}.two\r\n`,
    ],
    ['a refused recipient among others', ['MAIL FROM:<a@b.example>', 'RCPT TO:<c@>', 'RCPT TO:<c@d.example>'], HEADER],
  ])('writes what sendmail -bs writes: %s', async (_, envelope, message) => {
    const ours = await startTestListener();
    const commands = ['EHLO client.example', ...envelope, 'DATA'];
    const theirs = fs.mkdtempSync(path.join(ours.spool, '..', 'outtray-bs-'));
    onTestFinished(() => fs.rmSync(theirs, { recursive: true }));
    const said: string[] = [];
    const input = `${commands.join('\r\n')}\r\n${message}.\r\nQUIT\r\n`;
    await serveSmtp(
      smtpRequest(),
      createTestEnvironment(theirs, { input: inputOf(input), say: (text) => said.push(text) }),
      { software: 'Outtray/test', onQueued: async () => {} },
    );

    const talk = await ours.talk();
    const replies: string[] = [];
    for (const command of commands) replies.push(await talk.lines(command));
    const taken = await talk.say(`${message}.\r\n`);

    expect(files(ours.spool)).toEqual(files(theirs));
    expect(taken).toMatch(/^250 2\.0\.0 \S+ Message accepted for delivery$/);
    expect(replies.slice(1).join('\n')).toBe(
      said.join('').replaceAll('\r\n', '\n').split('250 HELP\n')[1]?.split('\n250 2.0.0 ')[0],
    );
  });

  it('says what sendmail -bs says to addresses of all kinds', async () => {
    const commands = HOSTILE.flatMap((address) => [
      `MAIL FROM:${address}`,
      'RSET',
      'MAIL FROM:<a@b.example>',
      `RCPT TO:${address}`,
      'RSET',
    ]);
    const ours = await startTestListener();
    const said: string[] = [];
    await serveSmtp(
      smtpRequest(),
      createTestEnvironment(ours.spool, {
        input: inputOf(`EHLO x\r\n${commands.join('\r\n')}\r\nQUIT\r\n`),
        say: (text) => said.push(text),
      }),
      { software: 'test', onQueued: async () => {} },
    );
    const talk = await ours.talk();
    await talk.lines('EHLO x');

    const replies: string[] = [];
    for (const command of commands) replies.push(await talk.lines(command));

    expect(replies).toEqual(said.join('').split('250 HELP\r\n')[1]?.trimEnd().split('\r\n').slice(0, -1));
    expect(replies.filter((reply) => reply.startsWith('5')).length).toBeGreaterThan(20);
  });

  it('takes several messages in one session, commands all at once behind the greeting', async () => {
    const { talk: start, spool } = await startTestListener();
    const talk = await start();
    await talk.lines('EHLO x');

    const envelope = 'MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n';
    talk.socket.write(`${envelope}Subject: 1\r\n\r\none\r\n.\r\n${envelope}Subject: 2\r\n\r\ntwo\r\n.\r\nQUIT\r\n`);
    const said = await talk.rest();

    expect(said.match(/Message accepted/g)).toHaveLength(2);
    expect(said).toMatch(/^221 /m);
    expect(spooled(spool)).toHaveLength(4);
  });

  it.each([
    ['MAIL FROM:<a\x01@b>', /^5\d\d /],
    ['MAIL FROM:<a@b\rRCPT TO:<c@d>>', /^5\d\d /],
    ['MAIL FROM:<a@b> ENVID=x\x01y', /^501 /],
    ['MAIL FROM:<a@b> FOO=bar', /^555 5\.5\.4 /],
    ['MAIL FROM:<a@b> RET=FULL RET=FULL', /^501 /],
    ['MAIL FROM:<a@b> SIZE=99999999999', /^552 5\.2\.3 /],
    ['STARTTLS', /^500 5\.5\.\d /],
    ['XCLIENT ADDR=10.0.0.1', /^500 /],
    ['BDAT 5 LAST', /^500 /],
    ['AUTH PLAIN AHgAeQ==', /^500 /],
    ['DATA', /^503 /],
    ['HELP', /^214 2\.0\.0 HELO EHLO /],
    ['VRFY <a@b>', /^252 2\.5\.2 Cannot VRFY/],
    ['RCPT TO:<a@b>', /^503 /],
  ])('answers %j with %s', async (command, reply) => {
    const talk = await (await startTestListener({ environment: { settings: LIMITED } })).talk();
    await talk.lines('EHLO x');

    expect(await talk.lines(command)).toMatch(reply);
    expect(await talk.lines('NOOP')).toMatch(/^250 /);
  });

  it('keeps the message from the queue when the client goes away in the middle', async () => {
    const house = await startTestListener();
    const talk = await begin(house);
    talk.socket.write('Subject: half\r\n\r\nhal');
    talk.socket.end();

    await talk.rest();
    await house.listener.stop();

    expect(spooled(house.spool)).toEqual([]);
  });

  it('refuses a message over the limit with a sentence and goes on', async () => {
    const house = await startTestListener({ environment: { settings: LIMITED } });
    const talk = await begin(house);

    const reply = await talk.say(`${HEADER}${'x'.repeat(70)}\r\n${'y'.repeat(3_000_000)}\r\n.\r\n`);

    expect(reply).toBe('552 5.2.3 Message exceeds maximum fixed size (1000)');
    expect(spooled(house.spool)).toEqual([]);
    expect(await talk.lines('NOOP')).toMatch(/^250 /);
  });

  it('refuses mail with a sentence while the disk is full', async () => {
    const house = await startTestListener({ environment: { freeBytes: () => 0, settings: NEEDS_SPACE } });
    const talk = await begin(house);

    const reply = await talk.say(`${HEADER}.\r\n`);

    expect(reply).toMatch(/^452 4\.4\.5 only 0 bytes are free/);
    expect(spooled(house.spool)).toEqual([]);
  });

  it('says 421 and leaves nothing when it is stopped in the middle of a message', async () => {
    const house = await startTestListener();
    const talk = await begin(house);
    talk.socket.write('Subject: half\r\n\r\nhal');

    const [said] = await Promise.all([talk.rest(), house.listener.stop()]);

    expect(said).toMatch(/^421 /m);
    expect(spooled(house.spool)).toEqual([]);
  });

  it.each([
    ['a browser', 'POST / HTTP/1.1\r\nHost: localhost\r\n\r\nEHLO x\r\nMAIL FROM:<a@b>\r\n'],
    ['a page that makes up its own method', 'HELP-ME / HTTP/1.1\r\nEHLO x\r\n'],
    ['a proxy client', 'CONNECT localhost:25 HTTP/1.1\r\n\r\n'],
    ['a TLS client', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc'],
    ['whoever sends a line end first', '\r\nEHLO x\r\n'],
    ['whoever begins with a command that is none', 'FOO\r\nEHLO x\r\n'],
  ])('hangs up on %s at the first line', async (_, text) => {
    const talk = await (await startTestListener()).talk();

    talk.socket.write(text, 'latin1');

    expect(await talk.rest()).toMatch(/^421 .*\r\n$/);
  });

  it.each(['EHLO x', 'helo x', 'NOOP', 'RSET', 'HELP', 'VRFY a', 'MAIL FROM:<a@b>', 'DATA'])(
    'may begin with %s',
    async (command) => {
      const talk = await (await startTestListener()).talk();

      expect(await talk.lines(command)).toMatch(/^(?:2|503)/);
      expect(await talk.lines('EHLO x')).toMatch(/^250/);
    },
  );
});

async function begin(house: TestListener) {
  const talk = await house.talk();
  await talk.lines('EHLO x', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'DATA');
  return talk;
}

/** Control and data, ids aside. */
function files(directory: string): string[] {
  const [body = ''] = spooled(directory).filter((name) => name.startsWith('df'));
  const id = body.slice(2);
  return [
    ...controlLines(directory).map((line) => line.replaceAll(id, 'ID')),
    fs.readFileSync(path.join(directory, 'spool', body), 'latin1'),
  ];
}
