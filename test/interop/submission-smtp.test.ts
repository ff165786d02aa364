/**
 * SMTP on standard input beside the real sendmail, each command given when the one before has been
 * answered: replies, queue files and exit status must be the same but for the date of the greeting,
 * for AUTH, which is not offered, and for SMTPUTF8, which is.
 */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { fastDirectory } from '../support/laptop.js';
import { whyNoRealSendmail } from '../support/real-sendmail.js';
import type { SubmissionResult } from '../support/recorded-submission.js';
import { type Peer, startPeer } from '../support/submission-peer.js';

const HELLO = 'EHLO me';
const MAIL = 'MAIL FROM:<a@example.org>';
const RCPT = 'RCPT TO:<b@example.net>';
const MESSAGE = 'Subject: s\r\n\r\n..hi\r\n.x\r\n.';
const REST = [RCPT, 'DATA', MESSAGE, 'QUIT'];

const COMMANDS = ['NOOP x', 'RSET', 'HELP foo', 'VRFY bob', 'EXPN bob', 'ETRN x', 'AUTH', 'AUTH PLAIN', 'STARTTLS']
  .concat(['STARTTLS x', 'BDAT 5', 'VERB', 'ONEX', 'SAML', 'TURN', 'FOO', '', '  ', '\x80\x81', 'DATA', 'RCPT', 'MAIL'])
  .concat(['MAIL FROM', 'MAIL FROM:', 'MAIL TO:<a@b>', 'Mail From: a@b.c', 'MAIL FROM :<a@b>', 'EHLO a b', 'EHLO a!b'])
  .concat(['HELO', 'HELO x', 'GET / HTTP/1.0', 'USER x', '\tNOOP', 'QUIT x', 'noop', 'RCPT TO:<>', 'RCPT TO:bob']);
const ADDRESSES = ['<>', '<a>', 'alice', '<alice@localhost>', '<a@b@c>', '<a@>', '<@b>', '<a@b', 'a@b>', '<<a@b>>']
  .concat(['"a b"@c', '<a b@c.d>', 'A <a@b.c>', '<a@b.c>x', '<a@[1.2.3.4]>', '<c!a>', '<@x,@y:a@b.c>', '<a@b..c>'])
  .concat(['a@b.c (c)', '<\x81@b.c>', '<\xe9@b.c>', '<a@b.c>SIZE=1', '<|prog>', '<"a@b.c>', '(a@b.c', 'a)@b.c']);
const OF_MAIL = ['SIZE', 'SIZE=', 'SIZE=-1', 'SIZE=1x', 'SIZE=99999999999999999999', 'BODY=', 'BODY=8bitmime', 'BODY=x']
  .concat(['RET', 'RET=x', 'RET=FULL RET=HDRS', 'ENVID=a+20b', 'ENVID=a+2', 'ENVID=a ENVID=b', 'AUTH=<>', 'AUTH=a+2'])
  .concat(['BY=100;RT', 'BY=0;R', 'BY=100', 'BY=1;NX', 'BY=1234567890;R', 'FOO=1', 'foo', '=', 'SIZE=1\tBODY=7BIT']);
const OF_RCPT = [
  'NOTIFY',
  'NOTIFY=',
  'NOTIFY=NEVER',
  'NOTIFY=SUCCESS,NEVER',
  'NOTIFY=FAILURE,',
  'ORCPT=rfc822;',
  'FOO',
].concat(['ORCPT=rfc822;b@x', 'ORCPT=b@x', 'ORCPT=;b', 'ORCPT=rfc822;a ORCPT=rfc822;c']);

