/**
 * The parts put together once, for commands and for the agent alike: paths, settings, spool,
 * credentials, delivery. What a relay is, which one serves a message, and what a message's
 * entry says are decided here and nowhere else.
 */
import fs from 'node:fs';
import type { Settings } from './config/settings.js';
import { type LoadedSettings, loadSettings, reloadSettings } from './config/settings-file.js';
import type { SettingsProblem } from './config/settings-text.js';
import { createKeychain, type Keychain } from './credentials/keychain.js';
import { createSecrets } from './credentials/secrets.js';
import type { Relay } from './delivery/relay.js';
import { chooseRelay, type MessageOrigin } from './delivery/route.js';
import { createConnect } from './delivery/smtp.js';
import { createLeftoverLog } from './leftover-log.js';
import { bareAddress } from './mail/address.js';
import { practiceProblem, practiceRelay, readPractice, servedByPractice } from './practice/practice-mode.js';
import { holdMessage, releaseMessage, removeMessage } from './queue/actions.js';
import { describeJob, type RelayView } from './queue/describe.js';
import { readDetail } from './queue/detail.js';
import type { ActionResult, MessageDetail, QueueEntry, QueueId } from './queue/entry.js';
import { openReachableTime } from './queue/reachable-time.js';
import { runQueue } from './queue/run.js';
import type { Routable, RouteDecision, RunOptions, RunPorts, RunSummary } from './queue/run-context.js';
import type { ControlFile } from './spool/control-file.js';
import { ensureSpoolDirectory } from './spool/create-job.js';
import { openSpool } from './spool/directory-spool.js';
import { returnedHeader } from './spool/returned-header.js';
import type { JobReference, JobSnapshot, Spool } from './spool/spool.js';
import { wireHeader } from './spool/wire-header.js';
import { openWireMessage, wireSize } from './spool/wire-message.js';
import { ownHostname } from './submission/identity.js';
import { localOffsetMinutes } from './submission/local-time.js';
import { type Clock, systemClock } from './system/clock.js';
import { type MailLog, openMailLog } from './system/log.js';
import { type Environment, type Paths, resolvePaths } from './system/paths.js';
import { outtrayProgram } from './system/program.js';
import { remember } from './system/remember.js';
import { VERSION } from './system/version.js';

/** What only a running agent knows; commands without one describe messages without it. */
export interface LiveView {
  readonly attended: boolean;
  readonly pausedUntil: number | null | undefined;
  relayTrouble(name: string): Extract<RelayView, { kind: 'relay' }>['trouble'];
}

export interface Outtray {
  readonly paths: Paths;
  readonly clock: Clock;
  readonly log: MailLog;
  readonly spool: Spool;
  readonly keychain: Keychain;
  readonly settings: Settings;
  readonly settingsProblems: readonly SettingsProblem[];
  /** Relays that the settings name and describe wrongly. */
  readonly brokenRelays: LoadedSettings['brokenRelays'];
  readonly hostname: string;
  /** Relays in force: those of the settings, or the practice relay alone. */
  readonly relays: Readonly<Record<string, Relay>>;
  /** Read settings and practice afresh; also messages queued before follow what they say now. */
  reload(): void;
  route(control: Routable): RouteDecision;
  describe(job: JobSnapshot, live?: LiveView): QueueEntry;
  entries(live?: LiveView): QueueEntry[];
  entry(id: QueueId, live?: LiveView): QueueEntry | null;
  detail(id: QueueId, live?: LiveView): Promise<MessageDetail | null>;
  runQueue(options: Omit<RunOptions, 'whenUncertain' | 'connectTimeoutMs'>): Promise<RunSummary>;
  /** What the agent learns of a relay between runs: messages age by the time they could have gone. */
  noteReachable(relay: string, reached: boolean): void;
  hold(id: QueueId, reason?: string): ActionResult;
  release(id: QueueId): ActionResult;
  remove(id: QueueId): ActionResult;
}

export interface AssembleOptions {
  readonly env: Environment;
  readonly settingsFile?: string;
  readonly spoolDirectory?: string;
  readonly clock?: Clock;
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
  const log = openMailLog(paths.logFile, { clock });
  const spool = openSpool(paths.spoolDirectory, {
    onLost: ({ id, kind }, why) => log.write(id, `Losing ./${kind}${id}: ${why}`),
  });
  const sayLeftovers = createLeftoverLog({ ...paths, log, clock });
  const keychain = createKeychain({ command: [outtrayProgram(), '--keychain-helper'] });
  const connect = createConnect({ getSecret: createSecrets({ keychain }).getSecret });

  const unrecorded: RunPorts['unrecorded'] = new Map();
  const reachableTime = openReachableTime(paths.stateDirectory);
  const noteReachable = (relay: string, reached: boolean): void =>
    reachableTime.note(relay, reached, Math.floor(clock.now() / 1000));

  let loaded = loadSettings(paths.settingsFile);
  let practice = readPractice(paths.stateDirectory);
  let doubt = practiceProblem(paths.stateDirectory);
  const hostname = (): string => ownHostname(loaded.settings.hostname);
  const findRelays = (): Readonly<Record<string, Relay>> => {
    if (practice !== null) return { practice: practiceRelay(practice) };
    return Object.fromEntries(
      Object.entries(loaded.settings.relays).map(([name, relay]) => [name, { ...relay, name }]),
    );
  };
  let currentRelays = findRelays();
  const relays = (): Readonly<Record<string, Relay>> => currentRelays;
  // A run of ten thousand messages asks for those of a few senders.
  const addressOf = remember(bareAddress);

