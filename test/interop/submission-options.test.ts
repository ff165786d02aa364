/**
 * Options, their conflicts and errors, time zones and the sizes that priorities count, beside the
 * real sendmail: queue files, exit status and standard output must be the same. What differs on
 * purpose is in core/submission/SENDMAIL.md.
 */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { fastDirectory } from '../support/laptop.js';
import { whyNoRealSendmail } from '../support/real-sendmail.js';
import { type Peer, type PeerSubmission, startPeer } from '../support/submission-peer.js';

const BOB = 'bob@example.net';
const TEXT = 'Subject: x\n\nHello.\n';

const WORDS: readonly (readonly string[])[] = [
  ...['-B7bit', '-B8BitMime', '-Bx', '-B', '-Nnever', '-NSUCCESS,failure', '-Nnever,delay', '-Nsuccess,', '-Nbogus'],
  ...['-Rfull', '-RHDRS', '-Rx', '-Va+2ab', '-Va b', '-V', '-pESMTP:', '-pa b:c (d)', '-p:h', '-h25', '-h-1', '-hx1'],
  ...['-h99999999999', '-h', '-G', '-L', '-Lx', '-Mr', '-MsA(b)', '-oMrP Q', '-m', '-om', '-n', '-o!', '-oD', '-odz'],
  ...['-oo', '-op', '-opx', '-o8q', '-o7', '-ez', '-OFoo=1', '-OError=m', '-O=', '-Oignore=1', '-OIGNOREDOTS=t'],
  ...['-OIgnoreDots = f', '-OMinFreeBlocks', '-OQueueSortOrder=x', '-bz', '-bq', '-bmx', '-bd', '-bD', '-E'],
  ...['-Z', '-ti-', '--help', '--', '-', '-F', '-FA "b"'],
].map((word) => [word]);
const LISTS: readonly (readonly string[])[] = [
  ['-Nsuccess', '-Ndelay'],
  ['-Rfull', '-Rfull'],
  ['-fx', '-ry'],
  ['-OFoo=1', '-hx', '-OBar=2'],
  ['-hx', '-odz', '-Rx', '-Z'],
  ['-OFoo=1', '-o8x', '-hy'],
  ['-bs', '-odz'],
  ['-bs', '-bx'],
  ['-R', '', '-Rfull'],
  ['-FA B', '-F', ''],
  ['-Bx', '<>'],
  ['-hxx', '-Nfoo', '-Rbad', '-Va b', '-OBar=1'],
  ['-hx', '-Z'],
  ['-Z', '-Y'],
  ['-hx', '-bq'],
  ['-bs', '-hx'],
  ['-bs', '-Oignore=1', '-hx'],
  ['-bs', '-OFoo=1'],
  ['-q', '-bs'],
  ['-bv', '-q', '-i'],
  ['-Qx', '-bs'],
  ['-q!Gx'],
  ['-qGa', '-qGb'],
  ['-q5x'],
  ['-q-5'],
  ['-q'],
  ['-Q.'],
  ['-bd', '-hx'],
  ['-pA:b', '-oMrC'],
  ['-h40'],
  ['-h40', '@'],
  ['-ORejectNUL=1'],
  ['-f', '', '-f', ''],
  ['-f', 'a\nb@example.org'],
];
const ZONES = ['', 'EST5', 'EST5EDT', 'CET-1CEST', '<+0330>-3:30', 'NZST-12NZDT,M9.5.0,M4.1.0/3', 'IST-2IDT,J100,J300'];
const MORE_ZONES = ['AAA3BBB,100,300', ':Europe/Berlin', 'Asia/Kathmandu', 'Nowhere/Land', 'UTC+3', 'A1'];

/** What is read otherwise for root. */
const AS_ROOT = /-M|-oM|-G|-hx|-q/;

const EIGHT_BIT = 'MIME-Version: 1.0\n\n\xe9\0\n';

