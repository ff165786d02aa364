/**
 * The agent: watches the spool, learns whether the relays can be reached, and runs the queue when
 * a run is worth it. The same in Electron and in a terminal. It decides *when*; what happens to
 * a message is the queue run's affair, and the spool is the only thing they share.
 *
 * One agent owns a spool (a lock in the state directory decides); a second one only shows.
 */
import path from 'node:path';
import { createAgentNews } from './agent-news.js';
import { createAgentRelays } from './agent-relays.js';
import { type AgentRunner, createAgentRunner } from './agent-runner.js';
import { describeState } from './agent-state.js';
import { startWatches } from './agent-watches.js';
import { assemble, type LiveView, type Outtray } from './assemble.js';
import type { AgentState, Events } from './bridge/contract.js';
import { createLeftoverLog } from './leftover-log.js';
import { createListenerSession } from './listener-session.js';
import { scheduledReason } from './mail/send-time.js';
import type { Hint } from './network/relay-state.js';
import { leavePractice, startPracticeSession } from './practice-session.js';
import { createDispatcher, type Dispatcher } from './queue/dispatcher.js';
import type { ActionResult, MessageDetail, QueueEntry, QueueId } from './queue/entry.js';
import { createLookAgain } from './queue/look-again.js';
import { readPause, writePause } from './queue/pause.js';
import type { CancelResult } from './queue/progress.js';
import { createQueueIndex, type QueueIndex } from './queue/queue-index.js';
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
  /** `until`: then it is released by itself; milliseconds since the epoch. */
  hold(ids: readonly QueueId[], until?: number): readonly ActionResult[];
  release(ids: readonly QueueId[]): readonly ActionResult[];
  remove(ids: readonly QueueId[]): readonly ActionResult[];
  /** Stop a message in the middle of being handed over. */
  cancel(id: QueueId): CancelResult;
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
  const relays = createAgentRelays(outtray, () => practice?.view ?? null, outdated);

  const live: LiveView = {
    get attended() {
      return lock !== null;
    },
    get pausedUntil() {
      return dispatcher.paused === null ? undefined : dispatcher.paused.until;
    },
    relayTrouble: relays.trouble,
  };

  const lookAgain = createLookAgain({
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

  const runner: AgentRunner = createAgentRunner({
    outtray,
    index,
    dispatcher: () => dispatcher,
    relays,
    changed,
    complain,
    signal: stopping.signal,
  });

  const dispatcher: Dispatcher = createDispatcher({
    clock,
    entries: () => index.entries(),
    reachable: relays.isReachable,
    waitFor: (names) => relays.setWaiting((name) => lock !== null && names.has(name)),
    request: (request) => {
      if (lock !== null && !stopping.signal.aborted) runner.request(request);
    },
    release: (id) => (lock === null ? 'busy' : outtray.release(id)),
    refresh: (id) => index.refresh(id),
    underWay: (id) => runner.underWay(id),
    limits: () => {
      const { undoWindow, askWhenLate } = outtray.settings.delivery;
      return { undoWindowMs: undoWindow, askWhenLateMs: askWhenLate };
    },
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
    relays.reload();
    if (lock !== null) listener.apply();
    outdated();
  };

  const watches = await startWatches({
    paths,
    ...(options.monitorCommand === undefined ? {} : { monitorCommand: options.monitorCommand }),
    onJobs: (ids) => void index.refreshAll(ids).catch((error: unknown) => complain(null, error)),
    onReset: lookAgain.scan,
    onSettings: reload,
    onHint: (reason) => relays.hint(reason),
  });
  if (lock !== null) watches.listen();
  // A lock that is let go tells nobody, least of all when its holder was killed.
  const succeed = (): void => {
    lock ??= acquireFileLock(lockFile);
    if (lock === null) return;
    clearInterval(succession);
    leaving ??= leavePractice(outtray, reload);
    watches.listen();
    reload();
  };
  const succession = lock === null ? setInterval(succeed, SUCCESSION_MS) : undefined;

  const agent: Agent = {
    outtray,
    state: () =>
      describeState({
        outtray,
        index,
        relays: relays.statuses(),
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
    hold: (ids, until) => act(ids, (id) => outtray.hold(id, until === undefined ? undefined : scheduledReason(until))),
    release: (ids) => act(ids, (id) => outtray.release(id)),
    remove: (ids) => act(ids, (id) => outtray.remove(id)),
    cancel: outtray.cancel,
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
      if (practice === null) throw new Error('The practice relay runs only with: outtray agent start --practice');
      await practice.setOn(on);
      relays.hint('send-now');
      outdated();
      return agent.state();
    },
    hint: (reason) => relays.hint(reason),
    on: news.on,
    async stop() {
      stopping.abort();
      await listener.stop();
      news.close();
      leaving?.stop();
      clearInterval(succession);
      lookAgain.stop();
      dispatcher.stop();
      relays.stop();
      await watches.stop();
      await runner.idle();
      await practice?.stop();
      lock?.release();
    },
  };

  await index.scan();
  if (lock !== null) {
    outtray.journal.sweep((id) => outtray.spool.holds(id));
    listener.apply();
  }
  news.open();
  return agent;
}
