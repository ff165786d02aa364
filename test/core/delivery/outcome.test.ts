import { describe, expect, it } from 'vitest';
import { enhancedStatus, joinReply, outcomeOfReply } from '../../../core/delivery/outcome.js';

describe('outcomeOfReply', () => {
  it.each([
    ['250 2.0.0 queued as 1', 'message', 'sent', '2.0.0'],
    ['250 ok', 'message', 'sent', '2.0.0'],
    ['450 4.2.1 Mailbox busy', 'rcpt', 'deferred', '4.2.1'],
    ['451 try later', 'message', 'deferred', '4.3.0'],
    ['452 Too many recipients', 'rcpt', 'deferred', '4.3.1'],
    ['550 5.1.1 User unknown', 'rcpt', 'failed', '5.1.1'],
    ['550 no', 'rcpt', 'failed', '5.2.0'],
    ['553 sender not allowed', 'mail', 'failed', '5.1.3'],
    ['554 5.6.0 content refused', 'message', 'failed', '5.6.0'],
    ['552 5.3.4 too big', 'mail', 'failed', '5.3.4'],
    ['421 4.3.2 shutting down', 'message', 'deferred', '4.3.2'],
  ] as const)('%s to %s is %s', (reply, phase, kind, status) => {
    expect(outcomeOfReply(reply, phase)).toMatchObject({ kind, status, reply });
  });

  it.each([
    ['421 4.3.2 shutting down', 'mail', 'busy'],
    ['450 4.7.0 too much mail from your address', 'mail', 'busy'],
    ['451 4.7.500 Server busy. Please try again later', 'rcpt', 'busy'],
    ['450 4.1.1 You have exceeded your hourly sending limit', 'rcpt', 'busy'],
    ['451 Rate limit exceeded, slow down', 'message', 'busy'],
    ['454 Throttling failure: Maximum sending rate exceeded', 'message', 'busy'],
    ['550 5.4.5 Daily user sending limit exceeded', 'message', 'busy'],
    ['554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException', 'message', 'busy'],
    ['550 Domain example.org has exceeded the max emails per hour (51/50 (102%)) allowed', 'rcpt', 'busy'],
    ['550 5.7.1 Too many messages sent today', 'rcpt', 'busy'],
    ['550 Too many recipients per hour', 'rcpt', 'busy'],
    ['550 5.1.8 Your account has reached its sending limit', 'mail', 'busy'],
    ['451 4.7.1 Greylisting in action, please come back later', 'rcpt', 'greylisted'],
    ['450 4.2.0 bob@example.net: Recipient address rejected: Greylisted', 'rcpt', 'greylisted'],
    ['450 4.7.1 Service unavailable', 'rcpt', 'policy'],
    ['451 4.7.1 the filter is asleep', 'message', 'policy'],
    ['450 4.7.1 Client host rejected', 'mail', 'busy'],
    ['452 4.5.3 Too many recipients', 'rcpt', 'too-many-recipients'],
    ['452 4.2.2 Mailbox full', 'rcpt', undefined],
    ['450 4.2.1 The user you are trying to contact is receiving mail at a rate that', 'rcpt', undefined],
    ['452 4.3.1 Insufficient system storage', 'mail', undefined],
    ['454 4.7.0 TLS not available just now', 'mail', undefined],
    ['450 4.2.1 Mailbox busy', 'rcpt', undefined],
  ] as const)('%s to %s is put off as %s', (reply, phase, why) => {
    const outcome = outcomeOfReply(reply, phase);

    expect(outcome.kind).toBe('deferred');
    expect(outcome.kind === 'deferred' ? outcome.why : null).toBe(why);
  });

  it.each([
    ['552 5.2.2 The account that you tried to reach is over quota', 'rcpt'],
    ['550 5.2.2 user quota exceeded', 'rcpt'],
    ['552 5.3.4 Message size exceeds fixed limit', 'message'],
    ['554 5.6.0 maximum allowed line length is 998 octets, got 2000', 'message'],
    ['550 5.7.1 Sender not allowed', 'mail'],
    ['550 5.3.4 Message exceeds sender limit of 10 MB', 'message'],
    ['550 5.2.3 Message exceeds user limit', 'rcpt'],
    ['550 5.5.3 Too many recipients per message; the limit is 100', 'message'],
    ['550 Too many recipients per message', 'message'],
    ['550 5.1.1 user unknown, account limit of attempts', 'rcpt'],
    ['554 5.6.0 Too many errors in the header', 'message'],
    ['550 5.7.1 Access to this account is limited to members', 'rcpt'],
  ] as const)('%s to %s is no sending limit', (reply, phase) => {
    expect(outcomeOfReply(reply, phase).kind).toBe('failed');
  });

  it('takes 552 to RCPT for too many recipients, unless the enhanced code says full', () => {
    expect(outcomeOfReply('552 Too many recipients', 'rcpt').kind).toBe('deferred');
    expect(outcomeOfReply('552 5.5.3 Too many recipients', 'rcpt').kind).toBe('deferred');
    expect(outcomeOfReply('552 5.2.2 Mailbox full', 'rcpt').kind).toBe('failed');
    expect(outcomeOfReply('552 Too large', 'message').kind).toBe('failed');
  });

  it.each(['500 what', '503 5.5.1 bad sequence', '530 5.7.0 sign in first', '538 encrypt'])(
    'defers %s, which is about the session and not about the mail',
    (reply) => {
      expect(outcomeOfReply(reply, 'mail')).toMatchObject({ kind: 'deferred', status: expect.stringMatching(/^4/) });
    },
  );

  it('defers when the enhanced code contradicts a permanent reply', () => {
    expect(outcomeOfReply('550 4.7.1 greylisted', 'rcpt').kind).toBe('deferred');
  });

  it('does not know what something that is no reply means after the dot', () => {
    expect(outcomeOfReply('hello?', 'message').kind).toBe('uncertain');
    expect(outcomeOfReply('hello?', 'rcpt').kind).toBe('deferred');
  });
});

describe('joinReply', () => {
  it('makes one line of many and says the codes once', () => {
    expect(joinReply('550-5.7.1 Not from here.\n550 5.7.1 See https://x.example')).toBe(
      '550 5.7.1 Not from here. See https://x.example',
    );
    expect(joinReply('451-first\r\n451 second')).toBe('451 first second');
  });

  it('cuts what no person reads, since it is kept for each recipient', () => {
    const novel = `${'450-4.2.0 and on it goes\r\n'.repeat(10_000)}450 4.2.0 end`;

    expect(joinReply(novel).length).toBeLessThan(2100);
  });
});

describe('enhancedStatus', () => {
  it('ignores a number that only looks like one', () => {
    expect(enhancedStatus('250 1.2.3 ok')).toBe('2.0.0');
    expect(enhancedStatus('550 5.1.10 null MX')).toBe('5.1.10');
  });
});
