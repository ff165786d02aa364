/** What a run by hand ends with, says and leaves, and in which order it goes: ours beside the real sendmail's. */
import { describe, expect, it } from 'vitest';
import { flushBoth, type JobParts, job, type QueueFiles } from '../support/both-runs.js';
import { whyNoRealSendmail } from '../support/real-sendmail.js';
import type { SinkOptions } from '../support/sink-relay.js';

const missing = whyNoRealSendmail();

/** The code of an answer is in the address: `r550@x` is refused so, `m553@x` as a sender. */
const SINK: SinkOptions = {
  toMail: (line) => refusal(/<m(\d{3})/.exec(line)?.[1]),
  toRecipient: (address) => refusal(/^r(\d{3})/.exec(address)?.[1]),
  // Not a report about it.
  toMessage: ({ text }) => refusal(/^X-Job.*\r\nSubject: d(\d{3})/.exec(text)?.[1]),
};

function refusal(code: string | undefined): string | undefined {
  return code === undefined ? undefined : `${code} ${code.charAt(0)}.1.1 Not today`;
}

function jobs(...parts: readonly JobParts[]): QueueFiles {
  return Object.assign({}, ...parts.map((part, index) => job(index, part)));
}

const to = (...recipients: readonly string[]): JobParts => ({ recipients: recipients.map((one) => `RPFD:${one}`) });
const HOUR = 3600;

const CASES: readonly (readonly [string, QueueFiles])[] = [
  ['nothing to do', {}],
  ['one sent', jobs(to('ok@x'))],
  ['one refused', jobs(to('r550@x'))],
  ['one refused, then one sent', jobs(to('r550@x'), to('ok@x'))],
  ['one sent, then one refused', jobs(to('ok@x'), to('r550@x'))],
  ['two refused in different ways', jobs(to('r554@x'), to('r550@x'))],
  ['two refused, the other way round', jobs(to('r550@x'), to('r554@x'))],
  ['one put off, then one refused', jobs(to('r450@x'), to('r550@x'))],
  ['one refused, then one put off', jobs(to('r550@x'), to('r450@x'))],
  ['several recipients refused', jobs(to('r554@x', 'r550@x', 'ok@x'))],
  ['some put off, some refused', jobs(to('r450@x', 'r551@x', 'r553@x', 'ok@x'))],
  ['the sender refused as bad data', jobs({ ...to('ok@x'), sender: 'm501@x' })],
  ['the sender refused', jobs({ ...to('ok@x', 'ok@y'), sender: 'm550@x' })],
  ['the message refused', jobs({ ...to('ok@x', 'ok@y'), headers: ['H??Subject: d554'], sender: '<>' })],
  ['the message put off', jobs({ ...to('ok@x', 'ok@y'), headers: ['H??Subject: d451'] })],
  ['nobody to be told', jobs({ recipients: ['RPN:r550@x'] })],
  ['failures not wanted', jobs({ recipients: ['RPNS:r550@x'] })],
  ['a report that is refused', jobs({ ...to('r554@x'), sender: 'r550@x' })],
  ['a refused message from nobody', jobs({ ...to('r550@x'), sender: '<>' })],
  ['a return receipt', jobs({ recipients: ['RPNS:ok@x'] })],
  ['too old', jobs({ ...to('r450@x'), ageSeconds: 121 * HOUR })],
  ['a warning', jobs({ ...to('r450@x'), ageSeconds: 5 * HOUR })],
  ['too many recipients', jobs(to('r552@x', 'r503@x', 'r521@x', 'r571@x'))],
];

/** Of those that say something without -v. */
const SHOWN_WITHOUT = new Set([
  'several recipients refused',
  'some put off, some refused',
  'the sender refused',
  'too old',
]);

/** We try again where sendmail gives up (FORMAT.md). */
const TRIED_AGAIN = new Set(['too many recipients']);

describe.skipIf(missing !== null)(
  `a run by hand beside the real sendmail's${missing === null ? '' : ` (${missing})`}`,
  () => {
    it.each(CASES.filter(([name]) => !TRIED_AGAIN.has(name)))('ends and shows the same: %s', async (_, files) => {
      const { theirs, ours } = await flushBoth(files, { sink: SINK });

      expect(ours.exit).toBe(theirs.exit);
      expect(comparable(ours.transcript)).toBe(comparable(theirs.transcript));
      expect(Object.keys(ours.files).map(withoutId)).toEqual(Object.keys(theirs.files).map(withoutId));
    });

    it.each(CASES.filter(([name]) => SHOWN_WITHOUT.has(name)))(
      'says the same without -v (-qf): %s',
      async (_, files) => {
        const { theirs, ours } = await flushBoth(files, { sink: SINK, args: ['-qf'] });

        expect(ours.exit).toBe(theirs.exit);
        expect(ours.transcript).toBe(theirs.transcript);
      },
    );
  },
);

/** A queue whose every order is another. */
const SHUFFLED = jobs(
  { ...to('ok@b.example'), priority: 90_000, ageSeconds: 10, sender: 'u1' },
  { ...to('ok@a.example', 'ok@z.example'), priority: 30_000, ageSeconds: 500, sender: 'u2' },
  { ...to('ok@C.example'), priority: -4000, ageSeconds: 70, sender: 'u3' },
  { ...to('alice', 'ok@x.test'), priority: 61_000, ageSeconds: 3000, sender: 'u4' },
  { ...to('ok@sub.a.example'), priority: 150_000, ageSeconds: 40, sender: 'u5' },
);

describe.skipIf(missing !== null)(
  `the order of a run beside the real sendmail's${missing === null ? '' : ` (${missing})`}`,
  () => {
    it.each([
      [[]],
      ...['priority', 'host', 'time', 'filename'].map((order) => [[`-OQueueSortOrder=${order}`]]),
      [['-OQueueSortOrder=host', '-q!Rtest']],
    ])('is the same with %j', async (args) => {
      const { theirs, ours } = await flushBoth(SHUFFLED, { args });

      expect(comparable(ours.transcript)).toBe(comparable(theirs.transcript));
      expect(ours.messages).toEqual(theirs.messages);
    });

    it('is that of submission for messages of one sender, unless one is asked for', async () => {
      const series = jobs(
        { priority: 90_000, ageSeconds: 300 },
        { priority: 30_000, ageSeconds: 200 },
        { priority: 60_000, ageSeconds: 100 },
      );

      const asWritten = await flushBoth(series);
      const asAsked = await flushBoth(series, { args: ['-OQueueSortOrder=priority'] });

      expect(asWritten.ours.messages.map(({ text }) => text.slice(0, 8))).toEqual(['X-Job: 0', 'X-Job: 1', 'X-Job: 2']);
      expect(asAsked.ours.messages).toEqual(asAsked.theirs.messages);
    });
  },
);

/** Of a report: its id and its size. */
function comparable(transcript: string): string {
  return transcript.replace(/ SIZE=\d+/g, ' SIZE=n');
}

function withoutId(name: string): string {
  return name.replace(/^(..)(?!6AK).*/, '$1report');
}
