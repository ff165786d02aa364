/**
 * Every recorded submission of the real sendmail, run in process with the recorded clock, id, user
 * and input: the queue files, exit status and standard output must be the same, byte for byte.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRecordedCases } from '../../support/recorded-cases.js';
import { invocationOf, replaySubmission } from '../../support/recorded-submission.js';

/** Cases that are no submission, and those in which we differ on purpose. */
const NOT_COMPARED: Readonly<Record<string, string>> = {
  '036-dash-t-no-recipients': 'sendmail exits 0 and the mail is gone; we say the same words and exit 64',
  '066-interactive-mode-port-closed': 'queue file after an attempt at delivery',
  '067-background-mode-port-closed': 'queue file after an attempt at delivery',
  '068-verbose-submission': 'queue file after an attempt at delivery',
  '082-utf8-c1-bytes-everywhere': 'sendmail refuses names and addresses in UTF-8 for some of their bytes',
  '088-utf8-c1-bytes-headers': 'sendmail refuses names in UTF-8 for some of their bytes',
};
/** Who runs the program is known; there is nothing to log in to. */
const NO_AUTH = '250-AUTH DIGEST-MD5 CRAM-MD5\r\n';

const cases = readRecordedCases()
  .filter(({ name }) => NOT_COMPARED[name] === undefined && !isOperation(name))
  .filter(({ submission }) => ['deliver', 'smtp', 'refused'].includes(invocationOf(submission).action.mode));

/** Neither a message nor a refusal of one. */
function isOperation(name: string): boolean {
  return Number(name.slice(0, 3)) > 117;
}

let directory = '';

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-conformance-'));
});
afterEach(() => fs.rmSync(directory, { recursive: true }));

describe('submission, recorded from sendmail', () => {
  it.each(cases)('$name', async ({ submission, result }) => {
    const ids = [...returnedIds(result.files), ...submission.ids];

    const replayed = await replaySubmission({ ...submission, ids }, directory, '/home/alice');

    expect(replayed).toEqual({
      files: mapValues(result.files, untried),
      exit: result.exit,
      stdout: result.stdout.replace(NO_AUTH, '').replace(/(?<=250-8BITMIME\r\n)/, '250-SMTPUTF8\r\n'),
    });
  });
});

/** A report is tried at once by sendmail, and by us with the next run: no submission waits for a relay. */
function untried(text: string): string {
  if (!/^F\w*r\w*$/m.test(text.split('\nS', 1)[0] ?? '')) return text;
  return text
    .replace(/^K\d+\nN\d+$/m, 'K0\nN0')
    .replace(/^I\d.*\n/m, '')
    .replace(/^M.*\n(?=F)/m, '');
}

/** Of a message that is only in a report: its id was given first. */
function returnedIds(files: Readonly<Record<string, string>>): string[] {
  return Object.values(files).flatMap((text) => {
    const id = /^This is a MIME[\s\S]*^Return-Path: [\s\S]*?\/Submit\) id (\w+)/m.exec(text)?.[1];
    return id === undefined || files[`qf${id}`] !== undefined ? [] : [id];
  });
}

function mapValues(files: Readonly<Record<string, string>>, map: (text: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [name, map(text)]));
}
