import { describe, expect, it } from 'vitest';
import { attemptLines } from '../../core/cli/attempt-lines.js';
import { PHASES } from '../../core/queue/journal.js';
import { attemptWords } from '../../renderer/history-words.js';
import { attemptRecord, troubleRecord } from '../core/queue/journal-records.js';
import { NOW } from '../support/queue-entries.js';

const place = { locale: 'en-GB', timeZone: 'UTC' };
const HOUR = 3_600_000;
const wordsOf = (record: Parameters<typeof attemptWords>[0]) => attemptWords(record, NOW, place);
const to = (address: string, outcome: 'sent' | 'deferred' | 'failed' | 'uncertain', reply: string) => ({
  address,
  outcome,
  reply,
  status: '',
});

describe('attemptWords', () => {
  it('say when, where to, how much and how safely, and who fared alike', () => {
    const record = attemptRecord({
      at: NOW,
      reply: '250 2.0.0 ok',
      recipients: [
        to('ann@example.org', 'sent', '250 2.0.0 ok'),
        to('gone@example.org', 'failed', '550-5.1.1 No\r\n550 5.1.1 such user'),
        to('bob@example.org', 'sent', '250 2.0.0 ok'),
      ],
      moreRecipients: 7,
      transcript: ['>>> .', '250 2.0.0 ok'],
    });

    expect(wordsOf(record)).toEqual({
      when: '14:05',
      where: 'home (smtp.example.org [192.0.2.1]), TLSv1.3, 1.2 kB handed over',
      ended: 'It went as far as the end of the message.',
      reply: '',
      fates: [
        { outcome: 'sent', words: 'Sent', names: 'ann@example.org, bob@example.org', reply: '250 2.0.0 ok' },
        {
          outcome: 'failed',
          words: 'Failed for good',
          names: 'gone@example.org',
          reply: '550-5.1.1 No\n550 5.1.1 such user',
        },
      ],
      more: 'and 7 more recipients',
      session: '>>> .\n250 2.0.0 ok',
      sessionLines: 2,
    });
  });

  it('say a trouble once, with how often and from when to when', () => {
    const record = troubleRecord(NOW - 20 * HOUR, { times: 14, endedAt: NOW });

    expect(wordsOf(record)).toMatchObject({
      when: '14 times, Thu 18:05 to 14:05',
      where: 'home (smtp.example.org)',
      ended: 'It went as far as the connection: nobody listens at smtp.example.org port 465.',
      fates: [],
    });
    expect(wordsOf({ ...record, at: NOW }).when).toBe('14 times, 14:05');
  });

  it('give the words of a relay that spoke before there was a recipient', () => {
    const record = troubleRecord(NOW, {
      phase: 'auth',
      problem: 'smtp.example.org refused the password.',
      reply: '535 5.7.8 Authentication failed',
    });

    expect(wordsOf(record)).toMatchObject({
      ended: 'It went as far as the sign-in: smtp.example.org refused the password.',
      reply: '535 5.7.8 Authentication failed',
    });
  });

  it('have no trouble to tell of what was sent', () => {
    expect(wordsOf(attemptRecord()).ended).toBe('');
  });

  it('say that a session was in the clear', () => {
    expect(wordsOf(attemptRecord({ tls: null, bytes: 0, host: '192.0.2.1' })).where).toBe(
      'home (192.0.2.1), not encrypted',
    );
  });

  it('name ten of a hundred that fared alike', () => {
    const recipients = Array.from({ length: 100 }, (_, index) => to(`u${index}@x`, 'deferred', '451 later'));

    expect(wordsOf(attemptRecord({ recipients })).fates).toMatchObject([
      { words: 'Put off', names: 'u0@x, u1@x, u2@x, u3@x, u4@x, u5@x, u6@x, u7@x, u8@x, u9@x and 90 more' },
    ]);
  });

  it('show nothing of a relay that could mislead', () => {
    const record = attemptRecord({
      address: '192.0.2.1\u001b]0;x\u0007',
      recipients: [to('ann\u202e@example.org', 'uncertain', '\u001b[2J421 \u202emoc')],
      transcript: ['250 \u009b31mred\u0007'],
    });

    expect(wordsOf(record)).toMatchObject({
      where: 'home (smtp.example.org [192.0.2.1]0;x]), TLSv1.3, 1.2 kB handed over',
      fates: [{ words: 'Maybe sent', names: 'ann@example.org', reply: '\ufffd[2J421 \ufffdmoc' }],
      session: '250 \ufffd31mred\ufffd',
    });
  });

  it.each(PHASES)('name the same place as `outtray queue show`: %s', (phase) => {
    const record = troubleRecord(NOW, { phase });

    const [line = ''] = attemptLines([record]);
    const inTerminal = line.replace(/^.* ended at /, '');

    expect(wordsOf(record).ended).toContain(inTerminal);
  });
});
