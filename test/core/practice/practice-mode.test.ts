import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, expectTypeOf, it, onTestFinished } from 'vitest';
import type { Relay } from '../../../core/delivery/relay.js';
import {
  endPractice,
  type Practice,
  practiceProblem,
  practiceRelay,
  readPractice,
  servedByPractice,
  startPractice,
} from '../../../core/practice/practice-mode.js';

const SINCE = 1_795_302_650_400;
const PRACTICE: Practice = { port: 40_321, since: SINCE, maildir: path.resolve('/home/me/practice') };

describe('practice mode', () => {
  it('is off where nobody began it', () => {
    const directory = stateDirectory();

    expect(readPractice(directory)).toBeNull();
    expect(practiceProblem(directory)).toBeNull();
  });

  it('is known to every process once begun, also in a state directory that was not there', () => {
    const directory = path.join(stateDirectory(), 'state');

    startPractice(directory, PRACTICE);

    expect(readPractice(directory)).toEqual(PRACTICE);
    expect(fs.readdirSync(directory)).toEqual(['practice.json']);
  });

  it('keeps its beginning when it is begun again with another port', () => {
    const directory = stateDirectory();
    startPractice(directory, PRACTICE);

    startPractice(directory, { ...PRACTICE, port: 40_999, since: SINCE + 86_400_000 });

    expect(readPractice(directory)).toEqual({ ...PRACTICE, port: 40_999 });
  });

  it('is over after its end, which may be said twice', () => {
    const directory = stateDirectory();
    startPractice(directory, PRACTICE);

    endPractice(directory);
    endPractice(directory);

    expect(readPractice(directory)).toBeNull();
  });

  it('can be ended where there is no state directory', () => {
    const directory = path.join(stateDirectory(), 'none');

    endPractice(directory);

    expect(fs.existsSync(directory)).toBe(false);
  });

  it.each([
    ['nothing', ''],
    ['half of one', '{"port": 40321, "since": 17953'],
    ['no object', 'null'],
    ['no port', JSON.stringify({ ...PRACTICE, port: undefined })],
    ['a port that is none', JSON.stringify({ ...PRACTICE, port: 70_000 })],
    ['a beginning in words', JSON.stringify({ ...PRACTICE, since: 'yesterday' })],
    ['a mailbox that depends on where we are', JSON.stringify({ ...PRACTICE, maildir: 'practice' })],
  ])('reads a note with %s as no practice, and says what is wrong with it', (_name, text) => {
    const directory = stateDirectory();
    fs.writeFileSync(path.join(directory, 'practice.json'), text);

    expect(readPractice(directory)).toBeNull();
    expect(practiceProblem(directory)).toContain(path.join(directory, 'practice.json'));
  });

  it('delivers in the clear to loopback alone, with no credentials', () => {
    const relay = practiceRelay(PRACTICE);

    expect(relay).toMatchObject({ name: 'practice', host: '127.0.0.1', port: 40_321, security: 'none' });
    expect(relay.auth).toEqual({ method: 'none' });
    expectTypeOf(relay).toExtend<Relay>();
  });

  it.each<[string, number, boolean]>([
    ['long before it began', SINCE / 1000 - 3600, false],
    ['in the second before', Math.floor(SINCE / 1000) - 1, false],
    ['in the second in which it began', Math.floor(SINCE / 1000), true],
    ['later', SINCE / 1000 + 3600, true],
  ])('takes or leaves a message written %s', (_name, createdAtSeconds, expected) => {
    expect(servedByPractice(PRACTICE, Math.floor(createdAtSeconds))).toBe(expected);
  });
});

function stateDirectory(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-practice-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
}
