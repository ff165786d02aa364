/**
 * The same message, refused or put off in the same words, run once by the real sendmail and once by
 * ours with delivery.onFailure "bounce": what stays in the queue and what the relay got,
 * reports included, must be the same, but for seconds of the clock.
 */
import { describe, expect, it } from 'vitest';
import { whyNoRealSendmail } from '../support/real-sendmail.js';
import type { SinkOptions } from '../support/sink-relay.js';
import { compareRuns, type RunCase } from './run-comparison.js';

const missing = whyNoRealSendmail();

const HOUR = 3600;
const answers = (replies: Readonly<Record<string, string>>): SinkOptions => ({
  toRecipient: (address) => replies[address],
});
const gone = answers({ 'a@x.org': '550 5.1.1 gone' });
const toAlice =
  (reply: string) =>
  (line: string): string | undefined =>
    line.includes('alice') ? reply : undefined;

const CASES: readonly (RunCase & { readonly name: string })[] = [
  { name: 'names, quotes, a local user', args: ['Carol (C) S <a@x.org>', 'bob', '"q u"@y.org'], sink: gone },
  {
    name: 'one sent, one put off, several refused in several lines',
    args: ['a@x.org', 'b@x.org', 'c@y.org', 'd@z.org'],
    sink: answers({ 'a@x.org': '550-5.1.1 one\n550 5.1.1 two', 'b@x.org': '450 4.2.1 busy', 'c@y.org': '554 no' }),
  },
  { name: 'MAIL refused', args: ['-R', 'hdrs', '-V', 'e+20v', 'a@x.org'], sink: { toMail: toAlice('550 5.7.1 no') } },
  { name: 'MAIL refused as bad data', args: ['a@x.org', 'b@x.org'], sink: { toMail: toAlice('501 5.1.7 bad') } },
  {
    name: 'message refused',
    args: ['a@x.org', 'b@x.org'],
    sink: { toMessage: ({ mail }) => toAlice('554-5.7.1 spam\n554 5.7.1 more')(mail) },
  },
  { name: 'NOTIFY=NEVER', args: ['-N', 'never', 'a@x.org'], sink: gone },
  { name: 'null reverse-path', args: ['-f', '<>', 'a@x.org'], user: 'root', sink: gone },
  { name: 'another sender', args: ['-f', 'Bob <bob@other.org>', 'a@x.org'], user: 'root', sink: gone },
  {
    name: '8-bit header and body',
    args: ['a@x.org'],
    stdin: 'Subject: gr\u00c3\u009f\nBcc: x@y\n\nH\u00c3\u00a9\nFrom here\nno end',
    sink: gone,
  },
  { name: 'a long reply', args: ['a@x.org'], sink: answers({ 'a@x.org': `550 5.1.1 ${'long '.repeat(80)}` }) },
  {
    name: 'address fields',
    args: ['a@x.org'],
    stdin: 'To: Bob B. <bob>, x y, @@, grp: a%b, bad..@\nCc: @@\nReply-To: <@r:c@localhost>, x!y\nSubject: x\n\nx\n',
    sink: gone,
  },
  { name: 'bulk', args: ['a@x.org'], stdin: 'Precedence: bulk\nSubject: x\n\nx\n', sink: gone },
  {
    name: 'return receipt',
    args: ['-N', 'success', 'a@x.org', 'b@x.org'],
    sink: { extensions: ['PIPELINING', 'SIZE'] },
  },
  { name: 'no extensions', args: ['a@x.org', 'b@x.org'], sink: { ...gone, extensions: [] } },
  {
    name: 'a report that is refused',
    args: ['a@x.org'],
    sink: { toRecipient: (address) => (address.startsWith('postmaster') ? undefined : '550 5.1.1 no') },
  },
  { name: 'a closed port', args: ['Foo <a@x.org>', 'bob'], sink: null },
  { name: 'a warning', args: ['a@x.org', 'b@x.org'], sink: null, ageSeconds: 4 * HOUR + 60 },
  { name: 'a return by age', args: ['a@x.org'], sink: null, ageSeconds: 120 * HOUR + 60 },
];

describe.skipIf(missing !== null)(
  `reports beside the real sendmail${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    it.each(CASES)('$name', async (one) => {
      const { theirs, ours } = await compareRuns(one);

      expect(ours).toEqual(theirs);
    });
  },
);
