/**
 * Addresses in every place of a submission, beside the real sendmail: words of the command line,
 * -t, -f, full names, the layout of address fields. Queue files, exit status and standard output must
 * be the same; a report that sendmail mails back is compared elsewhere.
 */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { fastDirectory } from '../support/laptop.js';
import { whyNoRealSendmail } from '../support/real-sendmail.js';
import { type Peer, type PeerSubmission, startPeer, withoutReport } from '../support/submission-peer.js';

const OPERANDS: readonly (readonly string[])[] = [
  ...['bob', 'N <a@b>', '<@a,@b:c@d>', '@a:c@d', 'a%b@c', 'a%b', 'a!b!c', 'h.x!u', 'a::b@c', 'a.b@c..', 'a@[1.2.3.4]'],
  ...['a@[IPv6:::1]', '<>', '<a@b> <c@d>', '<a <b@c>>', 'a@b>', '<a@b', 'a@b;c', 'f:a@b;@c', '<f:;>', '(x)a@b(x(y)z)'],
  ...[
    'a@b(x',
    'a)b@c',
    'a\\',
    '\\a',
    'a\\!b',
    'a\\,b',
    '"a b"@c',
    '"a\\"b"@c',
    '""',
    '"a',
    '"a@b"',
    '"a".b@c',
    '|prog x',
    '/file',
  ],
  ...[':include:/x', '":include:/x"', 'user+detail@localhost', 'a@localhost.UUCP', 'a@laptop', 'a@laptop.example.org.'],
  ...[
    '"a%b"@localhost',
    'a%localhost',
    '<@localhost:a>',
    '@',
    '@@',
    '@b',
    'a@b@c',
    'a@.b',
    'a@[]',
    'a@[1.2.3.4]x',
    '%',
    '!a',
  ],
  ...[
    'x:include:',
    'b!a@c.UUCP',
    '!',
    '"!"',
    'a@[b]]',
    '"<a>b<c>d"',
    '"a<b>c"',
    '"a<b><>c"',
    '<@>',
    '@a!b',
    "O'Brien <a@b>",
    '=?utf-8?q?J=C3=B6?= <j@x>',
    'a@b c@d',
    ' a@b ',
    'a@b\nc@d',
  ],
  ...[
    'a@b\tc@d',
    '\u00a0@b',
    '\u00ff@b',
    '\u0080@b',
    '\u00c3\u00a9@b',
    'a\u0001@b',
    `${'x'.repeat(256)}@b`,
    `(${'x'.repeat(300)}) a@b`,
  ],
].map((word) => [word]);
const SEVERAL: readonly (readonly string[])[] = [
  ['b@z', 'a@y', 'c@z', 'd@Y', 'e@x'],
  ['z@b,y@b,x@a', 'w@b'],
  ['bob', 'bob@localhost', 'bob@laptop', 'bob@laptop.example.org', 'Bob'],
  ['bob@EX', 'bob@ex', 'bob@ex'],
  ['a b', 'c,d', 'e f'],
  ['x', '<>', '@', 'y@z'],
  ['\u0080@b', 'c@d'],
  ['@c', 'a@b', 'd)'],
  Array.from({ length: 200 }, (_, index) => `u${index}@host${(index * 7) % 11}.example`),
];
const HEADERS: readonly string[] = [
  ...[
    'To: a@b\nCc: c@d\nBcc: e@f',
    'Bcc: e@f',
    'Apparently-To: a@b\nBcc: c@d',
    'To: a@b\nResent-To: c@d',
    'Resent-Bcc: c@d',
  ],
  ...[
    'Resent-Date: x\nResent-To: a@b',
    'To: a@b c@d',
    'To: a@b c@d\nFrom: x <y@z>',
    'To: a@b c@d\nCc: e@f, g@h',
    'To: a b c',
  ],
  ...[
    'To: g: a@b;,\n h: c@d;',
    'To: undisclosed-recipients:;\nBcc: a@b',
    'To:\n a@b',
    'To: a@b,\n,\n c@d',
    'To: a@b\rc@d',
  ],
  ...[
    'To: J\u00f6rg <a@b>',
    'To: \u00e9\u0089 <a@b>, c@d',
    'To: a@b>, c@d',
    'To: <a@b, <c@d',
    'To: @b, c@d',
    'To: c@d, <>',
  ],
  ...[
    'To: @b\nCc: a@@b\nBcc: c@d',
    'To: (x, e@f\nCc: a@b',
    'To: a@b\nCc: a@b, A@b, a@B',
    'From: a b c\nTo: c@d',
    'From:a,b,,c\nTo: a',
  ],
  ...['Errors-To: a b\nTo: c@d', 'Disposition-Notification-To: a b, c\nTo: c@d', 'Return-Receipt-To: a  b\nTo: c@d'],
  `To: ${Array.from({ length: 40 }, (_, index) => `User ${index} (x) <user${index}@host${index % 7}.example>`).join(',\n  ')}`,
  `To: ${Array.from({ length: 40 }, (_, index) => `user${index}@host${index % 7}.example`).join(' ')}`,
];
const SENDERS: readonly string[] = [
  ...[
    'alice',
    'ALICE',
    'alice+x',
    '"alice"',
    'alice@localhost',
    'alice@laptop',
    'root',
    'a@b',
    'N <a@b>',
    '@a:b@c',
    '<>',
    '',
    '@',
  ],
  ...[
    'a@b>',
    '@b',
    'a@[1.2.3.4]:x',
    'a;b',
    'f:;@c',
    ',',
    '(',
    '"a b"@c',
    'a\\b@c',
    'a(b)+=@c',
    '"a@b',
    ':include:/x',
    'a@localhost.',
  ],
];
const NAMES: readonly string[] = [
  'Joe',
  'J. Doe',
  '"J. Doe"',
  'Joe (x',
  'a "b" c',
  'x <y>',
  "O'Brien",
  'a\\b',
  '\u00c3\u00b6',
  '=?x?=',
];

