/**
 * The same queue files flushed twice: by the real sendmail with `-q -v`, and by a run of ours in process,
 * each with a relay of its own that answers alike.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { selectForRun } from '../../core/cli/run-selection.js';
import type { Rewriting } from '../../core/mail/rewriting.js';
import type { RunOptions } from '../../core/queue/run-context.js';
import { parseCommandLine } from '../../core/submission/options.js';
import { setUpRealSendmail } from './real-sendmail.js';
import { findClosedPort, replayRun } from './recorded-run.js';
import { type Sink, type SinkOptions, startSink } from './sink-relay.js';

export type QueueFiles = Readonly<Record<string, string>>;

export interface JobParts {
  readonly sender?: string;
  readonly recipients?: readonly string[];
  readonly lines?: readonly string[];
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly ageSeconds?: number;
  readonly priority?: number;
}

export const now = Math.floor(Date.now() / 1000);

export function job(index: number, parts: JobParts): QueueFiles {
  const { sender = 'alice', recipients = ['RPFD:bob@example.net'], lines = [], headers = [], body = 'Hi\n' } = parts;
  const { ageSeconds = 0, priority = 30_000 + index } = parts;
  const id = `6AKNAo${String(index).padStart(2, '0')}001942`;
  const records = ['V8', `T${now - ageSeconds}`, 'K0', 'N0', `P${priority}`, 'Fs', '$_alice@localhost']
    .concat(`\${daemon_flags}c u`, `S${sender}`, lines, recipients)
    .concat('H?P?Return-Path: <\u0081g>', `H??X-Job: ${index}`, headers, '.');
  return { [`df${id}`]: body, [`qf${id}`]: `${records.join('\n')}\n` };
}

export function put(directory: string, files: QueueFiles, mode: number): void {
  const { uid, gid } = fs.statSync(directory);
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(directory, name);
    fs.writeFileSync(file, content, 'latin1');
    fs.chmodSync(file, mode);
    fs.chownSync(file, uid, gid);
  }
}

export const REPORT_IDS = Array.from({ length: 20 }, (_, index) => `7AAAAA00${100_000 + index}`);

export interface Flushed {
  readonly messages: Sink['messages'];
  readonly transcript: string;
  readonly exit: number | null;
  /** What is left in the queue. */
  readonly files: QueueFiles;
}

export interface FlushOptions {
  /** How the relay answers; null: nobody listens. */
  readonly sink?: SinkOptions | null;
  /** Besides `-q -v`. */
  readonly args?: readonly string[];
  /** Lines of m4 for the real one. */
  readonly m4?: string;
  /** The same, in front of FEATURE(msp). */
  readonly m4Before?: string;
  readonly run?: Partial<RunOptions>;
  /** Settings of masquerading for ours. */
  readonly rewriting?: Partial<Rewriting>;
}

export async function flushBoth(
  files: QueueFiles,
  { sink = {}, args = [], m4 = '', m4Before = '', run = {}, rewriting = {} }: FlushOptions = {},
): Promise<{ theirs: Flushed; ours: Flushed }> {
  const theirSink = sink === null ? null : await startSink(sink);
  const closed = await findClosedPort();
  const theirPort = theirSink?.port ?? closed;
  const sendmail = setUpRealSendmail(theirPort, m4, m4Before);
  put(sendmail.spoolDirectory, files, 0o660);
  const words = args.includes('-qf') ? args : ['-q', '-v', ...args];
  const { stdout, status } = await sendmail.run(words);

  const ourSink = sink === null ? null : await startSink(sink);
  const ourPort = ourSink?.port ?? closed;
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-both-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true }));
  put(directory, files, 0o600);
  const { action, common } = parseCommandLine('sendmail', 'sendmail', words, { root: true });
  if (action.mode !== 'run') throw new Error(`not a run: ${words.join(' ')}`);
  const chosen = selectForRun(directory, action.run, now);
  const { transcript, summary } = await replayRun({
    spoolDirectory: directory,
    port: ourPort,
    at: now,
    ids: REPORT_IDS,
    verbose: common.verbose,
    rewriting,
    options: {
      ...(chosen === null ? {} : { select: ({ id }) => chosen.has(id) }),
      ...(chosen === null || action.run.sort === null ? {} : { order: [...chosen] }),
      ...run,
    },
  });
  return {
    theirs: {
      messages: theirSink?.messages ?? [],
      transcript: plain(stdout, sendmail.spoolDirectory, theirPort),
      exit: status,
      files: filesIn(sendmail.spoolDirectory),
    },
    ours: {
      messages: ourSink?.messages ?? [],
      transcript: plain(transcript, directory, ourPort),
      exit: summary.exitStatus,
      files: filesIn(directory),
    },
  };
}

function plain(transcript: string, directory: string, port: number): string {
  return transcript.replaceAll(directory, 'QUEUE').replaceAll(`port ${port}`, 'port 2525');
}

function filesIn(directory: string): QueueFiles {
  const names = fs.readdirSync(directory).sort();
  return Object.fromEntries(names.map((name) => [name, fs.readFileSync(path.join(directory, name), 'latin1')]));
}
