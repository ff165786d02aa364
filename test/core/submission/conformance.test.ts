/**
 * Every recorded submission of the real sendmail, run in process with the recorded clock, id, user
 * and input: the queue files, exit status and standard output must be the same, byte for byte.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RecordedCase, readRecordedCases } from '../../support/recorded-cases.js';
import { invocationOf, replaySubmission } from '../../support/recorded-submission.js';

/** Cases that are no submission, and those in which we differ on purpose. */
const NOT_COMPARED: Readonly<Record<string, string>> = {
  '036-dash-t-no-recipients': 'sendmail exits 0 and the mail is gone; we say the same words and exit 64',
  '066-interactive-mode-port-closed': 'queue file after an attempt at delivery',
  '067-background-mode-port-closed': 'queue file after an attempt at delivery',
  '068-verbose-submission': 'queue file after an attempt at delivery',
  '084-em-error-mode-bad-address': 'a report is mailed back; we say what is wrong on standard error instead',
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
  it.each(cases)('$name', async ({ submission, meta, result }) => {
    const replayed = await replaySubmission(submission, directory, '/home/alice');

    expect(replayed).toEqual({
      files: filesOfFirst(meta, result.files),
      exit: result.exit,
      stdout: result.stdout.replace(NO_AUTH, ''),
    });
  });
});

/** A second job is a report. */
function filesOfFirst({ jobs }: RecordedCase['meta'], files: RecordedCase['result']['files']): Record<string, string> {
  const first = jobs[0]?.id;
  return Object.fromEntries(Object.entries(files).filter(([name]) => name.slice(2) === first));
}