  const originOf = ({ flags, recipients, sender, headers }: Routable): MessageOrigin => {
    // A report is from nobody: it goes the way of the person it is for.
    const reader = flags?.includes('r') === true ? addressOf(recipients?.[0]?.address ?? '') : '';
    if (reader !== '')
      return { envelopeFrom: reader.includes('@') ? reader : `${reader}@${hostname()}`, headerFrom: null };
    const from = headers.find((header) => header.name.toLowerCase() === 'from');
    return { envelopeFrom: addressOf(sender), headerFrom: addressOf(from?.value ?? '') };
  };

  const route = (control: Routable): RouteDecision => {
    const inForce = relays();
    // Nothing tells practice from real mail then.
    if (doubt !== null) return { kind: 'none', reason: doubt };
    if (practice !== null) {
      const relay = inForce.practice;
      if (relay !== undefined && servedByPractice(practice, control.createdAtSeconds)) return { kind: 'relay', relay };
      return {
        kind: 'none',
        reason: 'Practice mode is on; this message was there before and waits until practising ends.',
      };
    }
    const addresses = originOf(control);
    const known = { ...inForce, ...loaded.brokenRelays };
    const mistake = loaded.problems[0];
    if (mistake !== undefined && Object.keys(known).length === 0) return { kind: 'none', reason: mendFirst(mistake) };
    const choice = chooseRelay(addresses, known, loaded.settings.defaultRelay);
    if (choice.kind === 'relay' && Object.hasOwn(loaded.brokenRelays, choice.name)) {
      const its = loaded.problems.find(({ key }) => key.startsWith(`relays.${choice.name}.`));
      return { kind: 'none', reason: mendFirst(its ?? { key: `relays.${choice.name}`, line: 1, message: 'is wrong' }) };
    }
    const relay = choice.kind === 'relay' ? inForce[choice.name] : undefined;
    if (relay !== undefined) return { kind: 'relay', relay };
    return { kind: 'none', reason: choice.kind === 'none' ? choice.reason : 'No relay serves this sender.' };
  };

  const relayFor = (control: ControlFile, live: LiveView): RelayView => {
    const decision = route(control);
    if (decision.kind === 'none') return decision;
    return { kind: 'relay', name: decision.relay.name, trouble: live.relayTrouble(decision.relay.name) };
  };

  const describe = (job: JobSnapshot, live: LiveView = UNATTENDED): QueueEntry =>
    describeJob(job, {
      relayFor: (control) => relayFor(control, live),
      attended: live.attended,
      pausedUntil: live.pausedUntil,
      whenUncertain: loaded.settings.delivery.whenUncertain,
      domain: hostname(),
    });

  const find = (id: QueueId): JobSnapshot | null => {
    const kinds: readonly JobReference['kind'][] = ['qf', 'hf', 'Qf'];
    for (const kind of kinds) {
      const job = spool.read({ id, kind });
      if (job !== null) return job;
    }
    return null;
  };

  return {
    paths,
    clock,
    log,
    spool,
    keychain,
    get settings() {
      return loaded.settings;
    },
    get settingsProblems() {
      return loaded.problems;
    },
    get brokenRelays() {
      return loaded.brokenRelays;
    },
    get hostname() {
      return hostname();
    },
    get relays() {
      return relays();
    },
    reload() {
      loaded = reloadSettings(paths.settingsFile, loaded);
      practice = readPractice(paths.stateDirectory);
      doubt = practiceProblem(paths.stateDirectory);
      currentRelays = findRelays();
    },
    route,
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
      const header = job.control === undefined ? Buffer.alloc(0) : wireHeader(job.control, { hostname: hostname() });
      return readDetail(describe(job, live), header, () => spool.openData(id));
    },
    runQueue: async (run) => {
      const summary = await runQueue(
        {
          spool,
          connect,
          log,
          clock,
          route,
          hostname: hostname(),
          unrecorded,
          messages: {
            open: (job) => openWireMessage(job.control, () => job.openData(), { hostname: hostname() }),
            sizeBytes: (job) => wireSize(job.control, job.dataBytes),
          },
          reports: {
            version: `Outtray/${VERSION}/Submit`,
            offsetMinutes: (at) => localOffsetMinutes(at),
            returnedHeader: (control) => returnedHeader(control, hostname()),
            reachableSeconds: reachableTime.seconds,
          },
        },
        {
          onFailure: loaded.settings.delivery.onFailure,
          warnAfterSeconds: loaded.settings.delivery.warnAfter / 1000,
          giveUpAfterSeconds: loaded.settings.delivery.giveUpAfter / 1000,
          ...run,
          onRelay(name, problem) {
            noteReachable(name, problem === null);
            run.onRelay?.(name, problem);
          },
          whenUncertain: loaded.settings.delivery.whenUncertain,
          connectTimeoutMs: loaded.settings.network.probeTimeout,
        },
      );
      sayLeftovers();
      return summary;
    },
    noteReachable,
    hold: (id, reason) => holdMessage(spool, id, reason),
    release: (id) => releaseMessage(spool, id),
    remove: (id) => removeMessage(spool, id),
  };
}

function mendFirst({ key, line, message }: SettingsProblem): string {
  return `The settings have a mistake: line ${line}: ${`${key} ${message}`.trim()}. Mail waits until it is mended.`;
}