const DIALOGUES: readonly (readonly string[])[] = [
  ...COMMANDS.flatMap((command) => [[command, HELLO, MAIL, RCPT, command, 'QUIT']]),
  ...ADDRESSES.flatMap((address) => [
    [HELLO, `MAIL FROM:${address}`, ...REST],
    [HELLO, MAIL, `RCPT TO:${address}`, ...REST],
  ]),
  ...OF_MAIL.map((parameter) => [HELLO, `${MAIL} ${parameter}`, ...REST]),
  ...OF_RCPT.map((parameter) => [HELLO, MAIL, `${RCPT} ${parameter}`, 'DATA', MESSAGE, 'QUIT']),
  [HELLO, MAIL, RCPT, 'RCPT TO:<c@example.net>', 'DATA', MESSAGE, 'QUIT'],
  [HELLO, MAIL, RCPT, RCPT, 'DATA', MESSAGE, 'QUIT'],
  [HELLO, MAIL, MAIL, ...REST],
  [HELLO, MAIL, 'DATA', 'QUIT'],
  [HELLO, MAIL, RCPT, 'RSET', 'DATA', 'QUIT'],
  [HELLO, MAIL, RCPT, 'DATA', 'half'],
  [HELLO, MAIL],
  [HELLO, 'x'.repeat(300), 'QUIT'],
  [HELLO, 'FOO\0BAR', 'QUIT'],
  [HELLO, ...Array<string>(30).fill('FOO')],
  [HELLO, ...Array<string>(15).fill('NOOP'), 'QUIT'],
  [HELLO, MAIL, RCPT, 'DATA', '.', 'QUIT'],
  [HELLO, MAIL, RCPT, 'DATA', 'Bcc: x@y\r\nDate: x\r\nFrom: y@z\r\n\r\n\xe9\r\n.', 'QUIT'],
  ['HELO me', MAIL, ...REST],
  [MAIL, ...REST],
  [HELLO, 'F'.repeat(202), 'F'.repeat(203), 'F'.repeat(2046), 'QUIT'],
  [HELLO, 'F'.repeat(2047)],
  [HELLO, `MAIL FROM:<${'a'.repeat(250)}@b.c>`, `MAIL FROM:<${'a'.repeat(300)}@b.c>`, ...REST],
];
const WITH_OPTIONS = [
  { option: '-OMaxRecipientsPerMessage=1', lines: [HELLO, MAIL, RCPT, RCPT, 'RCPT TO:<c@d>', 'DATA', MESSAGE, 'QUIT'] },
  { option: '-FSome Body', lines: [HELLO, 'MAIL FROM:<alice>', ...REST] },
  { option: '-ONoRecipientAction=add-to', lines: [HELLO, MAIL, RCPT, 'RCPT TO:<c@d>', 'DATA', MESSAGE, 'QUIT'] },
];
const CASES = [
  ...DIALOGUES.map((lines) => ({ name: JSON.stringify(lines.slice(0, 6)), lines, options: [] as string[] })),
  ...WITH_OPTIONS.map(({ option, lines }) => ({ name: option, lines, options: [option] })),
];

const missing = whyNoRealSendmail();

describe.skipIf(missing !== null)(
  `SMTP on standard input beside the real sendmail${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    let peer: Peer;
    beforeAll(() => {
      peer = startPeer();
      return () => peer.stop();
    });

    it.each(CASES)('$name', async ({ lines, options }) => {
      const directory = fs.mkdtempSync(path.join(fastDirectory(), 'outtray-peer-'));
      onTestFinished(() => fs.rmSync(directory, { recursive: true }));
      const pieces = lines.map((line) => `${line}\r\n`);

      const { theirs, ours } = await peer.submit(
        { args: ['-bs', ...options], stdin: pieces.join(''), pieces },
        directory,
      );

      expect(comparable(ours)).toEqual(comparable(theirs));
    });
  },
);

function comparable({ stdout, ...rest }: SubmissionResult): SubmissionResult {
  return {
    ...rest,
    stdout: stdout.replace(/; .*/, '').replaceAll(/250-(?:AUTH DIGEST-MD5 CRAM-MD5|SMTPUTF8)\r\n/g, ''),
  };
}