const MESSAGE = 'Subject: x\n\nHello.\n';
const SUBMISSIONS: readonly PeerSubmission[] = [
  ...[...OPERANDS, ...SEVERAL].map((words) => ({ args: ['-i', '--', ...words], stdin: MESSAGE })),
  ...HEADERS.map((header) => ({ args: ['-i', '-t'], stdin: `${header}\n${MESSAGE}` })),
  { args: ['-i', 'x@y'], stdin: `To: a@b>\n${MESSAGE}` },
  { args: ['-i', '-t', 'e@f', 'g,h'], stdin: `To: a@b c@d\n${MESSAGE}` },
  ...['-G', '-odq'].map((option) => ({
    args: ['-i', option, 'a@b.c', 'd', 'e@[1.2.3.4]', 'f@laptop.example.org'],
    stdin: MESSAGE,
  })),
  ...SENDERS.flatMap((sender) =>
    (['alice', 'root'] as const).map((user) => ({ args: ['-i', '-f', sender, 'x@y'], stdin: MESSAGE, as: { user } })),
  ),
  ...NAMES.map((name) => ({ args: ['-i', '-F', name, 'x@y'], stdin: MESSAGE })),
  { args: ['-i', '-F', 'Joe', '-f', '<>', 'x@y'], stdin: MESSAGE },
  { args: ['-i', '-F', 'Joe', '-f', 'nobody-here', 'x@y'], stdin: MESSAGE },
];

const missing = whyNoRealSendmail();

describe.skipIf(missing !== null)(
  `addresses beside the real sendmail${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    let peer: Peer;
    beforeAll(() => {
      peer = startPeer();
      return () => peer.stop();
    });

    it.each(SUBMISSIONS.map((submission) => [JSON.stringify(submission).slice(0, 120), submission] as const))(
      'come out the same: %s',
      async (_, submission) => {
        const directory = fs.mkdtempSync(path.join(fastDirectory(), 'outtray-peer-'));
        onTestFinished(() => fs.rmSync(directory, { recursive: true }));

        const { theirs, ours } = await peer.submit(submission, directory);

        expect(withoutReport(ours)).toEqual(withoutReport(theirs));
      },
    );
  },
);
