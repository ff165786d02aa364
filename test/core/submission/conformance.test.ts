/**
 * Every recorded submission of the real sendmail, run in process with the recorded clock, id, user
 * and input: the queue files, exit status and standard output must be the same, byte for byte.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fullNameOfGecos } from '../../../core/mail/full-name.js';
import type { SubmissionEnvironment } from '../../../core/submission/environment.js';
import { zoneOffsetMinutes } from '../../../core/submission/local-time.js';
import { parseCommandLine } from '../../../core/submission/options.js';
import { serveSmtp } from '../../../core/submission/smtp-session.js';
import { submit } from '../../../core/submission/submit.js';
import { createTestEnvironment } from './support.js';

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
  .filter(({ invocation }) => ['deliver', 'smtp', 'refused'].includes(invocation.action.mode));

let directory = '';

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-conformance-'));
  fs.mkdirSync(path.join(directory, 'home'));
});
afterEach(() => fs.rmSync(directory, { recursive: true }));

describe('submission, recorded from sendmail', () => {
  it.each(cases)('$name', async ({ recorded, invocation, meta, env, stdin }) => {
    const said: string[] = [];

    const result = await carryOut(invocation, environmentOf(meta, env, stdin, said));

    const stdout = said.join('').replaceAll(path.join(directory, 'home'), '/home/alice');
    expect({ ...spoolFiles(), exit: result, stdout }).toEqual(recorded);
  });
});

interface Meta {
  readonly user: string;
  readonly uid: number;
  readonly gecos: string;
  readonly tz: string;
  readonly hostname: string;
  readonly argv0?: string;
  readonly jobs: readonly { readonly id: string; readonly ctime: number; readonly pid: number }[];
}

function readCase(folder: string) {
  const read = (name: string): string | null =>
    fs.existsSync(path.join(folder, name)) ? fs.readFileSync(path.join(folder, name), 'latin1') : null;
  const args = (read('args') ?? '').split('\n').slice(0, -1);
  const meta = JSON.parse(read('meta.json') ?? '') as Meta;
  const env = new Map(
    (read('env') ?? '').split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );
  return {
    meta,
    env,
    stdin: read('stdin') ?? '',
    invocation: parseCommandLine(meta.argv0 ?? 'sendmail', '/usr/libexec/sendmail/sendmail', args),
    recorded: {
      qf: read('qf'),
      df: read('df'),
      exit: Number(read('exit')),
      stdout: (read('stdout') ?? '').replace(NO_AUTH, ''),
    },
  };
}

async function carryOut(
  { action, warnings }: ReturnType<typeof parseCommandLine>,
  environment: SubmissionEnvironment,
): Promise<number> {
  for (const warning of warnings) environment.say(`${warning}\n`);
  if (action.mode === 'deliver') return (await submit(action.request, environment)).status;
  if (action.mode === 'smtp') {
    const software = 'Sendmail 8.17.1.9/8.17.1.9/Submit';
    return serveSmtp(action.request, environment, { software, onQueued: async () => {} });
  }
  if (action.mode !== 'refused') throw new Error(`not a submission: ${action.mode}`);
  environment.say(action.stdout);
  return action.status;
}

function environmentOf(meta: Meta, env: Map<string, string>, stdin: string, said: string[]): SubmissionEnvironment {
  const job = meta.jobs[0];
  const atMilliseconds = (job?.ctime ?? 0) * 1000;
  return createTestEnvironment(directory, {
    clock: { now: () => atMilliseconds },
    offsetMinutes: (at) => zoneOffsetMinutes(at, meta.tz) ?? 0,
    ids: { next: () => job?.id ?? 'AAAAAAAA000000' },
    submitter: { login: meta.user, uid: meta.uid, fullName: fullNameOfGecos(meta.gecos, meta.user) },
    fullName: env.get('NAME') ?? null,
    hostname: meta.hostname,
    version: '8.17.1.9/8.17.1.9/Submit',
    home: path.join(directory, 'home'),
    input: chunksOf(Buffer.from(stdin, 'latin1')),
    say: (text) => said.push(text),
  });
}

/** Cut in odd places: neither a line nor CR LF may depend on where a chunk ends. */
async function* chunksOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  const length = bytes.length > 10_000 ? 4093 : 7;
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

function spoolFiles(): { qf: string | null; df: string | null } {
  const spool = path.join(directory, 'spool');
  const names = fs.existsSync(spool) ? fs.readdirSync(spool).sort() : [];
  expect(names.map((name) => name.slice(0, 2))).toEqual(names.length === 0 ? [] : ['df', 'qf']);
  const [df, qf] = names.map((name) => fs.readFileSync(path.join(spool, name), 'latin1'));
  return { qf: qf ?? null, df: df ?? null };
}
