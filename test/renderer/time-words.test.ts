import { describe, expect, it } from 'vitest';
import { dayOf, fullTime, shortTime, timedWords, untilChangeMs, untilWords } from '../../renderer/time-words.js';

const place = { locale: 'en-GB', timeZone: 'Europe/Berlin' };
/** Friday, 20 November 2026, 15:05 in Berlin. */
const now = Date.UTC(2026, 10, 20, 14, 5);
const HOUR = 3_600_000;

describe('shortTime', () => {
  it.each([
    ['the time today', now - 5 * HOUR, '10:05'],
    ['the weekday within six days', now - 20 * HOUR, 'Thu 19:05'],
    ['the date before that', now - 10 * 24 * HOUR, '10 Nov'],
    ['the year where it is another one', now - 400 * 24 * HOUR, '16 Oct 2025'],
  ])('gives %s', (_what, at, words) => {
    expect(shortTime(at, now, place)).toBe(words);
  });

  it('takes the day of the time zone, not of UTC', () => {
    const beforeMidnight = Date.UTC(2026, 10, 20, 22, 59);

    expect(dayOf(beforeMidnight, place)).toBe(dayOf(now, place));
    expect(dayOf(beforeMidnight + 120_000, place)).not.toBe(dayOf(now, place));
  });
});

describe('timedWords', () => {
  it.each([
    ['the time today', now - 5 * HOUR, '10:05'],
    ['the weekday within six days', now - 20 * HOUR, 'Thu 19:05'],
    ['date and time before that', now - 10 * 24 * HOUR, '10 Nov, 15:05'],
    ['the year where it is another one', now - 400 * 24 * HOUR, '16 Oct 2025, 16:05'],
  ])('gives %s', (_what, at, words) => {
    expect(timedWords(at, now, place)).toBe(words);
  });
});

describe('fullTime', () => {
  it('leaves nothing out', () => {
    expect(fullTime(now, place)).toMatch(/^Friday,? 20 November 2026 at 15:05:00 CET$/);
  });
});

describe('untilWords', () => {
  it.each([
    ['in 40 s', now + 39_200],
    ['in 119 s', now + 119_000],
    ['at 15:10', now + 300_000],
    ['on Sat 15:05', now + 24 * HOUR],
    ['now', now - 1],
  ])('says %s', (words, at) => {
    expect(untilWords(at, now, place)).toBe(words);
  });

  it.each([now + 39_200, now + 40_000, now + 119_999, now + 300_000])(
    'says something else once untilChangeMs has passed (%d)',
    (at) => {
      const wait = untilChangeMs(at, now);

      expect(untilWords(at, now + (wait ?? 0), place)).not.toBe(untilWords(at, now, place));
    },
  );

  it('has nothing to wait for when it is due', () => {
    expect(untilChangeMs(now, now)).toBeNull();
  });
});
