import { describe, expect, it } from 'vitest';
import { scheduledReason } from '../../../core/mail/send-time.js';
import { type DescribeContext, describeJob } from '../../../core/queue/describe.js';
import { failedReason, parseHold } from '../../../core/queue/hold-reason.js';
import { control, NOW, NOW_SECONDS, recipient, snapshot } from './fixtures.js';

const online: DescribeContext = {
  relayFor: () => ({ kind: 'relay', name: 'home', trouble: null }),
  attended: true,
  pausedUntil: undefined,
  whenUncertain: 'retry',
  rewriting: { hostname: 'laptop.example.org' },
  now: NOW,
  undoWindowMs: 0,
  askWhenLateMs: 86_400_000,
  progress: () => null,
};
const uncertain = { relay: 'home', at: NOW, recipients: ['bob@example.net'] };
const refused = { reason: 'smtp.example.org refuses connections.', remedy: 'It is tried again by itself.' };

describe('state and reason of a message', () => {
  it.each([
    ['just queued', snapshot(), online, 'waiting', /next queue run/],
    ['claimed by a run', snapshot({ locked: true }), online, 'sending', /queue run is working/],
    ['no agent', snapshot(), { ...online, attended: false }, 'waiting', /No agent is running/],
    ['paused', snapshot(), { ...online, pausedUntil: null }, 'waiting', /paused until you resume/],
    [
      'no relay',
      snapshot(),
      { ...online, relayFor: () => ({ kind: 'none', reason: 'No relay is set up yet.' }) },
      'waiting',
      /No relay is set up/,
    ],
    [
      'relay down',
      snapshot(),
      { ...online, relayFor: () => ({ kind: 'relay', name: 'home', trouble: refused }) },
      'waiting',
      /refuses connections/,
    ],
    [
      'put off',
      snapshot({
        control: control({ attempts: 1, lastAttemptSeconds: NOW_SECONDS, message: 'Deferred: 450 4.2.1 busy' }),
      }),
      online,
      'will-retry',
      /450 4\.2\.1 busy/,
    ],
    [
      'held',
      snapshot({ kind: 'hf', control: control({ quarantineReason: 'held: by hand' }) }),
      online,
      'held',
      /by hand/,
    ],
    [
      'left behind by an edit',
      snapshot({ kind: 'hf', control: control({ quarantineReason: 'edited: 6AL2XyZd001950 takes its place' }) }),
      online,
      'held',
      /6AL2XyZd001950 takes its place/,
    ],
    [
      'quarantined by a real sendmail',
      snapshot({ kind: 'hf', control: control({ quarantineReason: 'suspicious' }) }),
      online,
      'held',
      /suspicious/,
    ],
    [
      'refused',
      snapshot({ kind: 'hf', control: control({ quarantineReason: failedReason('550 no') }) }),
      online,
      'failed',
      /refused it for good/,
    ],
    [
      'beyond ASCII',
      snapshot({ kind: 'hf', control: control({ quarantineReason: failedReason('554 5.6.7 The header is') }) }),
      online,
      'failed',
      /beyond ASCII, which its relay does not take/,
    ],
    [
      'for TLS alone',
      snapshot({ kind: 'hf', control: control({ quarantineReason: failedReason('550 5.7.30 The message requires') }) }),
      online,
      'failed',
      /requires TLS all the way/,
    ],
    [
      'too large',
      snapshot({
        kind: 'hf',
        control: control({ quarantineReason: failedReason('552 5.3.4 The relay takes at most 9') }),
      }),
      online,
      'failed',
      /larger than its relay takes/,
    ],
    [
      'held, with a copy that may have been sent',
      snapshot({ kind: 'hf', control: control({ quarantineReason: 'asked: waiting since 2026-10-01' }), uncertain }),
      online,
      'held',
      /may have been sent/,
    ],
    ['no answer after the dot', snapshot({ uncertain }), online, 'maybe-sent', /may have been sent/],
    ['set aside', snapshot({ kind: 'Qf', damage: 'unrecognized line' }), online, 'lost', /unrecognized line/],
  ] as const)('%s', (_name, job, context, state, reason) => {
    const entry = describeJob(job, context as DescribeContext);

    expect(entry.state).toBe(state);
    expect(entry.reason).toMatch(reason);
    expect(entry.next).not.toBe('');
  });

  it('reads addresses in UTF-8 as such, and finds them in the header', () => {
    const [me, you] = ['j\u00fcrgen@example.org', '\u00c9va@example.net'].map((address) =>
      Buffer.from(address).toString('latin1'),
    );
    const to = {
      condition: '',
      name: 'To',
      value: ` \u00c3\u00ff\u0089va <${you?.replace('\u0089', '\u00ff\u0089')}>`,
    };

    const entry = describeJob(
      snapshot({ control: control({ sender: me ?? '', headers: [to], recipients: [recipient(you ?? '')] }) }),
      online,
    );

    expect(entry).toMatchObject({ sender: 'j\u00fcrgen@example.org', to: '\u00c9va <\u00c9va@example.net>' });
    expect(entry.recipients).toEqual([{ address: '\u00c9va@example.net', blind: false }]);
  });

  it('of one that may have been sent waits for the time to undo it as a run does', () => {
    const entry = describeJob(snapshot({ uncertain }), { ...online, undoWindowMs: 60_000 });

    expect(entry.nextAttemptAt).toBe(NOW + 60_000);
  });

  it('says of scheduled mail that an agent has to be there at its time', () => {
    const job = snapshot({
      kind: 'hf',
      control: control({ quarantineReason: scheduledReason(NOW + 3_600_000) }),
    });

    const [here, away] = [online, { ...online, attended: false }].map((context) => describeJob(job, context).next);

    expect(here).toBe('It goes at its time.');
    expect(away).toMatch(/Start it/);
  });

  it("gives the relay's own words verbatim", () => {
    const job = snapshot({
      kind: 'hf',
      control: control({ quarantineReason: failedReason('550 5.1.1 User unknown') }),
    });

    expect(describeJob(job, online).reply).toBe('550 5.1.1 User unknown');
  });

  it('has no next attempt where only a person can help', () => {
    const noRelay: DescribeContext = { ...online, relayFor: () => ({ kind: 'none', reason: 'none' }) };

    expect(describeJob(snapshot(), noRelay)).not.toHaveProperty('nextAttemptAt');
    expect(describeJob(snapshot({ uncertain }), { ...online, whenUncertain: 'hold' })).not.toHaveProperty(
      'nextAttemptAt',
    );
  });

  it('survives a control file that cannot be read', () => {
    const { control: _, ...unreadable } = snapshot({ damage: 'incomplete queue file' });

    expect(describeJob(unreadable, online)).toMatchObject({ state: 'lost', subject: '', recipients: [] });
  });
});

