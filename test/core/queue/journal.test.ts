import { describe, expect, it } from 'vitest';
import { type JournalRecord, parseRecords } from '../../../core/queue/journal.js';
import { boundRecords, formatRecord, formatWithin } from '../../../core/queue/journal-bounds.js';
import { attemptRecord, troubleRecord } from './journal-records.js';

function back(line: string): JournalRecord {
  const [record] = parseRecords(line);
  if (record === undefined) throw new Error(`no record: ${line.slice(0, 200)}`);
  return record;
}

describe('a record of the journal', () => {
  it('is the same after it was written and read', () => {
    const record = attemptRecord({ transcript: ['>>> MAIL From:<me@x>', '250 ok'], reply: '250 ok' });

    expect(back(formatRecord(record))).toEqual(record);
  });

  it('keeps what a relay said byte for byte, in one line', () => {
    const record = attemptRecord({ reply: '550 \u001b[2J\n\r\u0000\u2028 "gr\u00fc\u00df"' });

    const line = formatRecord(record);

    expect(line).not.toMatch(/[\u0000-\u001f]/);
    expect(back(line).reply).toBe(record.reply);
  });

  it('loses the beginning of a long transcript before anything else', () => {
    const transcript = Array.from({ length: 150 }, (_, index) => `${index} ${'x'.repeat(100)}`);
    const record = attemptRecord({ transcript });

    const line = formatRecord(record);

    const kept = back(line);
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(8192);
    expect(kept.transcript?.at(-1)).toBe(transcript.at(-1));
    expect(kept.transcript?.length).toBeGreaterThan(60);
    expect({ ...kept, transcript }).toEqual(record);
  });

  it('names those first who did not get it, and counts who is left out', () => {
    const recipients = Array.from({ length: 100_000 }, (_, index) => ({
      address: `u${index}@example.org`,
      outcome: index === 99_999 ? ('failed' as const) : ('sent' as const),
      reply: 'x'.repeat(500),
      status: '2.0.0',
    }));

    const line = formatRecord(attemptRecord({ recipients, transcript: ['250 ok'] }));

    const kept = back(line);
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(8192);
    expect(kept.recipients[0]).toMatchObject({ address: 'u99999@example.org', outcome: 'failed' });
    expect(kept.recipients.length + (kept.moreRecipients ?? 0)).toBe(100_000);
  });

  it.each([
    ['a torn line', '{"at":1,"endedAt":2,"rel'],
    ['no object', 'null\n7\n"x"\n[]'],
    ['what has no recipients', JSON.stringify({ ...attemptRecord(), recipients: undefined })],
    ['an outcome it does not know', JSON.stringify(attemptRecord()).replace('"sent"', '"lost"')],
    ['a time that is none', JSON.stringify({ ...attemptRecord(), at: 1e300 })],
    ['words that are a number', JSON.stringify({ ...attemptRecord(), reply: 5 })],
    ['a phase it does not know', JSON.stringify({ ...attemptRecord(), phase: '__proto__' })],
  ])('is not made of %s, which spoils no other', (_, text) => {
    expect(parseRecords(`${text}\n${formatRecord(attemptRecord())}\n`)).toEqual([attemptRecord()]);
  });
});

describe('the records of a message', () => {
  it('show the same trouble in a row once, from the first time to the last', () => {
    const records = [1, 2, 3].map((minute) => troubleRecord(minute * 60_000));

    expect(boundRecords([...boundRecords(records.slice(0, 2)), ...records.slice(2)])).toEqual([
      { ...troubleRecord(60_000), endedAt: 180_500, times: 3 },
    ]);
  });

  it('show each change of a trouble, and each answer', () => {
    const records = [
      troubleRecord(1000),
      troubleRecord(2000, { problem: 'the certificate has expired' }),
      troubleRecord(3000, { problem: 'the certificate has expired', relay: 'work' }),
      attemptRecord(),
      attemptRecord(),
    ];

    expect(boundRecords(records)).toEqual(records);
  });

  it('are the first five and the last forty-five of many', () => {
    const records = Array.from({ length: 80 }, (_, at) => attemptRecord({ at }));

    expect(boundRecords(records).map(({ at }) => at)).toEqual(
      [...records.slice(0, 5), ...records.slice(-45)].map(({ at }) => at),
    );
  });

  it('fit into what is given: old transcripts go first, then the middle', () => {
    const transcript = Array.from({ length: 50 }, () => 'x'.repeat(100));
    const records = Array.from({ length: 50 }, (_, at) => attemptRecord({ at, transcript }));

    const some = formatWithin(records, 48 * 1024);
    const few = formatWithin(records, 2000);

    expect(some.join('\n').length).toBeLessThanOrEqual(48 * 1024);
    expect(some.map((line) => back(line).at)).toEqual(records.map(({ at }) => at));
    expect(back(some.at(-1) ?? '').transcript).toEqual(transcript);
    expect(back(some[0] ?? '').transcript).toBeUndefined();
    expect(few.map((line) => back(line).at)).toEqual([0, 1, 2, 3, 4, 47, 48, 49]);
  });
});
