/**
 * The parts put together once, for commands and for the agent alike: paths, settings, spool,
 * credentials, delivery. What a message's entry says is decided here and nowhere else; which relay
 * serves it, in in-force.ts.
 */
import fs from 'node:fs';
import path from 'node:path';
import { createKeychain, type Keychain } from './credentials/keychain.js';
import { createSecrets, type Secrets } from './credentials/secrets.js';
import { createConnect } from './delivery/connect.js';
import { isReached } from './delivery/relay.js';
import { type InForce, readInForce } from './in-force.js';
import { createLeftoverLog } from './leftover-log.js';
import { holdMessage, releaseMessage, removeMessage } from './queue/actions.js';
import { describeJob, type RelayView } from './queue/describe.js';
import { readDetail } from './queue/detail.js';
import type { ActionResult, MessageDetail, QueueEntry, QueueId } from './queue/entry.js';
import type { Journal } from './queue/journal.js';
import { openJournal } from './queue/journal-store.js';
import { createPace } from './queue/pace.js';
import { type CancelResult, createProgressBook } from './queue/progress.js';
import { openReachableTime } from './queue/reachable-time.js';
import { createWorks, type StartedRun, startRun, type Works } from './queue/run.js';
import type { RunOptions, RunPorts, RunSummary } from './queue/run-context.js';
import { longestWaited } from './queue/schedule.js';
import type { ControlFile } from './spool/control-file.js';
import { ensureSpoolDirectory } from './spool/create-job.js';
import { openSpool } from './spool/directory-spool.js';
import { acquireFileLock } from './spool/lock.js';
import { returnedHeader } from './spool/returned-header.js';
import type { JobReference, JobSnapshot, Spool } from './spool/spool.js';
import { wireHeader } from './spool/wire-header.js';
import { createWireMessages } from './spool/wire-message.js';
import { aliasedReport } from './submission/alias-report.js';
import { openAliases } from './submission/alias-sources.js';
import { lookUpUserIds } from './submission/identity.js';
import { localOffsetMinutes } from './submission/local-time.js';
import { type Clock, systemClock, watchClock } from './system/clock.js';
import { type MailLog, openMailLog } from './system/log.js';
import { createLogRotation } from './system/log-rotation.js';
import { type Environment, type Paths, resolvePaths } from './system/paths.js';
import { outtrayProgram } from './system/program.js';
import type { Exclusively } from './system/rotate.js';
import { openSystemLog } from './system/system-log.js';
import { VERSION } from './system/version.js';

/** What only a running agent knows; commands without one describe messages without it. */
export interface LiveView {
  readonly attended: boolean;
  readonly pausedUntil: number | null | undefined;
  relayTrouble(name: string): Extract<RelayView, { kind: 'relay' }>['trouble'];
}

export interface Outtray extends Omit<InForce, 'routeNow'> {
  readonly paths: Paths;
  readonly clock: Clock;
  readonly log: MailLog;
  readonly spool: Spool;
  readonly keychain: Keychain;
  /** What became of each attempt, for people. */
  readonly journal: Journal;
  describe(job: JobSnapshot, live?: LiveView): QueueEntry;
  entries(live?: LiveView): QueueEntry[];
  entry(id: QueueId, live?: LiveView): QueueEntry | null;
  detail(id: QueueId, live?: LiveView): Promise<MessageDetail | null>;
  runQueue(options: OwnRunOptions): Promise<RunSummary>;
  /** The same beside others: messages are given to relays that may be at work already. */
  startRun(options: OwnRunOptions, works: Works): Promise<StartedRun>;
  /** Stop a message that this process is handing over. */
  cancel(id: QueueId): CancelResult;
  /** What the agent learns of a relay between runs: messages age by the time they could have gone. */
  noteReachable(relay: string, reached: boolean): void;
  hold(id: QueueId, reason?: string): ActionResult;
  release(id: QueueId): ActionResult;
  remove(id: QueueId): ActionResult;
}