describe('what is shown of a message', () => {
  it('decodes the subject and takes out what would mislead', () => {
    const job = snapshot({
      control: control({
        headers: [
          { condition: '', name: 'Subject', value: ' =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\n  \u00e2\u00ff\u0080\u00aeexe.pdf' },
        ],
      }),
    });

    expect(describeJob(job, online).subject).toBe('Grüße exe.pdf');
  });

  it('marks recipients that are in no To or Cc', () => {
    const job = snapshot({
      control: control({ recipients: [recipient('bob@example.net'), recipient('secret@example.com')] }),
    });

    expect(describeJob(job, online).recipients).toEqual([
      { address: 'bob@example.net', blind: false },
      { address: 'secret@example.com', blind: true },
    ]);
  });

  it('does not take an address for another that ends alike', () => {
    const job = snapshot({
      control: control({
        headers: [{ condition: '', name: 'To', value: ' bigbob@example.net' }],
        recipients: [recipient('bob@example.net')],
      }),
    });

    expect(describeJob(job, online).recipients[0]?.blind).toBe(true);
  });
});

describe('what the relay said', () => {
  it('is shown in its own letters, though the queue holds bytes', () => {
    const said = (text: string): string => Buffer.from(text).toString('latin1');
    const message = said('Deferred: 450 Postfach \u00fcberf\u00fcllt');
    const job = snapshot({
      control: control({ attempts: 1, message, recipients: [recipient('bob@example.net', { message })] }),
    });
    const held = snapshot({ kind: 'hf', control: control({ quarantineReason: said('failed: 550 \u4e0a') }) });

    expect(describeJob(job, online).reply).toBe('450 Postfach \u00fcberf\u00fcllt');
    expect(describeJob(job, online).recipients[0]?.status).toBe('Deferred: 450 Postfach \u00fcberf\u00fcllt');
    expect(describeJob(held, online).reply).toBe('550 \u4e0a');
  });
});

describe('quarantine reasons', () => {
  it.each([
    ['failed: 550 5.1.1 User unknown', { kind: 'failed', reply: '550 5.1.1 User unknown' }],
    ['scheduled: until 2026-11-22T08:00:00Z', { kind: 'scheduled', until: Date.UTC(2026, 10, 22, 8) }],
    ['scheduled: until someday', { kind: 'held', why: 'scheduled: until someday' }],
    ['edited: 6AL2XyZd001950 takes its place', { kind: 'replaced', by: '6AL2XyZd001950' }],
    ['held: by hand', { kind: 'held', why: 'by hand' }],
    ['', { kind: 'held', why: '' }],
  ])('%s', (reason, hold) => {
    expect(parseHold(reason)).toEqual(hold);
  });
});
