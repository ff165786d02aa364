/**
 * The agent: watches the spool, learns whether the relays can be reached, and runs the queue when
 * a run is worth it. The same in Electron and in a terminal. It decides *when*; what happens to
 * a message is the queue run's affair, and the spool is the only thing they share.
 *
 * One agent owns a spool (a lock in the state directory decides); a second one only shows.
 */
import path from 'node:path';
import { createAgentNews } from './agent-news.js';
import { describeState, explainPractice, troubleOf } from './agent-state.js';
import { startWatches } from './agent-watches.js';
import { assemble, type LiveView, type Outtray } from './assemble.js';
import type { AgentState, Events } from './bridge/contract.js';
import { probe } from './delivery/probe.js';
import type { Relay } from './delivery/relay.js';
import { createLeftoverLog } from './leftover-log.js';
import { createListenerSession } from './listener-session.js';
import { createReachability, type Reachability } from './network/reachability.js';
import type { Hint } from './network/relay-state.js';
import { leavePractice, startPracticeSession } from './practice-session.js';
import { createDispatcher, type Dispatcher } from './queue/dispatcher.js';
import type { ActionResult, MessageDetail, QueueEntry, QueueId } from './queue/entry.js';
import { createLookAgain } from './queue/look-again.js';
import { readPause, writePause } from './queue/pause.js';
import { createQueueIndex, type QueueIndex } from './queue/queue-index.js';
import { createRelayRunners, type Runner, type RunRequest, SCHEDULED } from './queue/runner.js';
import { acquireFileLock } from './spool/lock.js';
import type { Environment } from './system/paths.js';

export interface AgentOptions {
  readonly env: Environment;
  /** Add the practice relay: mail goes to a Maildir and nowhere else. */
  readonly practice: boolean;
  /** Instead of the system's network monitor: a program that prints a line for each change. */
  readonly monitorCommand?: readonly string[];
}

export interface Agent {
  readonly outtray: Outtray;
  state(): AgentState;
  entries(): readonly QueueEntry[];
  message(id: QueueId): Promise<MessageDetail | null>;
  /** Try now, whatever the schedule says: everything, or these (held ones are released first). */
  send(ids: readonly QueueId[] | null): void;
  hold(ids: readonly QueueId[]): readonly ActionResult[];
  release(ids: readonly QueueId[]): readonly ActionResult[];
  remove(ids: readonly QueueId[]): readonly ActionResult[];
  /** Minutes, or null until resumed. */
  pause(minutes: number | null): AgentState;
  resume(): AgentState;
  /** Read the settings again now, as it does by itself when they change. */
  reload(): AgentState;
  setPractice(on: boolean): Promise<AgentState>;
  /** The system woke, the screen was unlocked, a browser came online: a reason to look. */
  hint(reason: Hint): void;
  on<E extends keyof Events>(name: E, listener: (value: Events[E]) => void): () => void;
  stop(): Promise<void>;
}

/** An agent that only shows looks this often whether the spool has lost its owner. */
const SUCCESSION_MS = 5000;

/** A file that could not be read is looked at again after this. */
const UNREAD_MS = 30_000;

