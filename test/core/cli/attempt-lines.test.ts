import { describe, expect, it } from 'vitest';
import { attemptLines, fateWords } from '../../../core/cli/attempt-lines.js';
import { formatTime } from '../../../core/cli/output.js';
import { attemptRecord, troubleRecord } from '../queue/journal-records.js';

const AT = 1_795_200_000_000;
const to = (address: string, outcome: 'sent' | 'deferred' | 'failed' | 'uncertain', reply: string) => ({
  address,
  outcome,
  reply,
  status: '',
});

describe('attempts for people', () => {
  it('say when, where, how far, in whose words, and who fared alike', () => {
    const record = attemptRecord({
      phase: 'message',
      reply: '250 2.0.0 ok',
      recipients: [
        to('ann@example.org', 'sent', '250 2.0.0 ok'),
        to('gone@example.org', 'failed', '550 5.1.1 No\r\n550 5.1.1 such user'),
        to('bob@example.org', 'sent', '250 2.0.0 ok'),
      ],
      moreRecipients: 7,
    });

    expect(attemptLines([record])).toEqual([
      `${formatTime(AT)}  home (smtp.example.org [192.0.2.1]), ended at the end of the message`,
      '    TLSv1.3, 1.2 kB handed over',
      '    250 2.0.0 ok',
      '    sent ann@example.org, bob@example.org',
      '    failed gone@example.org: 550 5.1.1 No 550 5.1.1 such user',
      '    and 7 more recipients',
    ]);
  });

  it('say a trouble once, with how often and until when', () => {
    const record = { ...troubleRecord(AT), times: 14, endedAt: AT + 7_200_000 };

    expect(attemptLines([record])).toEqual([
      `${formatTime(AT)} and 13 more times until ${formatTime(AT + 7_200_000)}  home (smtp.example.org), ended at the connection`,
      '    nobody listens at smtp.example.org port 465',
    ]);
  });

  it('say that a session was in the clear', () => {
    const record = attemptRecord({ tls: null, bytes: 0, host: '192.0.2.1', recipients: [] });

    expect(attemptLines([record])).toEqual([
      `${formatTime(AT)}  home (192.0.2.1), ended at the end of the message`,
      '    not encrypted',
    ]);
  });

  it('name ten of a hundred that fared alike', () => {
    const recipients = Array.from({ length: 100 }, (_, index) => to(`u${index}@x`, 'deferred', '451 later'));

    const [, , line] = attemptLines([attemptRecord({ recipients })]);

    expect(line).toBe(
      `    deferred ${recipients
        .slice(0, 10)
        .map(({ address }) => address)
        .join(', ')} and 90 more: 451 later`,
    );
  });
});

describe('what became of a message that left', () => {
  it.each([
    ['sent', [to('a@x', 'sent', '250')], 'sent on'],
    ['refused', [to('a@x', 'sent', '250'), to('b@x', 'failed', '550')], 'not all was sent: 1 refused for good on'],
    ['taken away by somebody', [to('a@x', 'deferred', '451')], 'it was not sent at its last attempt on'],
    ['sent in part', [to('a@x', 'sent', '250'), to('b@x', 'deferred', '451')], 'sent on'],
    ['never answered', [], 'it was not sent at its last attempt on'],
  ] as const)('says that it was %s', (_, recipients, words) => {
    expect(fateWords(attemptRecord({ recipients }))).toContain(words);
  });
});
