/** The cases recorded from the real sendmail (test/corpus, its README says what each file is), one character a byte. */
import fs from 'node:fs';
import path from 'node:path';
import type { RecordedSubmission } from './recorded-submission.js';

const corpus = path.resolve(import.meta.dirname, '../corpus');

export interface RecordedJob {
  readonly id: string;
  /** T line, seconds. */
  readonly ctime: number;
  readonly pid: number;
  readonly qf_mode: string;
  readonly df_mode: string;
}

export interface RecordedMeta {
  readonly user: string;
  readonly uid: number;
  readonly gecos: string;
  readonly tz: string;
  readonly hostname: string;
  readonly argv0?: string;
  readonly jobs: readonly RecordedJob[];
}

export interface RecordedCase {
  readonly name: string;
  readonly meta: RecordedMeta;
  readonly submission: RecordedSubmission;
  /** What the submission left and said; queue files by their live names, in the order of `meta.jobs`. */
  readonly result: {
    readonly files: Readonly<Record<string, string>>;
    readonly exit: number;
    readonly stdout: string;
    readonly stderr: string;
  };
  /** Any file of the case; null when it has none of that name. */
  read(file: string): string | null;
}

export function readRecordedCases(): RecordedCase[] {
  return fs
    .readdirSync(corpus)
    .filter((name) => /^\d{3}-/.test(name))
    .map(readCase);
}

function readCase(name: string): RecordedCase {
  const read = (file: string): string | null => {
    const place = path.join(corpus, name, file);
    return fs.existsSync(place) ? fs.readFileSync(place, 'latin1') : null;
  };
  const meta = JSON.parse(read('meta.json') ?? '') as RecordedMeta;
  const env = (read('env') ?? '').split('\n').flatMap((line) => (line.includes('=') ? [line.split(/=(.*)/s)] : []));
  return {
    name,
    meta,
    submission: {
      ...meta,
      args: (read('args') ?? '').split('\n').slice(0, -1),
      argv0: meta.argv0 ?? 'sendmail',
      env: Object.fromEntries(env.map(([key = '', value = '']) => [key, value])),
      stdin: read('stdin') ?? '',
      ids: meta.jobs.map((job) => job.id),
      createdAtSeconds: meta.jobs[0]?.ctime ?? 0,
    },
    result: {
      files: queueFiles(meta.jobs, read),
      exit: Number(read('exit')),
      stdout: read('stdout') ?? '',
      stderr: read('stderr') ?? '',
    },
    read,
  };
}

/** The first job's files have no number. */
function queueFiles(jobs: readonly RecordedJob[], read: (file: string) => string | null): Record<string, string> {
  const files: Record<string, string> = {};
  for (const [index, { id }] of jobs.entries()) {
    const suffix = index === 0 ? '' : `.${index + 1}`;
    for (const kind of ['df', 'hf', 'qf', 'Qf']) {
      const content = read(kind + suffix);
      if (content !== null) files[kind + id] = content;
    }
  }
  return files;
}
