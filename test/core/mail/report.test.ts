import { describe, expect, it } from 'vitest';
import { formatInterval } from '../../../core/mail/interval.js';
import { refusalOf, reportedStatus } from '../../../core/mail/refusal.js';
import { formatReport } from '../../../core/mail/report.js';
import { createBodyCopier } from '../../../core/mail/report-body.js';
import { recordSession } from '../../../core/mail/session-record.js';

describe('the body in a report', () => {
  const body = 'From here\nFromage\n--mark\n--other\nFrom';

  it.each([1, 2, 3, 7, 100])('is told from mailbox and part lines, in chunks of %d', (size) => {
    const copier = createBodyCopier('mark');
    let text = '';

    for (let at = 0; at < body.length; at += size)
      text += copier.copy(Buffer.from(body.slice(at, at + size))).toString();
    text += copier.finish().toString();

    expect(text).toBe('>From here\nFromage\n --mark\n--other\nFrom');
  });
});

describe('what a report says for programs', () => {
  const report = (envelopeId: string, originalRecipient: string) =>
    formatReport({
      ...{ id: 'A', atSeconds: 0, offsetMinutes: () => 0, hostname: 'x.org', transcript: [] },
      original: { id: 'B', createdAtSeconds: 0, receivedFrom: 'a@x', envelopeId, eightBit: false, header: '' },
      recipients: [
        {
          ...{ address: 'b@x', fate: 'failed', finalRecipient: 'RFC822; b@x', actualRecipient: 'b@x' },
          ...{ originalRecipient, status: '5.1.1', attemptedAtSeconds: 0 },
        },
      ],
      ...{ toPostmaster: false, warning: false, withBody: false },
    }).head;

  it('is decoded', () => {
    expect(report('a+2Bb', 'rfc822;b+2Bc@x')).toMatch(
      /^Original-Envelope-Id: a\+b$[\s\S]*^Original-Recipient: rfc822;b\+c@x$/m,
    );
  });

  it('cannot be made to hold other fields', () => {
    const head = report('a+0AAction:+20delivered', 'rfc822;b+0D+0A+0D+0A--part');

    expect(head).toContain('Original-Envelope-Id: a+0AAction:+20delivered\n');
    expect(head).toContain('Original-Recipient: rfc822;b+0D+0A+0D+0A--part\n');
  });
});

describe('a session', () => {
  it('gives each reply to the oldest command without one', () => {
    const { recipients, data, refusals } = recordSession([
      '>>> MAIL From:<a@x>',
      '250 ok',
      '>>> RCPT To:<"b>c"@x> NOTIFY=NEVER',
      '>>> RCPT To:<d@x>',
      '>>> DATA',
      '550-5.1.1 no',
      '550 5.1.1 such',
      'b@x... User unknown',
      '250 yes',
      '354 go',
    ]);

    expect([...recipients]).toEqual([
      ['"b>c"@x', ['550-5.1.1 no', '550 5.1.1 such']],
      ['d@x', ['250 yes']],
    ]);
    expect(data).toEqual(['354 go']);
    expect(refusals).toEqual([
      { step: 'rcpt', address: '"b>c"@x', command: 'DATA', lines: ['550-5.1.1 no', '550 5.1.1 such'] },
    ]);
  });

  it('takes nothing after a refused MAIL for an answer about anything', () => {
    const lines = ['>>> MAIL From:<a@x>', '>>> RCPT To:<b@x>', '>>> DATA', '550 no', '503 what', '503 what'];

    expect(recordSession(lines).refusals).toEqual([{ step: 'mail', command: 'MAIL From:<a@x>', lines: ['550 no'] }]);
  });
});

describe('a refusal', () => {
  it.each([
    ['550 5.1.1 no', 'rcpt', 'User unknown', '5.1.1'],
    ['551 moved', 'rcpt', 'User unknown', '5.1.6'],
    ['554 no', 'rcpt', 'Service unavailable', '5.0.0'],
    ['553 bad', 'mail', 'Data format error', '5.1.3'],
    ['550 5.7.1 no', 'mail', 'Service unavailable', '5.7.1'],
    ['554 5.7.1 no', 'data', 'Service unavailable', '5.5.0'],
    ['550 no', 'message', 'Service unavailable', '5.2.0'],
  ] as const)('%s to %s is %s, %s', (reply, command, words, status) => {
    expect(refusalOf(reply, command).words).toBe(words);
    expect(reportedStatus(reply, command)).toBe(status);
  });
});

describe('a length of time', () => {
  it.each([
    [14_400, '4 hours'],
    [432_000, '5 days'],
    [691_200, '1 week, 1 day'],
    [93_780, '1 day, 2 hours, 3 minutes'],
    [0, 'zero seconds'],
  ])('%d is %s', (seconds, words) => {
    expect(formatInterval(seconds)).toBe(words);
  });
});
