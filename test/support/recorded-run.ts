/**
 * A queue run in process as a recorded one of the real sendmail was: on files put into a directory
 * of the test's own, with the recorded clock and ids, against a relay that answers as the
 * recorded one did, or a port nobody listens on.
 */
import net, { type AddressInfo } from 'node:net';
import { createConnect } from '../../core/delivery/connect.js';
import type { Rewriting } from '../../core/mail/rewriting.js';
import { createPace } from '../../core/queue/pace.js';
import { createProgressBook } from '../../core/queue/progress.js';
import { runQueue } from '../../core/queue/run.js';
import type { ReportPorts, RunOptions, RunPorts, RunSummary } from '../../core/queue/run-context.js';
import { openSpool } from '../../core/spool/directory-spool.js';
import { returnedHeader } from '../../core/spool/returned-header.js';
import { createWireMessages } from '../../core/spool/wire-message.js';
import { zoneOffsetMinutes } from '../../core/submission/local-time.js';
import { systemClock } from '../../core/system/clock.js';
import { relaySettings } from './relay.js';

export interface RecordedRun {
  readonly spoolDirectory: string;
  readonly port: number;
  /** Seconds. */
  readonly at: number;
  readonly tz?: string;
  readonly hostname?: string;
  /** Settings of masquerading. */
  readonly rewriting?: Partial<Rewriting>;
  /** Of reports, in order. */
  readonly ids: readonly string[];
  /** false: -qf, which shows only what was refused. */
  readonly verbose?: boolean;
  /** false: the agent's own run. */
  readonly byHand?: boolean;
  readonly options?: Partial<RunOptions>;
  /** Carried from run to run, as an agent does. */
  readonly unrecorded?: RunPorts['unrecorded'];
  /** Aliases, for reports. */
  readonly addressed?: ReportPorts['addressed'];
}

export interface RunResult {
  readonly summary: RunSummary;
  /** Standard output. */
  readonly transcript: string;
  readonly log: readonly string[];
}

const HOUR = 3600;
const USERS = new Map([
  ['root', { uid: 0, gid: 0 }],
  ['alice', { uid: 4242, gid: 4242 }],
]);

export async function replayRun(run: RecordedRun): Promise<RunResult> {
  const { spoolDirectory, port, at, tz = 'UTC', hostname = 'laptop.example.org' } = run;
  const rewriting = { hostname, ...run.rewriting };
  const ids = [...run.ids];
  const spool = openSpool(spoolDirectory, { ids: { next: () => ids.shift() ?? '6AKNAo00000000' } });
  const relay = relaySettings(port, { name: 'home', host: '127.0.0.1', from: [] });
  const lines: string[] = [];
  const show = (line: string): void => void lines.push(`${line}\n`);
  const log: string[] = [];
  const summary = await runQueue(
    {
      spool,
      connect: createConnect({ getSecret: async () => 'none' }),
      log: { write: (id, text) => void log.push(`${id}: ${text}`) },
      clock: { now: () => at * 1000, steady: () => performance.now(), elapsed: () => performance.now() },
      pace: createPace(systemClock),
      progress: createProgressBook(systemClock),
      route: () => ({ kind: 'relay', relay }),
      hostname,
      rewriting,
      unrecorded: run.unrecorded ?? new Map(),
      messages: createWireMessages(rewriting),
      userIds: (login) => USERS.get(login) ?? null,
      reports: {
        version: '8.17.1.9/8.17.1.9/Submit',
        offsetMinutes: (instant) => zoneOffsetMinutes(instant, tz) ?? 0,
        ...(run.addressed === undefined ? {} : { addressed: run.addressed }),
        returnedHeader: (control) => returnedHeader(control, hostname),
        ageSeconds: (_, { createdAtSeconds }, now) => now - createdAtSeconds,
      },
    },
    {
      flush: () => true,
      whenUncertain: 'retry',
      connectTimeoutMs: 5000,
      ...(run.verbose === false ? { complaint: show } : { transcript: show }),
      ...(run.byHand === false ? {} : { counting: 'run' as const }),
      onFailure: 'bounce',
      warnAfterSeconds: 4 * HOUR,
      giveUpAfterSeconds: 120 * HOUR,
      ...run.options,
    },
  );
  return { summary, transcript: lines.join(''), log };
}

/** Free when this returns. */
export async function findClosedPort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
