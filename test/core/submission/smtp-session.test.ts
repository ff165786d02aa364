import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SubmissionEnvironment } from '../../../core/submission/environment.js';
import { parseCommandLine } from '../../../core/submission/options.js';
import { serveSmtp } from '../../../core/submission/smtp-session.js';
import { noLog } from '../../../core/system/log.js';
import { controlLines, createTestEnvironment, inputOf, spooled } from './support.js';

let directory = '';

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-smtp-'));
});
afterEach(() => fs.rmSync(directory, { recursive: true }));

const ENVELOPE = ['EHLO client.example', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'DATA'];

describe('SMTP on standard input', () => {
  it('queues several messages in one session, each before its 250', async () => {
    const queued: string[] = [];

    const replies = await talk(
      [...ENVELOPE, 'Subject: 1', '', 'x', '.', ...ENVELOPE.slice(1), 'Subject: 2', '', 'y', '.', 'QUIT'],
      {},
      queued,
    );

    expect(queued).toHaveLength(2);
    expect(spooled(directory)).toHaveLength(4);
    expect(replies.filter((line) => line.endsWith('Message accepted for delivery'))).toHaveLength(2);
    expect(replies.at(-1)).toBe('221 2.0.0 laptop.example.org closing connection');
  });

  it.each([
    [['MAIL FROM:<a@b>'], '503 5.0.0 Polite people say HELO first'],
    [['HELO x', 'RCPT TO:<a@b>'], '503 5.0.0 Need MAIL before RCPT'],
    [['HELO x', 'DATA'], '503 5.0.0 Need MAIL command'],
    [['HELO x', 'MAIL FROM:<a@b>', 'DATA'], '503 5.0.0 Need RCPT (recipient)'],
    [['HELO x', 'MAIL FROM:<a@b>', 'MAIL FROM:<a@b>'], '503 5.5.0 Sender already specified'],
    [['HELO x', 'MAIL FROM:<a@b> FOO=1'], '555 5.5.4 FOO parameter unrecognized'],
    [['HELO x', 'MAIL FROM:<a@b> RET=SOME'], '501 5.5.2 Bad argument "SOME" to RET'],
    [['HELO x', 'MAIL FROM:<a@b> BY=0;X'], "501 5.5.2 illegal by-mode 'X'"],
    [['HELO x', 'MAIL TO:<a@b>'], '501 5.5.2 Syntax error in parameters scanning "TO"'],
    [['HELO x', 'MAIL FROM:<a@b>', 'RCPT TO:<a@@b>'], '553 5.1.3 <a@@b>... Invalid route address'],
    [['HELO x', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d> NOTIFY=NEVER,DELAY'], '501 5.5.4 Bad argument "NEVER"  to NOTIFY'],
    [['HELO x', 'MAIL FROM:<a@b> ENVID=a\x01b'], '501 5.5.4 Control character in parameters'],
    [['HELO x', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d> NOTIFY=NEVER\x7f'], '501 5.5.4 Control character in parameters'],
    [['HELO x', 'MAIL FROM:<a@b> SMTPUTF8=1'], '501 5.5.4 SMTPUTF8 takes no value'],
    [
      ['HELO x', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d> ORCPT=utf-8;\xff'],
      '501 5.5.4 Syntax error in ORCPT parameter value',
    ],
    [['HELO x', 'MAIL FROM:<a@b>', 'RCPT TO:<\xc2\x8a@d>'], '501 5.1.3 8-bit character in mailbox address "<B?@d>"'],
    [['HELO'], '501 5.0.0 HELO requires domain address'],
    [['FOO bar'], '500 5.5.1 Command unrecognized: "FOO bar"'],
    [['EXPN x'], '502 5.7.0 Sorry, we do not allow this operation'],
  ])('%j is answered %s', async (commands, expected) => {
    const replies = await talk([...commands, 'QUIT']);

    expect(replies.at(-2)).toBe(expected);
    expect(spooled(directory)).toEqual([]);
  });

  it('ends a message at CR LF . CR LF only', async () => {
    await talkRaw(`${[...ENVELOPE, 'Subject: x', ''].join('\r\n')}\r\na\n.\nb\r\n..c\n.\r\nd\r\n.\r\nQUIT\r\n`);

    const [data = ''] = spooled(directory);
    expect(fs.readFileSync(path.join(directory, 'spool', data), 'latin1')).toBe('a\n.\nb\n.c\n.\nd\n');
  });

  const ENDINGS = [
    '\n.\n',
    '\r.\r',
    '\r\n.\n',
    '\n.\r\n',
    '\r\n.\r',
    '\r.\r\n',
    '\r\r\n.\r\r\n',
    '\r\n.\0\r\n',
    '\n\r.\r\n',
  ];
  const SMUGGLED =
    'MAIL FROM:<evil@example.org>\r\nRCPT TO:<victim@example.org>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n';
  it.each(ENDINGS.flatMap((ending) => [1, 2, 3, 64 * 1024].map((size) => [ending, size] as const)))(
    'takes %j in pieces of %i bytes for a part of the message, so that nothing is smuggled in behind it',
    async (ending, size) => {
      const text = `${ENVELOPE.join('\r\n')}\r\nSubject: x\r\n\r\n${'y'.repeat(64 * 1024 - 200)}${ending}${SMUGGLED}.\r\nQUIT\r\n`;
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
        text.slice(at * size, (at + 1) * size),
      );

      const replies = await talkRaw('', { input: inputOf(...pieces) });

      expect(replies.filter((line) => line.endsWith('Message accepted for delivery'))).toHaveLength(1);
      expect(replies.at(-1)).toMatch(/^221 /);
      const [data = ''] = spooled(directory);
      expect(fs.readFileSync(path.join(directory, 'spool', data), 'latin1')).toContain(
        'MAIL FROM:<evil@example.org>\n',
      );
    },
  );

  it('ends at a command that is too long, so that its end is taken for no other', async () => {
    const replies = await talkRaw('', {
      input: inputOf(
        'EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n',
        `NOOP ${'x'.repeat(9000)}`,
        'DATA\r\nx\r\n.\r\n',
      ),
    });

    expect(replies.at(-1)).toBe('421 4.7.0 laptop.example.org Command too long, possible attack alice@localhost');
    expect(spooled(directory)).toEqual([]);
  });

  it('takes commands that end in LF alone, as local programs write them', async () => {
    const replies = await talkRaw('HELO x\nNOOP\nQUIT\n');

    expect(replies.at(-1)).toMatch(/^221 /);
  });

  it('does not take the rest of a refused message for commands', async () => {
    const { settings } = createTestEnvironment(directory);
    const small = { ...settings, queue: { ...settings.queue, maxMessageBytes: 100 } };
    const body = Array.from({ length: 5000 }, () => 'MAIL FROM:<evil@example.org>');

    const replies = await talk([...ENVELOPE, 'Subject: x', '', ...body, '.', 'NOOP', 'QUIT'], { settings: small });

    expect(replies.slice(-3)).toEqual([
      '552 5.2.3 Message exceeds maximum fixed size (100)',
      '250 2.0.0 OK',
      '221 2.0.0 laptop.example.org closing connection',
    ]);
    expect(spooled(directory)).toEqual([]);
  });

  it.each([
    [['EHLO x', 'QUIT'], ['alice@localhost did not issue MAIL/EXPN/VRFY/ETRN during connection to stdin']],
    [['EHLO x'], ['alice@localhost did not issue MAIL/EXPN/VRFY/ETRN during connection to stdin']],
    [ENVELOPE.slice(0, 3), ['lost input channel from alice@localhost to stdin after rcpt']],
    [[...ENVELOPE.slice(0, 3), 'QUIT'], []],
    [
      ['EHLO x', 'VRFY  bob', 'expn list', 'QUIT'],
      ['alice@localhost: VRFY bob [rejected]', 'alice@localhost: EXPN list [rejected]'],
    ],
    [
      ['GET / HTTP/1.0'],
      [
        'alice@localhost: probable open proxy: command=GET / HTTP/1.0\r\n',
        'alice@localhost did not issue MAIL/EXPN/VRFY/ETRN during connection to stdin',
      ],
    ],
    [[...ENVELOPE, 'half'], ['collect: relay=localhost, from=<a@b>, info=unexpected close']],
  ])('logs after %j as sendmail: %j', async (commands, expected) => {
    const written: string[] = [];

    await talk(commands, { log: { ...noLog, write: (_, ...words) => written.push(...words) } });

    expect(written).toEqual(expected.map((words) => `NOQUEUE: ${words}`));
  });

  it('leaves nothing behind when the client goes away in the middle of a message', async () => {
    const replies = await talkRaw(`${[...ENVELOPE, 'Subject: x', '', 'half'].join('\r\n')}\r\n`);

    expect(replies.at(-1)).toBe('421 4.4.1 collect: relay=localhost, from=<a@b>, info=unexpected close');
    expect(spooled(directory)).toEqual([]);
  });

  it.each(['', ' SMTPUTF8'])(
    'takes addresses in UTF-8 with MAIL%s, and ORCPT, which is stored in ASCII',
    async (word) => {
      const mail = `MAIL FROM:<\xc3\x9cnal@b>${word}`;
      const rcpt = 'RCPT TO:<\xc3\x8a\xc3\xbc@d> ORCPT=utf-8;\xc3\xbc+\xf0\x9f\x98\x80@d';

      const replies = await talk(['EHLO x', mail, rcpt, 'DATA', 'To: x', '', 'y', '.', 'QUIT']);

      expect(replies).toContain('250-SMTPUTF8');
      expect(replies.filter((line) => line.includes(' ok'))).toHaveLength(2);
      const lines = controlLines(directory);
      expect(lines).toContain('S<\xc3\x9cnal@b>');
      expect(lines).toContain('Qutf-8;\\x{FC}\\x{2B}\\x{1F600}@d');
      expect(lines).toContain('RPFD:\xc3\x8a\xc3\xbc@d');
    },
  );

  it.each([
    ['SMTPUTF8', '\xc3\xbc', 'F8bse'],
    ['SMTPUTF8', 'u', 'Fbs'],
    ['BODY=8BITMIME', '\xc3\xbc', 'F8bs'],
  ])('notes MAIL with %s and a header with %j as %s', async (parameter, name, flags) => {
    const mail = `MAIL FROM:<a@b> ${parameter}`;

    await talk(['EHLO x', mail, 'RCPT TO:<c@d>', 'DATA', `To: ${name} <c@d>`, '', 'y', '.', 'QUIT']);

    expect(controlLines(directory)).toContain(flags);
  });

  it('takes the null reverse-path and DSN parameters', async () => {
    await talk([
      'EHLO x',
      'MAIL FROM:<> RET=FULL',
      'RCPT TO:<c@d> NOTIFY=NEVER ORCPT=rfc822;x+2Dy@z',
      'DATA',
      '',
      'x',
      '.',
      'QUIT',
    ]);

    expect(controlLines(directory)).toEqual(
      expect.arrayContaining(['Fds', 'S<>', 'Qrfc822;x+2Dy@z', 'rRFC822; c@d', 'RPN:<c@d>']),
    );
  });
});

async function talk(lines: readonly string[], given: Partial<SubmissionEnvironment> = {}, queued: string[] = []) {
  return talkRaw(lines.map((line) => `${line}\r\n`).join(''), given, queued);
}

async function talkRaw(
  text: string,
  given: Partial<SubmissionEnvironment> = {},
  queued: string[] = [],
): Promise<string[]> {
  const { action } = parseCommandLine('sendmail', 'sendmail', ['-bs']);
  if (action.mode !== 'smtp') throw new Error(`mode ${action.mode}`);
  const replies: string[] = [];
  const pieces = Array.from({ length: Math.ceil(text.length / 5) }, (_, index) => text.slice(index * 5, index * 5 + 5));
  const environment = createTestEnvironment(directory, {
    input: inputOf(...pieces),
    say: (reply) => replies.push(...reply.split('\r\n').slice(0, -1)),
    ...given,
  });
  await serveSmtp(action.request, environment, {
    software: 'test',
    onQueued: async (id) => {
      expect(spooled(directory)).toContain(`qf${id}`);
      queued.push(id);
    },
  });
  return replies;
}
