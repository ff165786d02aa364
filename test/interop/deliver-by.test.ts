/** Deliver-by with return (RFC 2852): when a message is given back, what the report says, what is held instead. */
import { describe, expect, it } from 'vitest';
import { type Flushed, flushBoth, job } from '../support/both-runs.js';
import { whyNoRealSendmail } from '../support/real-sendmail.js';

const missing = whyNoRealSendmail();
const DSN = ['PIPELINING', 'SIZE', 'DSN', 'ENHANCEDSTATUSCODES'];
const RETURN = '!\u0002 3600';

describe.skipIf(missing !== null)(`deliver-by with return${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  it.each([
    ['the relay takes it', [...DSN, 'DELIVERBY 60']],
    ['the relay has no DELIVERBY', DSN],
    ['the relay has no extensions', []],
    ['the relay wants more time', [...DSN, 'DELIVERBY 7200']],
  ])('goes or is given back as with sendmail when %s', async (_, extensions) => {
    const { theirs, ours } = await flushBoth(
      job(1, { lines: [RETURN], recipients: ['RPFD:bob@example.net', 'RPFDN:eve@example.net'] }),
      { sink: { extensions } },
    );

    expect(messages(ours)).toEqual(messages(theirs));
    expect(ours.exit).toBe(theirs.exit);
  });

  it('is given back when its time is up', async () => {
    const late = job(1, { lines: [RETURN], ageSeconds: 7200 });

    const { theirs, ours } = await flushBoth(late, { sink: { extensions: [...DSN, 'DELIVERBY'] } });

    for (const { messages } of [ours, theirs]) {
      expect(messages.map(({ mail }) => mail.slice(0, 12))).toEqual(['MAIL From:<>']);
      expect(messages[0]?.text).toMatch(/Status: 5\.4\.7\r\n/);
    }
  });

  it('is held with the reason where mail is not returned', async () => {
    const { ours } = await flushBoth(job(1, { lines: [RETURN] }), {
      sink: { extensions: DSN },
      run: { onFailure: 'hold' },
    });

    expect(ours.messages).toEqual([]);
    expect(ours.files).toMatchObject({
      hf6AKNAo01001942: expect.stringMatching(/^q.*554 5\.4\.7 Server does not support Deliver By$/m),
    });
  });
});

/** Without what is another's each time. */
function messages({ messages: all }: Flushed): string[] {
  return all.map(({ mail, rcpt, text }) =>
    [mail, ...rcpt, text]
      .join('\n')
      .replace(/\b(?:6AL|7AA)\w+/g, 'id')
      // Of today: year, month, day, hour.
      .replace(/\b\w[0-9AB][0-9A-V][0-9A-N]\w{10,}(?=[.;@/])/g, 'id')
      .replace(/id\.\d+\//g, 'id/')
      .replace(/<\d{12}\./g, '<minute.')
      .replace(/BY=\d+/g, 'BY=n')
      .replace(/\d+ < /g, 'n < ')
      .replace(/\d\d:\d\d:\d\d GMT/g, 'GMT'),
  );
}