const CASES: readonly (PeerSubmission & { readonly name: string })[] = [
  ...[...WORDS, ...LISTS].flatMap((words) =>
    (AS_ROOT.test(words.join(' ')) ? (['alice', 'root'] as const) : (['alice'] as const)).map((user) => ({
      name: `${JSON.stringify(words)} by ${user}`,
      args: [...words, BOB],
      stdin: TEXT,
      as: { user },
    })),
  ),
  ...['-OEightBitMode=strict', '-o8s', '-o8m', '-B8bitmime', '-ORejectNUL=1'].map((word) => ({
    name: `${word} and 8-bit data`,
    args: [word, BOB],
    stdin: EIGHT_BIT,
  })),
  ...[
    ['-o7', '-B8bitmime'],
    ['-B8bitmime', '-o7'],
    ['-B7bit', '-Bx'],
    ['-o7', '-Bx'],
  ].map((words) => ({
    name: `${words.join(' ')} and 8-bit data`,
    args: [...words, BOB],
    stdin: EIGHT_BIT,
  })),
  ...['none', 'add-to', 'add-apparently-to', 'add-bcc', 'ADD-TO-undisclosed'].flatMap((action) =>
    ['Subject: x', 'To:', 'Cc: a b', 'Bcc: a', 'Resent-To: a', 'Apparently-To: a'].map((field) => ({
      name: `NoRecipientAction=${action} and ${field}`,
      args: [`-ONoRecipientAction=${action}`, BOB, 'Carol <c@d>', 'root'],
      stdin: `${field}\n\nHello.\n`,
    })),
  ),
  ...['-OOldStyleHeaders=false', '-oof', '-oo'].flatMap((word) =>
    [[], ['-t']].map((more) => ({
      name: `${[word, ...more].join(' ')} and blanks in lists`,
      args: [word, ...more, 'a b', 'c d@e.f'],
      stdin: 'To: x y z@w\n\nHello.\n',
    })),
  ),
  ...['From', 'Date', 'Full-Name', 'Message-Id'].map((name) => ({
    name: `an empty ${name} field before another`,
    args: [BOB],
    stdin: `${name}:\n${name}: x\n\nHello.\n`,
  })),
  { name: '-OMaxRecipientsPerMessage without SMTP', args: ['-OMaxRecipientsPerMessage=1', BOB, 'c@d'], stdin: TEXT },
  { name: '-o8s and 8-bit data of no kind', args: ['-o8s', BOB], stdin: 'Subject: x\n\n\xe9\n' },
  { name: '-B8bitmime and an 8-bit header', args: ['-B8bitmime', BOB], stdin: `X: \xe9\n${TEXT}` },
  ...[...ZONES, ...MORE_ZONES].map((zone) => ({
    name: `TZ=${zone}`,
    args: [BOB],
    stdin: TEXT,
    as: { env: { TZ: zone } },
  })),
  ...['bulk', 'LIST', ' junk ', 'special-delivery', 'x'].map((precedence) => ({
    name: `Precedence:${precedence}`,
    args: ['-oy7', '-oz3', BOB, 'carol@example.net'],
    stdin: `From x Thu Nov 12 08:09:10 2026\r\nPrecedence:${precedence}\r\n\r\n\xe9\0\r\n`,
    as: { user: 'root' as const },
  })),
];

const missing = whyNoRealSendmail();

describe.skipIf(missing !== null)(
  `options beside the real sendmail${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    let peer: Peer;
    beforeAll(() => {
      peer = startPeer();
      return () => peer.stop();
    });

    it.each(CASES)('$name', async (submission) => {
      const directory = fs.mkdtempSync(path.join(fastDirectory(), 'outtray-peer-'));
      onTestFinished(() => fs.rmSync(directory, { recursive: true }));

      const { theirs, ours } = await peer.submit(submission, directory);

      expect(ours).toEqual(theirs);
    });
  },
);
