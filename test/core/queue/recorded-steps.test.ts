/**
 * The recorded cases that go on after the submission, step by step: queue files after each step
 * and the messages that the relay took must be the real sendmail's, byte for byte, and so must
 * standard output and the log but for what the clock has in them.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { changeQuarantine } from '../../../core/cli/quarantine.js';
import { openSpool } from '../../../core/spool/directory-spool.js';
import { parseCommandLine } from '../../../core/submission/options.js';
import { listQueue } from '../../support/listing.js';
import { findClosedPort, replayRun } from '../../support/recorded-run.js';
import { type Sink, startSink } from '../../support/sink-relay.js';

const corpus = path.resolve(import.meta.dirname, '../../corpus');

interface Job {
  readonly id: string;
  readonly file: string;
  readonly ctime: number;
}

interface Step {
  readonly step: number;
  readonly do?: 'edit';
  readonly what?: string;
  readonly args?: readonly string[];
  readonly exit?: number;
  readonly sink?: 'port closed' | readonly string[];
  readonly jobs?: readonly Job[];
}

/** Steps that we do otherwise on purpose. */
const NOT_COMPARED: Readonly<Record<string, string>> = {
  '069-dns-down-run': 'sendmail looks up the domain of each recipient and gives up; we leave that to the relay',
};

const cases = fs
  .readdirSync(corpus)
  .filter((name) => /^\d{3}-/.test(name) && NOT_COMPARED[name] === undefined)
  .map((name) => ({ name, folder: path.join(corpus, name), ...readMeta(path.join(corpus, name)) }))
  .filter(({ steps }) => steps.length > 0);

describe('queue runs, recorded from sendmail', () => {
  it.each(cases)('$name', async ({ folder, jobs, steps }) => {
    const spool = putInPlace(folder, jobs);

    for (const step of steps) {
      if (step.do === 'edit') {
        edit(spool, step.what ?? '');
        continue;
      }
      const sink = await openSink(step);
      const { stdout, log, exit } = await replay(folder, step, jobs, spool, sink);

      expect(filesIn(spool)).toEqual(recordedFiles(folder, step));
      expect((sink?.messages ?? []).map(({ text }) => text)).toEqual(recordedMessages(folder, step));
      expect(inRecordedPlace(stdout, spool, sink)).toBe(readStep(folder, step, 'stdout'));
      expect(log.map(withoutClock)).toEqual(recordedLog(folder, step).map(withoutClock));
      expect(exit).toBe(step.exit);
    }
  });
});

interface Replayed {
  readonly stdout: string;
  readonly log: readonly string[];
  readonly exit: number;
}

/** The step's command line, carried out. */
async function replay(
  folder: string,
  step: Step,
  jobs: readonly Job[],
  spoolDirectory: string,
  sink: Sink | null,
): Promise<Replayed> {
  const at = timeOf(folder, step, jobs);
  const { action, common } = parseCommandLine('sendmail', 'sendmail', step.args ?? [], { root: true });
  if (action.mode === 'list') {
    const options = { ...action.list, verbose: common.verbose, nowSeconds: at, timeZone: 'UTC' };
    return { stdout: listQueue(openSpool(spoolDirectory), options), log: [], exit: 0 };
  }
  if (action.mode !== 'run') throw new Error(`not a step: ${step.args?.join(' ')}`);
  if (action.run.quarantine !== null) {
    const lines: string[] = [];
    const log: string[] = [];
    const ports = {
      spool: openSpool(spoolDirectory),
      log: { write: (id: string | null, text: string) => void log.push(`${id}: ${text}`) },
      clock: { now: () => at * 1000, steady: () => 0, elapsed: () => 0 },
    };
    const exit = changeQuarantine(ports, action.run, action.run.quarantine.reason, (line) => lines.push(`${line}\n`));
    return { stdout: lines.join(''), log, exit };
  }
  const { transcript, log, summary } = await replayRun({
    spoolDirectory,
    port: sink?.port ?? (await findClosedPort()),
    at,
    ids: reportIds(folder, step, jobs),
    verbose: common.verbose,
  });
  return { stdout: transcript, log, exit: summary.exitStatus };
}

function readStep(folder: string, { step }: Step, what: string): string {
  return fs.readFileSync(path.join(folder, `step${step}.${what}`), 'latin1');
}

/** Without date, program and process. */
function recordedLog(folder: string, step: Step): string[] {
  return readStep(folder, step, 'syslog')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^<\d+>.*?\]: /, ''));
}

function withoutClock(line: string): string {
  return line.replace(/\b(x?delay)=[\d:+]+/g, '$1=');
}