/** What settings do not say. */
export type OwnRunOptions = Omit<RunOptions, 'whenUncertain' | 'connectTimeoutMs' | 'undoWindowMs' | 'askAfterMs'>;

export interface AssembleOptions {
  readonly env: Environment;
  readonly settingsFile?: string;
  readonly spoolDirectory?: string;
  /** In place of password commands and the keychain. */
  readonly secrets?: Secrets;
  readonly clock?: Clock;
  /** Of log lines; `sendmail` when absent. */
  readonly logTag?: string;
}

const UNATTENDED: LiveView = { attended: false, pausedUntil: undefined, relayTrouble: () => null };

/** Throws SpoolError when the spool cannot be used; settings never stop it. */
export function assemble(options: AssembleOptions): Outtray {
  const found = resolvePaths(options.env);
  const paths: Paths = {
    ...found,
    ...(options.settingsFile === undefined ? {} : { settingsFile: options.settingsFile }),
    ...(options.spoolDirectory === undefined ? {} : { spoolDirectory: options.spoolDirectory }),
  };
  const clock = options.clock ?? systemClock;
  ensureSpoolDirectory(paths.spoolDirectory);
  fs.mkdirSync(paths.stateDirectory, { recursive: true, mode: 0o700 });
  const inForce = readInForce(paths);
  const exclusively: Exclusively = (act) => alone(path.join(paths.stateDirectory, 'rotation.lock'), act);
  const { logTag: tag = 'sendmail' } = options;
  const systemLog = openSystemLog(tag);
  const log = openMailLog(paths.logFile, {
    clock,
    tag,
    wrote: createLogRotation(paths.logFile, { limits: () => inForce.settings.log, exclusively, clock }),
    beside: () => (inForce.settings.log.system ? systemLog : null),
  });
  const spool = openSpool(paths.spoolDirectory, {
    onLost: ({ id, kind }, why) => log.write(id, `Losing ./${kind}${id}: ${why}`),
  });
  const journal = openJournal(paths.stateDirectory, { exclusively });
  // The journal is of this user's own queue, not of one that was named for once.
  const sweepJournal = (): void => {
    if (paths.spoolDirectory === found.spoolDirectory) journal.sweep((id) => spool.holds(id));
  };
  const sayLeftovers = createLeftoverLog({ ...paths, log, clock });
  const keychain = createKeychain({ command: [outtrayProgram(), '--keychain-helper'] });
  const connect = createConnect({ getSecret: (options.secrets ?? createSecrets({ keychain })).getSecret });

  const wasClockSet = watchClock(clock);
  const pace = createPace(clock);
  const progress = createProgressBook(clock);
  const unrecorded: RunPorts['unrecorded'] = new Map();
  const reachableTime = openReachableTime(paths.stateDirectory);
  const noteReachable = (relay: string, reached: boolean): void =>
    reachableTime.note(relay, reached, Math.floor(clock.now() / 1000));

  const relayFor = (control: ControlFile, live: LiveView): RelayView => {
    const decision = inForce.route(control);
    if (decision.kind === 'none') return decision;
    return { kind: 'relay', name: decision.relay.name, trouble: live.relayTrouble(decision.relay.name) };
  };

  const describe = (job: JobSnapshot, live: LiveView = UNATTENDED): QueueEntry =>
    describeJob(job, {
      relayFor: (control) => relayFor(control, live),
      attended: live.attended,
      pausedUntil: live.pausedUntil,
      whenUncertain: inForce.settings.delivery.whenUncertain,
      rewriting: inForce.rewriting,
      now: clock.now(),
      undoWindowMs: inForce.settings.delivery.undoWindow,
      askWhenLateMs: inForce.settings.delivery.askWhenLate,
      progress: progress.get,
    });

  const find = (id: QueueId): JobSnapshot | null => {
    const kinds: readonly JobReference['kind'][] = ['qf', 'hf', 'Qf'];
    for (const kind of kinds) {
      const job = spool.read({ id, kind });
      if (job !== null) return job;
    }
    return null;
  };

  const startOne = (run: OwnRunOptions, works: Works): Promise<StartedRun> => {
    // Envelope and header of a message agree, whatever is edited meanwhile.
    const { rewriting, settings } = inForce;
    const { delivery } = settings;
    const remark = (words: string): void => log.write(null, words);
    const source = { file: paths.settingsFile, byFlag: paths.settingsFile !== found.settingsFile };
    const aliases = openAliases(settings.aliases, source, rewriting.hostname, remark);
    const ports: RunPorts = {
      spool,
      connect,
      log,
      clock,
      pace,
      progress,
      journal,
      route: run.counting === undefined ? inForce.route : inForce.routeNow,
      hostname: rewriting.hostname,
      rewriting,
      unrecorded,
      messages: createWireMessages(rewriting),
      userIds: lookUpUserIds,
      reports: {
        version: `Outtray/${VERSION}/Submit`,
        offsetMinutes: (at) => localOffsetMinutes(at),
        addressed: (report) => aliasedReport(report, aliases, rewriting.hostname),
        returnedHeader: (control) => returnedHeader(control, inForce.hostname),
        ageSeconds: (relay, { createdAtSeconds, attempts }, now) =>
          Math.min(reachableTime.seconds(relay, createdAtSeconds, now), longestWaited(attempts)),
      },
    };
    const options: RunOptions = {
      onFailure: delivery.onFailure,
      warnAfterSeconds: delivery.warnAfter / 1000,
      giveUpAfterSeconds: delivery.giveUpAfter / 1000,
      ...run,
      onRelay(name, problem, relay) {
        noteReachable(name, problem === null || isReached(problem));
        run.onRelay?.(name, problem, relay);
      },
      whenUncertain: delivery.whenUncertain,
      connectTimeoutMs: settings.network.probeTimeout,
      undoWindowMs: delivery.undoWindow,
      // By a clock that was set meanwhile nobody can tell how long mail has waited.
      askAfterMs: wasClockSet() ? 0 : delivery.askAfter,
    };
    return startRun(ports, options, works);
  };

  return {
    paths,
    clock,
    log,
    spool,
    keychain,
    journal,
    get settings() {
      return inForce.settings;
    },
    get settingsProblems() {
      return inForce.settingsProblems;
    },
    get brokenRelays() {
      return inForce.brokenRelays;
    },
    get hostname() {
      return inForce.hostname;
    },
    get rewriting() {
      return inForce.rewriting;
    },
    get relays() {
      return inForce.relays;
    },
    reload: inForce.reload,
    route: inForce.route,
    describe,
    entries: (live) =>
      spool.list().flatMap((reference) => {
        const job = spool.read(reference);
        return job === null ? [] : [describe(job, live)];
      }),
    entry(id, live) {
      const job = find(id);
      return job === null ? null : describe(job, live);
    },
    async detail(id, live) {
      const job = find(id);
      if (job === null) return null;
      const header = job.control === undefined ? Buffer.alloc(0) : wireHeader(job.control, inForce.rewriting);
      return readDetail(describe(job, live), header, () => spool.openData(id), journal.read(id));
    },
    async runQueue(run) {
      const { summary, done } = await startOne(run, createWorks());
      await done;
      sayLeftovers();
      if (run.counting !== 'submission') sweepJournal();
      return summary;
    },
    startRun: startOne,
    cancel: progress.cancel,
    noteReachable,
    hold: (id, reason) => holdMessage(spool, id, reason),
    release: (id) => releaseMessage(spool, id, Math.floor(clock.now() / 1000)),
    remove(id) {
      const result = removeMessage(spool, id);
      if (result === 'done') journal.forget(id);
      return result;
    },
  };
}

/** Somebody else who does it does it for us. */
function alone(file: string, act: () => void): void {
  const lock = acquireFileLock(file);
  if (lock === null) return;
  try {
    act();
  } finally {
    lock.release();
  }
}
