/**
 * What becomes of a message with refused addresses, beside the real sendmail: words only, dead.letter,
 * or a report, alone or next to the message. All files must be the same, dead.letter and the report's
 * text too; but the report is not tried at once, so that what an attempt leaves in its qf is left out.
 */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { fastDirectory } from '../support/laptop.js';
import { whyNoRealSendmail } from '../support/real-sendmail.js';
import type { SubmissionResult } from '../support/recorded-submission.js';
import { type Peer, type PeerSubmission, startPeer } from '../support/submission-peer.js';

const BAD = 'bad@@x';
const GOOD = 'bob@example.net';
const FIELDS = 'Subject: x\nTo: alice, b@localhost, c@laptop, d@e (x)\nCc: undisclosed:;\nBcc: z@y\n';
const BODY = 'From x\n\nFrom\nFrom y';
const SENDERS = ['x@y.org', '<>', 'root', 'nobodyhere', 'alice@localhost', 'Alice <alice>', 'alice+d', 'Alice', BAD];

const CASES: readonly PeerSubmission[] = [
  ...[[], ...SENDERS.map((sender) => ['-f', sender])].flatMap((from) => [
    { args: [...from, GOOD, BAD], stdin: `${FIELDS}\n${BODY}\n` },
    { args: [...from, BAD], stdin: `${FIELDS}\n${BODY}` },
  ]),
  ...[[], ['-f', 'alice'], ['-r', 'x@y.org']].map((from) => ({
    args: [...from, GOOD, BAD],
    stdin: FIELDS,
    as: { user: 'root' as const },
  })),
  ...['p', 'm', 'w', 'e', 'q'].flatMap((mode) => [
    { args: [`-oe${mode}`, GOOD, BAD], stdin: `${FIELDS}\n` },
    { args: [`-oe${mode}`, '-t', BAD], stdin: 'Subject: x\n\nx\n' },
    { args: [`-oe${mode}`, '-t', '@c'], stdin: `To: ${BAD}, ok@z.org, a @b\n\nx\n` },
    { args: [`-oe${mode}`, '-t', '@c'], stdin: 'To: \u0089 <a@b>\n\nx\n' },
  ]),
  ...['never', 'success', 'delay', 'success,failure'].flatMap((notify) =>
    [[], ['-f', 'x@y.org']].map((from) => ({ args: ['-N', notify, ...from, GOOD, BAD], stdin: FIELDS })),
  ),
  ...['a\u0001@b', '"" <>', '@', '<@c>', 'x <@c>', '<a@@b>', '<a@@b\tc>', '"a\tb"@@c', `${'x'.repeat(300)}@b`].map(
    (word) => ({
      args: ['-oem', '--', word],
      stdin: 'Subject: x\n\nx\n',
    }),
  ),
  ...['<@b\tc', '"a\tb"@@c', '<a\\\t@@b>'].map((word) => ({ args: ['--', word], stdin: 'Subject: x\n\nx\n' })),
  { args: ['-h26', BAD], stdin: 'Subject: x\n\nx\n' },
  { args: ['-f', 'x!alice', '<>', '"" <>', 'list:;'], stdin: 'Subject: x\n\nx\n' },
  { args: ['-f', '<>', BAD], stdin: 'Date: Fri, 20 Nov 2026 01:02:03 +0100\nReceived: x\n\nx\n' },
  { args: ['-t'], stdin: 'To: <a@@b> , x@y\n\nx\n' },
  ...[[], ['-oem']].map((mode) => ({
    args: [...mode, GOOD, BAD],
    stdin: 'Content-Length: 3\nReturn-Path: <a@b>\nFull-Name: Al\n\nx\n',
  })),
  { args: ['-f', '<>', '-t'], stdin: 'Bcc: a b=^@\n\nx\n' },
  { args: ['-oem', '-f', '<>', BAD], stdin: 'Resent-To: i@j\nTo: a@b\n\nx\n' },
  { args: ['-t', '-f', BAD], stdin: 'Subject: x\n\nx\n' },
  { args: ['-oem', '-B8bitmime', BAD], stdin: 'Subject: x\n\nx\n' },
];

const missing = whyNoRealSendmail();

describe.skipIf(missing !== null)(
  `refused addresses beside the real sendmail${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    let peer: Peer;
    beforeAll(() => {
      peer = startPeer();
      return () => peer.stop();
    });

    it.each(CASES.map((one) => ({ ...one, name: JSON.stringify([one.as?.user ?? 'alice', ...one.args, one.stdin]) })))(
      '$name',
      async (submission) => {
        const directory = fs.mkdtempSync(path.join(fastDirectory(), 'outtray-peer-'));
        onTestFinished(() => fs.rmSync(directory, { recursive: true }));

        const { theirs, ours } = await peer.submit(submission, directory);

        expect(untried(ours)).toEqual(untried(theirs));
      },
    );
  },
);

function untried({ files, ...rest }: SubmissionResult): SubmissionResult {
  const texts = Object.entries(files).map(([name, text]) => {
    const isReport = name.startsWith('qf') && /^F[^\n]*r/m.test(text);
    return [name, isReport ? text.replace(/^[NKIM].*\n/gm, '') : text] as const;
  });
  return { ...rest, files: Object.fromEntries(texts) };
}
