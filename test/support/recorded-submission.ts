/**
 * A submission run in process as a recorded one of the real sendmail was: its words, input,
 * environment and user, and the id and time that its first job got. What comes back is all that
 * the two are compared by.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fullNameOfGecos } from '../../core/mail/full-name.js';
import type { SubmissionEnvironment } from '../../core/submission/environment.js';
import { lookUpFullName } from '../../core/submission/identity.js';
import { zoneOffsetMinutes } from '../../core/submission/local-time.js';
import { parseCommandLine } from '../../core/submission/options.js';
import type { Invocation } from '../../core/submission/request.js';
import { serveSmtp } from '../../core/submission/smtp-session.js';
import { submit } from '../../core/submission/submit.js';
import { createTestEnvironment } from '../core/submission/support.js';

/** Texts are one character a byte. */
export interface RecordedSubmission {
  readonly args: readonly string[];
  readonly stdin: string;
  readonly env: Readonly<Record<string, string>>;
  readonly argv0: string;
  readonly user: string;
  readonly uid: number;
  readonly gecos: string;
  readonly tz: string;
  readonly hostname: string;
  /** Ids in order of creation, and seconds of the first. */
  readonly ids: readonly string[];
  readonly createdAtSeconds: number;
}

export interface SubmissionResult {
  /** By queue file name. */
  readonly files: Readonly<Record<string, string>>;
  readonly exit: number;
  readonly stdout: string;
}

export function invocationOf({ argv0, args, uid }: RecordedSubmission): Invocation {
  return parseCommandLine(argv0, '/usr/libexec/sendmail/sendmail', args, { root: uid === 0 });
}

/** `directory` is the test's own; the home directory in it is spoken of as `home`. */
export async function replaySubmission(
  recorded: RecordedSubmission,
  directory: string,
  home: string,
): Promise<SubmissionResult> {
  const said: string[] = [];
  const ownHome = path.join(directory, 'home');
  fs.mkdirSync(ownHome, { recursive: true });
  const exit = await carryOut(invocationOf(recorded), environmentOf(recorded, directory, ownHome, said));
  return { files: spoolFiles(directory), exit, stdout: said.join('').replaceAll(ownHome, home) };
}

async function carryOut({ action, warnings }: Invocation, environment: SubmissionEnvironment): Promise<number> {
  for (const warning of warnings) environment.say(warning);
  if (action.mode === 'deliver') return (await submit(action.request, environment)).status;
  if (action.mode === 'smtp') {
    const software = 'Sendmail 8.17.1.9/8.17.1.9/Submit';
    return serveSmtp(action.request, environment, { software, onQueued: async () => {} });
  }
  if (action.mode !== 'refused') throw new Error(`not a submission: ${action.mode}`);
  environment.say(action.stdout);
  return action.status;
}

function environmentOf(
  recorded: RecordedSubmission,
  directory: string,
  home: string,
  said: string[],
): SubmissionEnvironment {
  const ids = [...recorded.ids];
  return createTestEnvironment(directory, {
    clock: { now: () => recorded.createdAtSeconds * 1000 },
    offsetMinutes: (at) => zoneOffsetMinutes(at, recorded.tz) ?? 0,
    ids: { next: () => ids.shift() ?? 'AAAAAAAA000000' },
    submitter: {
      login: recorded.user,
      uid: recorded.uid,
      fullName: fullNameOfGecos(recorded.gecos, recorded.user),
    },
    fullName: recorded.env['NAME'] || null,
    lookUpFullName: (login) => (login === 'alice' ? 'Alice Example' : lookUpFullName(login)),
    hostname: recorded.hostname,
    version: '8.17.1.9/8.17.1.9/Submit',
    home,
    input: chunksOf(Buffer.from(recorded.stdin, 'latin1')),
    say: (text) => said.push(text),
  });
}

/** Cut in odd places: neither a line nor CR LF may depend on where a chunk ends. */
async function* chunksOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  const length = bytes.length > 10_000 ? 4093 : 7;
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

function spoolFiles(directory: string): Record<string, string> {
  const spool = path.join(directory, 'spool');
  const names = fs.existsSync(spool) ? fs.readdirSync(spool).sort() : [];
  return Object.fromEntries(names.map((name) => [name, fs.readFileSync(path.join(spool, name), 'latin1')]));
}
