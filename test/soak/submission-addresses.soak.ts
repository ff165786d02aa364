/**
 * Random addresses in random places of a submission, given to the real sendmail and to ours: queue
 * files, exit status and standard output must be the same but for what SENDMAIL.md lists. The seed of
 * a run is in the message of a failure; SOAK_SEED and SOAK_ROUNDS choose another.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fastDirectory } from '../support/laptop.js';
import { seededRandom } from '../support/random.js';
import { whyNoRealSendmail } from '../support/real-sendmail.js';
import type { SubmissionResult } from '../support/recorded-submission.js';
import { differencesOf } from '../support/submission-difference.js';
import { type PeerSubmission, startPeer, withoutReport } from '../support/submission-peer.js';

const SEED = Number(process.env['SOAK_SEED'] ?? 1);
const ROUNDS = Number(process.env['SOAK_ROUNDS'] ?? 2000);

/** Pieces that addresses are made of, the common ones more often. */
const PIECES = [
  ...['a', 'b', 'bob', 'x.y', 'alice', 'root', 'user+detail', 'A', 'Bob', 'Smith', '1'],
  ...['example.net', 'example.org', 'host', 'localhost', 'laptop.example.org', 'UUCP', 'laptop', 'b.c.d'],
  ...[
    '@',
    '@',
    '@',
    '@',
    '.',
    '.',
    '%',
    '!',
    ':',
    ':',
    '::',
    ';',
    '<',
    '>',
    '<',
    '>',
    '(',
    ')',
    '[',
    ']',
    '/',
    '^',
    '+',
  ],
  ...[' ', ' ', ' ', '  ', '\t', ',', ',', '"', '"', '\\', "'", '|', '=', '-', '_', '&', '*', '$', '#', '~', '`'],
  ...[
    '[1.2.3.4]',
    '[IPv6:::1]',
    ':include:',
    '|prog',
    '/file',
    '=?utf-8?q?=C3=B6?=',
    '\u00e4',
    '\u00c3\u00b6',
    '\u00a0',
  ],
];
/** Addresses as programs write them. */
const WHOLE = [
  ...[
    'bob@example.net',
    'carol@example.com',
    'dave',
    'Bob <bob@example.net>',
    '"Smith, J." <j@example.org>',
    'x (X Y)',
  ],
  ...[
    '<a@b>',
    '@r.example:a@b',
    '<@r,@s:a@b>',
    'a%b@c',
    'h!u',
    'friends: a@b',
    'c@d;',
    'g:;',
    '"a b"@c',
    '(x) y@z',
    'me@[10.0.0.1]',
  ],
  ...[
    'J. Doe <j@d>',
    "O'Brien <o@b>",
    'root@localhost',
    'alice@laptop.example.org',
    'undisclosed-recipients:;',
    '<>',
    'BOB@EXAMPLE.NET',
  ],
];
const FIELDS = ['To', 'To', 'Cc', 'Bcc', 'Resent-To', 'Resent-Cc', 'Resent-Bcc', 'Apparently-To'];
const OTHERS = ['From', 'Reply-To', 'Sender', 'Errors-To', 'Resent-From', 'Subject', 'Disposition-Notification-To'];

const missing = whyNoRealSendmail();

describe.skipIf(missing !== null)(
  `addresses beside the real sendmail${missing === null ? '' : ` (${missing})`}`,
  () => {
    it(`come out the same, ${ROUNDS} times from seed ${SEED}`, { timeout: 1_200_000 }, async () => {
      const peer = startPeer();
      const random = seededRandom(SEED);
      const differing: unknown[] = [];

      try {
        for (let round = 0; round < ROUNDS; round += 1) {
          const submission = randomSubmission(random);
          const directory = fs.mkdtempSync(path.join(fastDirectory(), 'outtray-soak-'));
          const { theirs, ours } = await peer.submit(submission, directory);
          fs.rmSync(directory, { recursive: true });
          if (!hasLongWord(submission) && differs(theirs, ours))
            differing.push({ round, submission, differences: differencesOf(theirs, ours) });
        }
      } finally {
        peer.stop();
      }

      expect(differing).toEqual([]);
    });
  },
);

function randomSubmission(random: () => number): PeerSubmission {
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const times = (least: number, most: number): number => least + below(most - least + 1);
  const address = (): string =>
    random() < 0.5 ? pick(WHOLE) : Array.from({ length: times(1, 7) }, () => pick(PIECES)).join('');
  const list = (): string => {
    const separator = pick([', ', ', ', ',', ' ', ',\n ', ' ,\n\t']);
    return Array.from({ length: times(1, random() < 0.1 ? 30 : 4) }, address).join(separator);
  };
  const word = (): string => list().replaceAll('\n', '').replace(/^-+/, '');
  const user = random() < 0.8 ? 'alice' : 'root';
  const sender = random() < 0.3 ? [pick(['-f', '-r']), pick(WHOLE).replace(/;$/, '')] : [];
  const name = random() < 0.1 ? ['-F', address()] : [];
  const fromHeader = random() < 0.5;
  const fields = Array.from({ length: times(fromHeader ? 1 : 0, 4) }, () => {
    return `${pick(random() < 0.7 ? FIELDS : OTHERS)}:${pick([' ', ' ', '', '  '])}${list()}`;
  });
  const operands = fromHeader && random() < 0.7 ? [] : Array.from({ length: times(1, 3) }, word);
  return {
    args: ['-i', ...sender, ...name, ...(fromHeader ? ['-t'] : []), '--', ...operands],
    stdin: [...fields, 'X-Last: 1', '', 'Hello.', ''].join('\n'),
    as: { user },
  };
}

/** An open quote swallows what follows it; such words sendmail cuts, and fields at them. */
function hasLongWord({ args, stdin }: PeerSubmission): boolean {
  return [...args, stdin].some((text) => /"[^"]{200,}/.test(text));
}

/** The deliberate differences aside: a message without recipients, local ones given up, reports, repeated words. */
function differs(theirs: SubmissionResult, ours: SubmissionResult): boolean {
  const whole = [theirs, ours].map(withoutReport);
  const [their, our] = (whole.some(hasLongLetter) ? whole.map(withoutLetter) : whole) as [
    SubmissionResult,
    SubmissionResult,
  ];
  if (Object.keys(their.files).length === 0 && Object.keys(our.files).length === 0) return false;
  const reported = Object.keys(theirs.files).length > Object.keys(their.files).length;
  // With an open bracket in the header sendmail returns the message to local recipients.
  if (reported && /Unbalanced|prescan/.test(their.stdout)) return false;
  if (reported) return JSON.stringify(their.files) !== JSON.stringify(our.files);
  if (/prescan|excessive recursion/.test(their.stdout)) return false;
  // Not 0 where somebody was refused.
  const exit = /too long|non-printable/.test(their.stdout) && their.exit === 0 ? 64 : their.exit;
  return JSON.stringify({ ...their, exit }) !== JSON.stringify(our);
}

/** Names of some hundred bytes lose their end when sendmail writes them out. */
function hasLongLetter({ files }: SubmissionResult): boolean {
  return /^[^\n]{200,}/m.test((files['dead.letter'] ?? '').replace(/\n[ \t]/g, ''));
}

function withoutLetter(result: SubmissionResult): SubmissionResult {
  const { 'dead.letter': _, ...files } = result.files;
  return { ...result, files };
}
