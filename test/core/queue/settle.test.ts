import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../core/delivery/delivery.js';
import { resultsOf } from '../../../core/queue/results.js';
import { settle as settleResults, withStatus } from '../../../core/queue/settle.js';
import type { ControlFile } from '../../../core/spool/control-file.js';
import { control, NOW_SECONDS, recipient } from './fixtures.js';

const SENT: Outcome = { kind: 'sent', reply: 'm0001 accepted', status: '2.0.0' };
const BUSY: Outcome = { kind: 'deferred', reply: '450 4.2.1 Mailbox busy', status: '4.2.1' };
const UNKNOWN: Outcome = { kind: 'failed', reply: '550 5.1.1 User unknown', status: '5.1.1' };
const NO_ANSWER: Outcome = { kind: 'uncertain', reply: 'no reply after the final dot', status: '4.4.2' };

const three = control({ recipients: ['ok', 'busy', 'gone'].map((user) => recipient(`${user}@example.net`)) });

function outcomes(entries: Record<string, Outcome>): ReadonlyMap<string, Outcome> {
  return new Map(Object.entries(entries));
}

function settle(before: ControlFile, fates: ReadonlyMap<string, Outcome>, nowSeconds: number, hostname: string) {
  return settleResults(before, resultsOf(before, fates, null, { hostname }), nowSeconds);
}

describe('settle', () => {
  it('leaves nothing when each recipient was sent', () => {
    expect(settle(control(), outcomes({ 'bob@example.net': SENT }), NOW_SECONDS, 'laptop.example.org')).toEqual({
      remaining: null,
      failed: null,
    });
  });

  it('splits one sent, one put off and one refused, as sendmail records an attempt', () => {
    const result = settle(
      three,
      outcomes({ 'ok@example.net': SENT, 'busy@example.net': BUSY, 'gone@example.net': UNKNOWN }),
      NOW_SECONDS,
      'laptop.example.org',
    );

    expect(result.remaining).toMatchObject({
      attempts: 1,
      lastAttemptSeconds: NOW_SECONDS,
      priority: 120_022,
      message: 'User unknown',
      recipients: [
        {
          message: 'Deferred: 450 4.2.1 Mailbox busy',
          controllingUser: ':busy@example.net',
          finalRecipient: 'RFC822; busy@example.net',
          flags: 'PFD',
          address: 'busy@example.net',
        },
      ],
    });
    expect(result.failed).toMatchObject({
      quarantineReason: 'failed: 550 5.1.1 User unknown',
      recipients: [{ address: 'gone@example.net', message: '550 5.1.1 User unknown' }],
    });
  });

  it('keeps a recipient whose fate is unknown', () => {
    const { remaining } = settle(control(), outcomes({ 'bob@example.net': NO_ANSWER }), NOW_SECONDS, 'x');

    expect(remaining?.recipients.map((each) => each.address)).toEqual(['bob@example.net']);
  });

  it('keeps a recipient that was not attempted exactly as it is', () => {
    const { remaining } = settle(three, outcomes({ 'ok@example.net': SENT }), NOW_SECONDS, 'x');

    expect(remaining?.recipients).toEqual(three.recipients.slice(1));
  });

  it('finds a local recipient by its completed address', () => {
    const local = control({ recipients: [recipient('bob')] });

    expect(
      settle(local, outcomes({ 'bob@laptop.example.org': SENT }), NOW_SECONDS, 'laptop.example.org').remaining,
    ).toBeNull();
  });

  it('puts a reply of several lines into one record', () => {
    const long: Outcome = { kind: 'failed', reply: '550-5.7.1 No\r\n550 5.7.1 never', status: '5.7.1' };

    expect(settle(control(), outcomes({ 'bob@example.net': long }), NOW_SECONDS, 'x').failed).toMatchObject({
      quarantineReason: 'failed: 550-5.7.1 No 550 5.7.1 never',
      message: '550-5.7.1 No 550 5.7.1 never',
    });
  });

  it('writes text beyond ASCII as UTF-8 bytes, as submission does', () => {
    const address = '\u4e0a\u6d77@example.net';
    const bytes = Buffer.from(address).toString('latin1');
    const chinese = control({ recipients: [recipient(bytes)] });
    const refused: Outcome = { kind: 'failed', reply: `550 5.1.1 ${address}`, status: '5.1.1' };

    const { failed } = settle(chinese, outcomes({ [address]: refused }), NOW_SECONDS, 'x');

    expect(failed).toMatchObject({ message: `550 5.1.1 ${bytes}`, quarantineReason: `failed: 550 5.1.1 ${bytes}` });
    expect(failed?.recipients[0]).toMatchObject({ controllingUser: `:${bytes}`, message: `550 5.1.1 ${bytes}` });
  });

  it('counts no attempt for a relay that could not be used', () => {
    expect(withStatus(control(), 'Connection refused by [127.0.0.1]')).toEqual({
      ...control(),
      message: 'Deferred: Connection refused by [127.0.0.1]',
    });
  });
});
