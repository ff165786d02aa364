/**
 * What crosses between the agent and its windows, whatever carries it: IPC in Electron, a
 * WebSocket for a browser, the control socket for commands. Windows import these types and
 * nothing else of ours. Values are plain JSON; times are milliseconds since the epoch.
 */
import type { SettingsProblem } from '../config/settings-source.js';
import type { ListenerState } from '../listener/state.js';
import type { RelayStatus } from '../network/relay-status.js';
import type { ActionResult, MessageDetail, QueueCounts, QueueEntry, QueueId } from '../queue/entry.js';
import type { CancelResult } from '../queue/progress.js';

export type { SettingsProblem } from '../config/settings-source.js';
export type { ListenerState } from '../listener/state.js';
export type { RelayStatus } from '../network/relay-status.js';
export type {
  ActionResult,
  EntryRecipient,
  MessageDetail,
  QueueCounts,
  QueueEntry,
  QueueId,
  QueueState,
} from '../queue/entry.js';
export type { JournalRecord } from '../queue/journal.js';
export type { CancelResult } from '../queue/progress.js';

export interface AgentState {
  readonly counts: QueueCounts;
  readonly relays: readonly RelayStatus[];
  /** A run is under way. */
  readonly sending: boolean;
  /** null: not paused. `until` null: until resumed. */
  readonly paused: { readonly until: number | null } | null;
  readonly practice: {
    readonly on: boolean;
    readonly port: number;
    readonly maildir: string;
    readonly received: number;
  } | null;
  /** null: not switched on. */
  readonly listener: ListenerState | null;
  readonly settingsFile: string;
  readonly settingsProblems: readonly SettingsProblem[];
  /** Another agent owns this spool; this one only shows. */
  readonly showingOnly: boolean;
  /** Oldest message that waits though its relay is reachable: since when it has been stuck. */
  readonly stuckSince: number | null;
  readonly stuckAfterMs: number;
  readonly showAddresses: boolean;
  readonly version: string;
}

/** A window asks, the agent answers; a refusal rejects with words fit to show. */
export interface Calls {
  'queue:list': () => readonly QueueEntry[];
  /** null when the message is gone. */
  'queue:message': (id: QueueId) => MessageDetail | null;
  /** Flush: schedule ignored. With ids only those, held ones released first. */
  'queue:send': (ids: readonly QueueId[] | null) => 'started';
  /** With an instant it is released then by itself. */
  'queue:hold': (ids: readonly QueueId[], until?: number) => readonly ActionResult[];
  'queue:release': (ids: readonly QueueId[]) => readonly ActionResult[];
  'queue:remove': (ids: readonly QueueId[]) => readonly ActionResult[];
  /** Stop a message that is being handed over, before its end; it is held then. */
  'queue:cancel': (id: QueueId) => CancelResult;
  'agent:state': () => AgentState;
  /** Minutes, or null until resumed. */
  'agent:pause': (minutes: number | null) => AgentState;
  'agent:resume': () => AgentState;
  /** Rejects when the agent does not run with --practice. */
  'practice:set': (on: boolean) => AgentState;
}

export interface Events {
  /** Entries that are new or changed, and ids that are gone. */
  'queue:changed': { readonly changed: readonly QueueEntry[]; readonly removed: readonly QueueId[] };
  'agent:changed': AgentState;
}

/** The allow lists of every carrier; a name missing on either side does not compile. */
export const CALLS: Readonly<Record<keyof Calls, true>> = {
  'queue:list': true,
  'queue:message': true,
  'queue:send': true,
  'queue:hold': true,
  'queue:release': true,
  'queue:remove': true,
  'queue:cancel': true,
  'agent:state': true,
  'agent:pause': true,
  'agent:resume': true,
  'practice:set': true,
};

export const EVENTS: Readonly<Record<keyof Events, true>> = { 'queue:changed': true, 'agent:changed': true };

/** The agent's side. A window is not trusted, so a handler takes unknown and parses it. */
export type Handlers = { readonly [C in keyof Calls]: (...args: unknown[]) => Promise<ReturnType<Calls[C]>> };

/** The window's side: `window.outtray` in Electron, the same object over a WebSocket in a browser. */
export interface Bridge {
  readonly carrier: 'electron' | 'browser';
  call<C extends keyof Calls>(name: C, ...args: Parameters<Calls[C]>): Promise<ReturnType<Calls[C]>>;
  /** Returns the way to stop listening. */
  on<E extends keyof Events>(name: E, listener: (value: Events[E]) => void): () => void;
}
