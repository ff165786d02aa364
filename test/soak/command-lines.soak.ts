/**
 * Command lines by chance, given to the real sendmail and to the built one: exit status, both outputs,
 * queue files and dead.letter must be the same. Options attached and apart, bundled, repeated, empty, without
 * their argument, behind operands; headers as programs get them wrong. What costs sendmail its group
 * (SENDMAIL.md) is tried by root only. SOAK_SEED and SOAK_ROUNDS choose others.
 */
import { describe, expect, it, onTestFinished } from 'vitest';
import { type CommandOutcome, startCommandPeer } from '../support/command-peer.js';
import { seededRandom } from '../support/random.js';
import { whyNoRealSendmail } from '../support/real-sendmail.js';
import type { SubmissionResult } from '../support/recorded-submission.js';
import { differencesOf } from '../support/submission-difference.js';

const SEED = Number(process.env['SOAK_SEED'] ?? 1);
const ROUNDS = Number(process.env['SOAK_ROUNDS'] ?? 500);

/** Letters with what may follow them; nothing for those that take no argument. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  B: ['7bit', '8BITMIME', '8bit', ''],
  F: ['A B', '"q"', "J. O'N", '', '(c)', '\xe9'],
  L: ['tag', '', 'x'.repeat(40)],
  N: ['never', 'success,failure', 'DELAY', 'x', '', 'never,success', 'success, delay'],
  O: ['IgnoreDots', 'IgnoreDots=f', 'ignoredots=t', 'ErrorMode=q', 'Foo=1', 'De=q', 'DeliveryMode=q', ' IgnoreDots=t']
    .concat(['IgnoreDots =t', 'IgnoreDots= f', '', '=', '=x', 'MinFreeBlocks=1', 'MinFreeBlocks=x'])
    .concat(['MaxRecipientsPerMessage=1', 'NoRecipientAction=add-bcc', 'NoRecipientAction=x'])
    .concat(['Timeout.foo=1', 'ColonOkInAddr=f', 'QueueSortOrder=x', 'SevenBitInput', 'MinQ=5m'])
    .concat(['LogLevel=9', 'RejectNUL=f', 'CheckpointInterval=x', 'EightBitMode=x']),
  R: ['full', 'hdrs', 'HDRS', '', 'x', 'fullest'],
  V: ['a', 'a+20', 'a b', '', 'x='],
  b: ['m', 'v', 'p', 's', 'd', 'D', 'P', 'h', 'H', 'O', 'z', 'x', 'mx', ''],
  e: ['p', 'm', 'w', 'q', 'x', ''],
  f: ['x@y.org', 'alice', '', '<>', 'a@@b', 'N <n@o>', '(c)', 'a,b', '-i'],
  h: ['0', '25', '26', 'x', '', '-1', ' 3', '3x'],
  o: ['i', 'm', 'em', 'eq', '7', 'dd', 'dq', 'd', 'o', 'of', 'D', '', ' IgnoreDots=t', ' Foo', '!', 'iF', 'e'].concat([
    'v0',
    'L2',
    'pauthwarnings',
    'px',
    'C5',
    'b5',
    '8m',
    '8',
    '8x',
    '\xe9',
  ]),
  p: ['SMTP:h', 'X', ':h', '', 'a:b:c', 'P:', ' a : b '],
  r: ['x@y.org', 'root', ''],
};
const PLAIN = ['G', 'i', 'm', 'n', 't'];
/** What only root may ask for. */
const OF_ROOT: Readonly<Record<string, readonly string[]>> = {
  M: ['r', 'sx', 'rA B', '{foo}b', '', 'z1', '{client_name}x'],
  O: ['RetryFactor', 'Timeout.ident=5s', 'BlankSub=_', 'Timeout.queuewarn=4h', 'QueueFactor=x'],
  o: ['z', 'Mrx', 'Msy', 'y1', 'z1', 'Y', 'H5', 'k2', 's', 'cf', 'P'],
};
const WORDS = [
  'bob@example.net',
  'carol@d.e',
  'alice',
  'a@@b',
  '',
  ' ',
  ',',
  '<>',
  '"',
  'x y',
  '-',
  '--',
  '-x',
  'Z <a@b>',
];
const FIELDS = ['To: a@b', 'Cc: c@d, e f', 'Bcc: g@h', 'Bcc:', 'Resent-To: i@j', 'Resent-Cc: g: k@l;', 'Resent-Bcc:']
  .concat([
    'Resent-From: o@p',
    'Resent-Date: x',
    'From: q@r',
    'From:',
    'To:',
    'to : s@t',
    'TO:u@v',
    'Sender: w@x',
    'Date: y',
  ])
  .concat([
    'To: g: a@b, c@d;, e@f',
    'To: undisclosed-recipients:;',
    'To: a@b,\n c@d,\n\t e@f',
    'To: a@b\r',
    'Subject: \xc3\xa9',
  ])
  .concat([
    'Message-Id: <x@y>',
    'Return-Path: <a@b>',
    'Received: x',
    'Errors-To: z@z',
    'Precedence: junk',
    'Full-Name: F',
  ])
  .concat([
    'no field',
    'From x Thu Nov 12 08:09:10 2026',
    ' folded',
    'X\0Y: z',
    'X: a\0b',
    'X: \r\n y',
    ': empty',
    'Apparently-To: q@q',
  ])
  .concat([
    `X-Long: ${'l'.repeat(1500)}`,
    `To: ${'t'.repeat(120)}@b, c@d`,
    'Content-Length: 3',
    'Reply-To: a, b',
    'Text: x',
  ]);