/** Throws SpoolError when the spool cannot be used. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const outtray = assemble({ env: options.env });
  const { paths, clock } = outtray;
  const lockFile = path.join(paths.stateDirectory, 'agent.lock');
  let lock = acquireFileLock(lockFile);
  const stopping = new AbortController();

  const complain = (id: QueueId | null, error: unknown): void =>
    outtray.log.write(id, `SYSERR: ${error instanceof Error ? error.message : String(error)}`);

  // A run says it as well; but without a relay there is none.
  const sayLeftovers = createLeftoverLog({ ...paths, log: outtray.log, clock });

  /** What is known about the relays differs from what the entries say. */
  let stale = false;
  const news = createAgentNews(
    () => {
      if (stale) {
        stale = false;
        index.redescribe().catch((error: unknown) => complain(null, error));
      }
      dispatcher.look();
      if (lock !== null) sayLeftovers();
      return agent.state();
    },
    (error) => complain(null, error),
  );
  const { changed } = news;
  const outdated = (): void => {
    stale = true;
    changed();
  };

  let leaving = lock !== null && !options.practice ? leavePractice(outtray, () => reload()) : null;
  const practice = lock !== null && options.practice ? await startPracticeSession(outtray, changed) : null;

  const listener = createListenerSession(outtray, { env: options.env, onChange: changed, complain });

  const reachability: Reachability<Relay> = createReachability<Relay>({
    relays: Object.values(outtray.relays),
    clock,
    probe: (name, signal) => probeRelay(outtray, name, signal),
    onChange: (name, { state }) => {
      if (state === 'reachable' || state === 'unreachable') outtray.noteReachable(name, state === 'reachable');
      outdated();
    },
  });
  const relays = () => explainPractice(reachability.statuses(), practice?.view ?? null);
  const relay = (name: string) => relays().find((status) => status.name === name);
  const reachable = (name: string): boolean => relay(name)?.state === 'reachable';

  const live: LiveView = {
    get attended() {
      return lock !== null;
    },
    get pausedUntil() {
      return dispatcher.paused === null ? undefined : dispatcher.paused.until;
    },
    relayTrouble: (name) => troubleOf(relay(name)),
  };

  const lookAgain = createLookAgain({
    afterMs: UNREAD_MS,
    look: (id) => index.refresh(id),
    scan: () => index.scan(),
    complain,
  });
  const index: QueueIndex = createQueueIndex(
    outtray.spool,
    (job) => outtray.describe(job, live),
    (change) => {
      news.tell('queue:changed', change);
      changed();
    },
    (id, error) => lookAgain.later(id, error),
  );

  const runner: Runner = createRelayRunners(
    (request) => {
      const names = Object.keys(outtray.relays);
      // What somebody asked for may not be in the index yet; what is due is.
      return request === SCHEDULED
        ? names.filter((name) => index.entries().some(({ relay }) => relay === name))
        : names;
    },
    async (name, request) => {
      changed();
      await outtray.runQueue(runOptions(name, request));
    },
    (name, error) => {
      complain(null, error);
      for (const entry of index.entries()) if (entry.relay === name) dispatcher.putOff(entry.id);
    },
    changed,
  );

  const runOptions = (name: string, request: RunRequest): Parameters<Outtray['runQueue']>[0] => {
    const flush = (id: QueueId): boolean => request.flush === 'all' || request.flush.has(id);
    return {
      relay: name,
      flush,
      select: (job) => (request.scheduled && dispatcher.paused === null) || flush(job.id),
      skipRelay: (name) => !reachable(name),
      onRelay: (name, problem) => reachability.report(name, problem === null ? { ok: true } : { ok: false, problem }),
      onJob: (id) => index.refresh(id),
      onPassed: (id) => {
        index.refresh(id);
        // One that somebody else has locked is looked at again anyway.
        if (index.get(id)?.state !== 'sending') dispatcher.putOff(id);
      },
      signal: stopping.signal,
    };
  };

  const dispatcher: Dispatcher = createDispatcher({
    clock,
    entries: () => index.entries(),
    reachable,
    waitFor: (relays) => reachability.setWaiting((name) => lock !== null && relays.has(name)),
    request: (request) => {
      if (lock !== null) runner.request(request);
    },
    release: (id) => (lock === null ? 'busy' : outtray.release(id)),
    refresh: (id) => index.refresh(id),
    readPause: () => readPause(paths.stateDirectory, clock.now()),
    savePause: (pause) => writePause(paths.stateDirectory, pause),
  });

  const act = (ids: readonly QueueId[], action: (id: QueueId) => ActionResult): readonly ActionResult[] =>
    ids.map((id) => {
      const result = action(id);
      index.refresh(id);
      return result;
    });

  const reload = (): void => {
    outtray.reload();
    reachability.setRelays(Object.values(outtray.relays));
    if (lock !== null) listener.apply();
    outdated();
  };

  const watches = await startWatches({
    paths,
    ...(options.monitorCommand === undefined ? {} : { monitorCommand: options.monitorCommand }),
    onJobs: (ids) => {
      index.refreshAll(ids).catch((error: unknown) => complain(null, error));
    },
    onReset: lookAgain.scan,
    onSettings: reload,
    onHint: (reason) => reachability.hint(reason),
  });
  if (lock !== null) watches.listen();
  // A lock that is let go tells nobody, least of all when its holder was killed.
  const succession = setInterval(() => {
    lock ??= acquireFileLock(lockFile);
    if (lock === null) return;
    clearInterval(succession);
    leaving ??= leavePractice(outtray, reload);
    watches.listen();
    reload();
  }, SUCCESSION_MS);
  if (lock !== null) clearInterval(succession);

  const agent: Agent = {
    outtray,
    state: () =>
      describeState({
        outtray,
        index,
        relays: relays(),
        runner,
        dispatcher,
        practice,
        listener: listener.state,
        owner: lock !== null,
      }),
    entries: () => index.entries(),
    message: (id) => outtray.detail(id, live),
    send(ids) {
      if (ids !== null) act(ids, (id) => (index.get(id)?.state === 'sending' ? 'busy' : outtray.release(id)));
      runner.request({ scheduled: false, flush: ids === null ? 'all' : new Set(ids) });
    },
    hold: (ids) => act(ids, (id) => outtray.hold(id)),
    release: (ids) => act(ids, (id) => outtray.release(id)),
    remove: (ids) => act(ids, (id) => outtray.remove(id)),
    pause(minutes) {
      dispatcher.pause(minutes === null ? null : clock.now() + minutes * 60_000);
      outdated();
      return agent.state();
    },
    resume() {
      dispatcher.resume();
      outdated();
      return agent.state();
    },
    reload() {
      reload();
      return agent.state();
    },
    async setPractice(on) {
      if (practice === null) throw new Error('The practice relay runs only with: outtray agent --practice');
      await practice.setOn(on);
      reachability.hint('send-now');
      outdated();
      return agent.state();
    },
    hint: (reason) => reachability.hint(reason),
    on: news.on,
    async stop() {
      stopping.abort();
      await listener.stop();
      news.close();
      leaving?.stop();
      clearInterval(succession);
      lookAgain.stop();
      dispatcher.stop();
      reachability.stop();
      await watches.stop();
      await runner.idle();
      await practice?.stop();
      lock?.release();
    },
  };

  await index.scan();
  if (lock !== null) listener.apply();
  news.open();
  return agent;
}

async function probeRelay(outtray: Outtray, name: string, signal: AbortSignal): ReturnType<typeof probe> {
  const relay = outtray.relays[name];
  if (relay === undefined) throw new Error(`no relay ${name}`);
  return probe({ relay, hostname: outtray.hostname, timeoutMs: outtray.settings.network.probeTimeout, signal });
}
