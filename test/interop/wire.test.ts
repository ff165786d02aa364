/** What the relay gets and what -v shows: the real sendmail and our run flush the same queue files. */
import { describe, expect, it } from 'vitest';
import { type Flushed, flushBoth, job, type QueueFiles } from '../support/both-runs.js';
import { whyNoRealSendmail } from '../support/real-sendmail.js';

const missing = whyNoRealSendmail();
/** A job of its own for each field. */
function jobsWith(fields: readonly string[]): QueueFiles {
  return Object.assign({}, ...fields.map((field, index) => job(index, { headers: [field] })));
}

/** Without reports that the run made, whose ids and times are their own; in no order, since ours is by sender. */
function comparable({ messages }: Flushed): readonly string[] {
  return (
    messages
      .filter(({ text }) => text.startsWith('X-Job') || / id 6AK/.test(text.slice(0, text.indexOf(';'))))
      // The second may have changed between the two runs.
      .map(({ mail, rcpt, text }) => [mail.replace(/BY=35\d\d/, 'BY=about 3590'), ...rcpt, text].join('\n'))
      .sort()
  );
}

describe.skipIf(missing !== null)(`the same queue, flushed by both${missing === null ? '' : ` (${missing})`}`, () => {
  it('writes address fields as sendmail does', async () => {
    const { theirs, ours } = await flushBoth(
      jobsWith([
        'H??To: alice, Bob Builder, a%b, a%b%c, a!b, x.y!z, "a b", "a@b"@h, bob@LOCALHOST, bob@laptop',
        'H??Cc: friends: bob, Carol <c@y>;, undisclosed-recipients:;, <>, @, x@, <list:;>, z<list:; %>',
        'H??From: <@r1,@r2:bob@h>',
        'H??Reply-To: O\'Neil B. <o@h>, J. R. "Bob" Dobbs <j>, a@b <c@d> (e), (f) g@h, i@j (k',
        'H??Sender: u@[127.0.0.1], u@[IPv6:::1], b@a.UUCP, b@b.uucp., c@d.., Bob <a> <b@c>',
        'H??To: "unfinished <alice>, bob',
        'H??Cc: alice bob carol@example.net',
        `H??To: ${Array.from({ length: 30 }, (_, index) => `Person ${index} <person${index}>`).join(', ')}`,
        'H??Cc: Bob <bob@h> "Bob", Gr\u00c3\u00ff\u009f <g@h>, =?UTF-8?Q?Gr=C3=BC?= <g>',
        'H??Bcc: secret@example.net',
      ]),
    );

    expect(comparable(ours)).toEqual(comparable(theirs));
    expect(comparable(ours)).toHaveLength(10);
  });

  it.each([
    [['PIPELINING', '8BITMIME', 'SIZE', 'DSN', 'ENHANCEDSTATUSCODES', 'AUTH PLAIN', 'DELIVERBY 60']],
    [['8BITMIME', 'SIZE']],
    [[]],
  ])('says the parameters of the envelope that sendmail says to a relay with %j', async (extensions) => {
    const { theirs, ours } = await flushBoth(
      {
        ...job(1, {
          lines: ['Zenv1', 'Aalice@laptop.example.org'],
          recipients: ['Qrfc822;bob@x.y', 'RPNS:bob@example.net', 'RPFD:carol', 'RPN:dora@example.net'],
        }),
        ...job(2, { lines: ['!\u0011 3600'], recipients: ['RPNS:bob@example.net', 'RPFD:eve@example.net'] }),
        ...job(3, { sender: 'Alice <alice@example.org>', headers: ['H?D?X-D: d', 'H?P?X-P: p', 'H?$_?X-M: m'] }),
        ...job(4, { sender: '<>', recipients: ['RPFD:"a.b"@h', 'RPFD:a%b', 'RPFD:x!y', 'RPFD:<@r:c@d>'], body: '' }),
      },
      { sink: { extensions } },
    );

    expect(comparable(ours)).toEqual(comparable(theirs));
  });

  it('shows a run under -v line for line', async () => {
    const { theirs, ours } = await flushBoth(
      {
        ...job(1, { recipients: ['RPFD:ok@x', 'RPFD:busy@x', 'RPFD:Carol C <carol@x>'] }),
        ...job(2, { recipients: ['RPFD:busy@x'] }),
        ...job(3, { recipients: ['RPFD:alice', 'RPFD:bob@example.net'] }),
      },
      { sink: { toRecipient: (address) => (address === 'busy@x' ? '450 4.2.1 Mailbox busy' : undefined) } },
    );

    expect(ours.transcript).toBe(theirs.transcript);
    expect(ours.transcript).toContain('busy@x... Deferred: 450 4.2.1 Mailbox busy');
  });
});