const BODIES = [
  '\nbody\n',
  '\n',
  '',
  '\n.\nafter\n',
  '\n\xe9\0\n',
  `\n${'b'.repeat(1200)}\n`,
  '\r\nbody\r\n',
  '\n..\n',
  '\nFrom x\n',
];

const missing = whyNoRealSendmail();

describe.skipIf(missing !== null)(
  `command lines beside the real sendmail${missing === null ? '' : ` (${missing})`}`,
  () => {
    it(`come out the same, ${ROUNDS} times from seed ${SEED}`, async () => {
      const random = seededRandom(SEED);
      const peer = startCommandPeer();
      onTestFinished(() => peer.stop());
      const differing: unknown[] = [];

      for (let round = 0; round < ROUNDS; round += 1) {
        const { args, stdin, user } = randomCommand(random);
        const { theirs, ours } = await peer.run(args, stdin, { user });
        const differences = differencesOf(comparable(theirs), comparable(ours));
        if (differences.length > 0 && !isMeant(theirs, ours)) differing.push({ round, user, args, stdin, differences });
      }

      expect(differing).toEqual([]);
    });
  },
);

interface RandomCommand {
  readonly args: readonly string[];
  readonly stdin: string;
  readonly user: 'root' | 'alice';
}

export function randomCommand(random: () => number): RandomCommand {
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const user = random() < 0.7 ? 'alice' : 'root';
  const option = (): string[] => {
    const kind = random();
    if (kind < 0.2) return [`-${Array.from({ length: 1 + below(3) }, () => pick(PLAIN)).join('')}`];
    const table = user === 'root' && kind > 0.85 ? OF_ROOT : VALUES;
    const letter = pick(Object.keys(table));
    const word = `-${random() < 0.1 ? pick(PLAIN) : ''}${letter}`;
    const value = pick(table[letter] ?? []);
    // The two whose next word would then break its configuration, or be read from anywhere.
    if (random() < 0.03 && !'Mb'.includes(letter)) return [word];
    return value === '' || random() < 0.4 ? [word, value] : [word + value];
  };
  const options = Array.from({ length: below(5) }, option).flat();
  const operands = Array.from({ length: random() < 0.2 ? 0 : 1 + below(2) }, () =>
    random() < 0.6 ? 'bob@example.net' : pick(WORDS),
  );
  const behind = random() < 0.1 ? option() : [];
  const fields = Array.from({ length: below(5) }, () => `${pick(FIELDS)}\n`).join('');
  return {
    args: [...options, ...(random() < 0.2 ? ['-t'] : []), ...operands, ...behind],
    stdin: fields + pick(BODIES),
    user,
  };
}

function comparable({ stderr, ...outcome }: CommandOutcome): SubmissionResult {
  return { ...outcome, exit: outcome.exit ?? -1, files: { ...outcome.files, stderr } };
}

/** The rows of SENDMAIL.md that such a command line meets. */
function isMeant({ exit, stdout }: CommandOutcome, ours: CommandOutcome): boolean {
  // Nobody to send it to: the mail is gone there.
  if (exit === 0 && ours.exit === 64 && /^(?:No recipient addresses|Recipient names)/m.test(ours.stdout)) return true;
  // A body type that is none: over -bs, and where nothing is submitted.
  const told = /^(?:550 )?Illegal body type.*\n/m;
  if (told.test(stdout) && Object.keys(ours.files).length === 0) return true;
  // It goes in circles.
  if (/^Too many hops/m.test(stdout) || ours.exit === 69) return true;
  // Brackets and quotes left open in the header, or in a sender.
  return /Unbalanced/.test(stdout);
}
