/**
 * Where header and body of standard input begin and end, beside the real sendmail: dots with and
 * without -i, CR LF, lone CR, NUL, 8-bit, missing line ends, sizes around its buffers. What differs
 * on purpose, a last line without end before the body, is in core/submission/SENDMAIL.md.
 */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { fastDirectory } from '../support/laptop.js';
import { whyNoRealSendmail } from '../support/real-sendmail.js';
import { type Peer, startPeer } from '../support/submission-peer.js';

const HEADER = 'Subject: x\n\n';
const LINES = [
  '.',
  '..',
  '...',
  '.a',
  'a.',
  '\ra',
  '.\r',
  '..\r',
  '\r.',
  '. ',
  '.\0',
  '\0',
  'a\0b',
  '\xe9',
  '\r\r',
  '.\rb',
];
const INPUTS: readonly string[] = [
  ...LINES.flatMap((line) =>
    ['\n', '\r\n'].flatMap((end) => [
      `${HEADER}${line}${end}${line}${end}`,
      `${line}${end}Subject: y\n\nb\n`,
      `Subject: y\n${line}${end}To: z@y\n\nb\n`,
    ]),
  ),
  ...[
    '',
    '\n',
    '\r\n',
    'Subject: x\n',
    'Subject: x\n\r\n',
    '\nSubject: x\n\nb\n',
    'A:1\nb c\nC:2\n\nx\n',
    ' l: x\n\nb\n',
  ],
  ...[':e\n\nb\n', 'A b: c\n\nb\n', 'A\t: c\n\nb\n', 'Text: h\n c\nm\n', 'X:y\nMESSAGE : z\n\nb\n', '--b: x\n\nb\n'],
  ...[
    'X-\x80: y\n\nb\n',
    'X\0Y: z\n\nb\n',
    'X: a\r\r\nY: b\n\nb\n',
    'X: a\n \nY: b\n\nb\n',
    'X\r: z\n\nb\n',
    'X: y\n\0 z\nb\n',
    'Text: z\r\r\n c\r\r\n\nx\n',
    'X \f\v: z\n\nb\n',
    'From\nX: y\n\nb\n',
  ],
  ...['From a Thu Nov 12 08:09:10 2026\nFrom b\nX: y\n\nb\n', '>From a\nX: y\n\nb\n', `${'y'.repeat(100)}: z\n\nb\n`],
  ...[`${'y'.repeat(101)}: z\n\nb\n`, `${'y'.repeat(2500)}: z\n c\n\nb\n`, `${'y'.repeat(1200)} z\n\nb\n`],
  ...[4095, 4096, 8192, 65_536, 131_072].flatMap((length) =>
    ['x', '\r\n', '\xe9', '.\r'].map((text) => (HEADER + text.repeat(length)).slice(0, HEADER.length + length)),
  ),
  `${HEADER}${'line\r\n.dot\n..dot\r\n\xe9\0\r'.repeat(20_000)}`,
];
/** Dots matter to -i only. */
const withAndWithoutDots = (stdin: string): { flags: readonly string[]; stdin: string }[] =>
  (/\n\.|^\./.test(stdin) ? [[], ['-i']] : [[]]).map((flags) => ({ flags, stdin }));
const EIGHT_BIT = ['', 'MIME-Version: 1.0\n'].flatMap((mime) =>
  ['x', '\xe9'].flatMap((subject) =>
    ['x', '\xe9'].flatMap((body) =>
      [[], ['-B8BITMIME'], ['-B7bit'], ['-o7']].map((flags) => ({
        flags,
        stdin: `${mime}Subject: ${subject}\n\n${body}\n`,
      })),
    ),
  ),
);
const CASES = [...INPUTS.flatMap(withAndWithoutDots), ...EIGHT_BIT].map((given) => ({
  ...given,
  name: `${JSON.stringify(given.stdin.slice(0, 60))}, ${given.stdin.length} bytes, ${JSON.stringify(given.flags)}`,
}));

const missing = whyNoRealSendmail();

describe.skipIf(missing !== null)(
  `standard input beside the real sendmail${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    let peer: Peer;
    beforeAll(() => {
      peer = startPeer();
      return () => peer.stop();
    });

    it.each(CASES)('$name', async ({ flags, stdin }) => {
      const directory = fs.mkdtempSync(path.join(fastDirectory(), 'outtray-peer-'));
      onTestFinished(() => fs.rmSync(directory, { recursive: true }));

      const { theirs, ours } = await peer.submit({ args: [...flags, 'bob@example.net'], stdin }, directory);

      expect(ours).toEqual(theirs);
    });
  },
);
