/** A relay that has had enough, at any point: what waits on, with which words, is what the real sendmail leaves. */
import { describe, expect, it } from 'vitest';
import { type Flushed, flushBoth, job } from '../support/both-runs.js';
import { whyNoRealSendmail } from '../support/real-sendmail.js';
import { HANG_UP, type SinkOptions } from '../support/sink-relay.js';

const missing = whyNoRealSendmail();
const BUSY = '421 4.3.2 Come back later';
/** It waits ten minutes for more by itself. */
const IMPATIENT = ['initial', 'helo', 'mail', 'rcpt', 'datainit', 'datafinal', 'rset', 'quit']
  .map((step) => `define(\`confTO_${step.toUpperCase()}', \`5s')`)
  .join('\n');

const CASES: readonly (readonly [string, SinkOptions])[] = [
  ['421 for a greeting', { greeting: BUSY }],
  ['nothing for a greeting', { greeting: HANG_UP }],
  ['421 to EHLO', { toEhlo: () => BUSY }],
  ['nothing to EHLO', { toEhlo: () => HANG_UP }],
  ['421 to MAIL', { toMail: () => BUSY }],
  ['nothing to MAIL', { toMail: () => HANG_UP }],
  ['421 to the second recipient', { toRecipient: (address) => (address === 'ok@a' ? BUSY : undefined) }],
  ['421 to the first recipient', { toRecipient: (address) => (address === 'ok@b' ? BUSY : undefined) }],
  ['nothing to the first recipient', { toRecipient: (address) => (address === 'ok@b' ? HANG_UP : undefined) }],
  // Not sent along, the answer is read before the end.
  ['421 to DATA', { toData: () => BUSY, extensions: [] }],
  ['nothing to DATA', { toData: () => HANG_UP }],
  ['450 to DATA', { toData: () => '450 4.3.0 Not now' }],
  ['421 to the message', { toMessage: () => BUSY }],
  ['nothing to the message', { toMessage: () => HANG_UP }],
];

/** Not the relay, only this session is at its end: the next message opens another. */
const CONNECTS_AGAIN = new Set(['421 to MAIL', '421 to the first recipient', '421 to the second recipient']);

describe.skipIf(missing !== null)(`a relay that gives up${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  it.each(CASES)('with %s leaves the queue as the real sendmail does', async (name, sink) => {
    const files = {
      ...job(0, { recipients: ['RPFD:ok@a', 'RPFD:ok@b'], sender: 'u1' }),
      ...job(1, { recipients: ['RPFD:ok@b'], sender: 'u2' }),
    };

    const { theirs, ours } = await flushBoth(files, { sink, m4: IMPATIENT });

    expect(left(ours)).toEqual(left(theirs));
    if (CONNECTS_AGAIN.has(name)) expect(withoutGoodbyes(ours.transcript)).toBe(withoutGoodbyes(theirs.transcript));
    expect(ours.exit).toBe(theirs.exit);
  });
});

function left({ files }: Flushed): Record<string, string> {
  const plain = (text: string): string =>
    text
      .replace(/^I\d.*$/m, 'I')
      .replace(/^K\d{5,}$/m, 'K')
      // Of a cut connection the first message says how it was noticed, of a greeting only the first has the words (FORMAT.md).
      .replace(/^Mreply: read error from /gm, 'MDeferred: Connection reset by ')
      .replace(/^MDeferred: Connection reset by .*\n(?=C:)/gm, '')
      .replace(/^MDeferred(?:: 421 .*)?$/gm, 'MDeferred: 421');
  // Of ours besides: evidence of what may have been sent.
  const queue = Object.entries(files).filter(([name]) => !name.startsWith('xf'));
  return Object.fromEntries(queue.map(([name, text]) => [name, plain(text)]));
}

/** It says QUIT to a relay that has gone. */
function withoutGoodbyes(transcript: string): string {
  return transcript.replace(/^(?:>>> QUIT|221 .*|Closing connection.*)\n/gm, '');
}
