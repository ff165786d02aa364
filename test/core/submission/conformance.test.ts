/**
 * Every recorded submission of the real sendmail, run in process with the recorded clock, id, user
 * and input: the queue files, exit status and standard output must be the same, byte for byte.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { invocationOf, type RecordedSubmission, replaySubmission } from '../../support/recorded-submission.js';

const corpus = path.resolve(import.meta.dirname, '../../corpus');

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

/** The state after later steps is recorded in other files; qf and df are those of the submission. */
const FIRST = 1;
const LAST = 117;

const cases = fs
  .readdirSync(corpus)
  .filter((name) => /^\d{3}-/.test(name) && Number(name.slice(0, 3)) >= FIRST && Number(name.slice(0, 3)) <= LAST)
  .filter((name) => NOT_COMPARED[name] === undefined)
  .map((name) => ({ name, ...readCase(path.join(corpus, name)) }))
  .filter(({ submission }) => ['deliver', 'smtp', 'refused'].includes(invocationOf(submission).action.mode));

let directory = '';

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-conformance-'));
});
afterEach(() => fs.rmSync(directory, { recursive: true }));

describe('submission, recorded from sendmail', () => {
  it.each(cases)('$name', async ({ recorded, submission }) => {
    expect(await replaySubmission(submission, directory, '/home/alice')).toEqual(recorded);
  });
});

interface Meta {
  readonly user: string;
  readonly uid: number;
  readonly gecos: string;
  readonly tz: string;
  readonly hostname: string;
  readonly argv0?: string;
  readonly jobs: readonly { readonly id: string; readonly ctime: number }[];
}

function readCase(folder: string) {
  const read = (name: string): string | null =>
    fs.existsSync(path.join(folder, name)) ? fs.readFileSync(path.join(folder, name), 'latin1') : null;
  const meta = JSON.parse(read('meta.json') ?? '') as Meta;
  const first = meta.jobs[0];
  const submission: RecordedSubmission = {
    ...meta,
    args: (read('args') ?? '').split('\n').slice(0, -1),
    argv0: meta.argv0 ?? 'sendmail',
    env: Object.fromEntries((read('env') ?? '').split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2))),
    stdin: read('stdin') ?? '',
    ids: meta.jobs.map((job) => job.id),
    createdAtSeconds: first?.ctime ?? 0,
  };
  const queued = first === undefined ? {} : { [`df${first.id}`]: read('df'), [`qf${first.id}`]: read('qf') };
  return {
    submission,
    recorded: {
      files: queued,
      exit: Number(read('exit')),
      stdout: (read('stdout') ?? '').replace(NO_AUTH, ''),
    },
  };
}