function readMeta(folder: string): { jobs: readonly Job[]; steps: readonly Step[] } {
  const { jobs = [], steps = [] } = JSON.parse(fs.readFileSync(path.join(folder, 'meta.json'), 'utf8')) as {
    jobs?: Job[];
    steps?: Step[];
  };
  return { jobs, steps };
}

function putInPlace(folder: string, jobs: readonly Job[]): string {
  const spool = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-steps-'));
  onTestFinished(() => fs.rmSync(spool, { recursive: true }));
  for (const { id } of jobs.slice(0, 1)) {
    for (const file of ['qf', 'df']) fs.copyFileSync(path.join(folder, file), path.join(spool, file + id));
  }
  for (const name of fs.readdirSync(spool)) fs.chmodSync(path.join(spool, name), 0o600);
  return spool;
}

function inRecordedPlace(transcript: string, spool: string, sink: Sink | null): string {
  return transcript
    .replaceAll(spool, '/var/spool/clientmqueue')
    .replaceAll(/ port \d+ via/g, ' port 2525 via')
    .replaceAll(String(sink?.port ?? 'none'), '2525');
}

/** `T minus 4h1m` */
function edit(spool: string, what: string): void {
  const [, amount = '', unit, minutes = ''] = /^T minus (\d+)([hd])(\d+)m$/.exec(what) ?? [];
  const seconds = Number(amount) * (unit === 'd' ? 86_400 : 3600) + Number(minutes) * 60;
  for (const name of fs.readdirSync(spool).filter((file) => file.startsWith('qf'))) {
    const file = path.join(spool, name);
    const text = fs.readFileSync(file, 'latin1');
    fs.writeFileSync(
      file,
      text.replace(/^T(\d+)/m, (_, at: string) => `T${Number(at) - seconds}`),
      'latin1',
    );
  }
}

async function openSink({ sink }: Step): Promise<Sink | null> {
  if (sink === undefined || sink === 'port closed') return null;
  const argument = (name: string): string | undefined => sink[sink.indexOf(`--${name}`) + 1];
  const busy = sink.includes('--tempfail') ? argument('tempfail') : undefined;
  const gone = sink.includes('--reject') ? argument('reject') : undefined;
  return startSink({
    toRecipient(address) {
      if (busy !== undefined && address.startsWith(busy)) return '450 4.2.1 Mailbox busy';
      return gone !== undefined && address.startsWith(gone) ? '550 5.1.1 User unknown' : undefined;
    },
  });
}

/** The attempt's second, where a file tells it. */
function timeOf(folder: string, step: Step, jobs: readonly Job[]): number {
  for (const name of namesOf(folder, step).filter((file) => file.startsWith('qf'))) {
    const attempt = /^K(\d+)$/m.exec(fs.readFileSync(path.join(folder, name), 'latin1'))?.[1];
    if (attempt !== undefined && attempt !== '0') return Number(attempt);
  }
  return jobs[0]?.ctime ?? 0;
}

/** Of jobs that the step made: in the queue, or gone to the relay. */
function reportIds(folder: string, step: Step, jobs: readonly Job[]): string[] {
  const known = new Set(jobs.map(({ id }) => id));
  const left = (step.jobs ?? []).map(({ id }) => id).filter((id) => !known.has(id));
  const sent = recordedMessages(folder, step).flatMap(
    (text) => /^Received: from localhost \(localhost\)\r\n.* id (\S+);/.exec(text)?.[1] ?? [],
  );
  return [...left, ...sent];
}

function namesOf(folder: string, { step }: Step): string[] {
  return fs.readdirSync(folder).filter((name) => name.endsWith(`.step${step}`));
}

function recordedFiles(folder: string, step: Step): Record<string, string> {
  return Object.fromEntries(
    namesOf(folder, step).map((name) => {
      const [, kind = '', number = '1'] = /^([qdhQ]f)(?:\.(\d+))?\.step/.exec(name) ?? [];
      const id = step.jobs?.[Number(number) - 1]?.id ?? '';
      return [kind + id, withoutInode(fs.readFileSync(path.join(folder, name), 'latin1'))];
    }),
  );
}

function recordedMessages(folder: string, { step }: Step): string[] {
  return fs
    .readdirSync(folder)
    .filter((name) => new RegExp(`^step${step}\\.sink\\.\\d+\\.eml$`).test(name))
    .sort()
    .map((name) => fs.readFileSync(path.join(folder, name), 'latin1'));
}

function filesIn(spool: string): Record<string, string> {
  return Object.fromEntries(
    fs.readdirSync(spool).map((name) => [name, withoutInode(fs.readFileSync(path.join(spool, name), 'latin1'))]),
  );
}

function withoutInode(text: string): string {
  return text.replace(/^I\d+\/\d+\/\d+$/m, 'I');
}
