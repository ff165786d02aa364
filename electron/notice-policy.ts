/**
 * When a pop-up is worth it: only where the person can act. Failed for good, maybe sent, stuck
 * while the relay answers, a relay that needs the person. Never for going offline, a deferral,
 * a success, nor within two minutes of wake.
 *
 * It looks at facts, not at events: each review compares what holds now with what was told.
 * One notice a cause, shown when something new joins it, changed in place when it shrinks,
 * withdrawn when solved. Pure; what was told is passed in and handed back. At a start nothing
 * has been told, so what still needs the person is told once.
 */
import type { AgentState, QueueEntry, QueueId, RelayStatus } from '../core/bridge/contract.js';

/** Time after wake in which networks and keychains settle by themselves. */
export const QUIET_AFTER_WAKE_MS = 120_000;

export interface Notice {
  /** One for each cause; showing another with the same id replaces the first. */
  readonly id: string;
  readonly title: string;
  readonly body: string;
}

export type NoticeAction =
  | { readonly kind: 'show'; readonly notice: Notice }
  /** Change the words if the notice is still on the screen; not worth a new pop-up. */
  | { readonly kind: 'update'; readonly notice: Notice }
  | { readonly kind: 'withdraw'; readonly id: string };

/** Told so far: notice id to what it was about. */
export type Told = ReadonlyMap<string, ReadonlySet<string>>;

export interface NoticeFacts {
  readonly state: AgentState;
  readonly entries: readonly QueueEntry[];
  readonly now: number;
  /** When the computer last woke; null when it did not since the start. */
  readonly wokeAt: number | null;
}

export interface NoticeDecision {
  readonly actions: readonly NoticeAction[];
  readonly told: Told;
  /** When time alone could change the decision. */
  readonly lookAgainAt: number | null;
}

/** A cause with what it is about now. `pending` members neither start a cause nor end it. */
interface Cause {
  readonly id: string;
  readonly members: ReadonlySet<string>;
  readonly pending: ReadonlySet<string>;
  readonly notice: Notice;
}

export function decideNotices(facts: NoticeFacts, told: Told): NoticeDecision {
  const quietUntil = facts.wokeAt === null ? Number.NEGATIVE_INFINITY : facts.wokeAt + QUIET_AFTER_WAKE_MS;
  const quiet = facts.now < quietUntil;
  const actions: NoticeAction[] = [];
  const next = new Map<string, ReadonlySet<string>>();
  let withheld = false;

  const causes = new Map(findCauses(facts).map((cause) => [cause.id, cause]));
  for (const cause of causes.values()) {
    const before = told.get(cause.id) ?? new Set<string>();
    const still = new Set([...before].filter((key) => cause.members.has(key) || cause.pending.has(key)));
    const isNew = [...cause.members].some((key) => !before.has(key));
    if (isNew && !quiet) {
      actions.push({ kind: 'show', notice: cause.notice });
      next.set(cause.id, new Set([...still, ...cause.members]));
      continue;
    }
    withheld ||= isNew;
    if (still.size > 0) next.set(cause.id, still);
    if (before.size > 0 && still.size === 0) actions.push({ kind: 'withdraw', id: cause.id });
    else if (still.size < before.size && cause.members.size > 0) actions.push({ kind: 'update', notice: cause.notice });
  }
  for (const id of told.keys()) if (!causes.has(id)) actions.push({ kind: 'withdraw', id });

  const stuckAt = stuckDueAt(facts.state);
  const moments = [withheld ? quietUntil : null, stuckAt !== null && stuckAt > facts.now ? stuckAt : null];
  const due = moments.filter((at) => at !== null);
  return { actions, told: next, lookAgainAt: due.length === 0 ? null : Math.min(...due) };
}

function findCauses(facts: NoticeFacts): Cause[] {
  const { state, entries } = facts;
  return [
    messageCause('failed', entries, state.showAddresses, failedNotice),
    messageCause('maybe-sent', entries, state.showAddresses, maybeSentNotice),
    ...stuckCause(facts),
    ...state.relays.flatMap((relay) => relayCause(relay, state.showAddresses)),
  ];
}

type Wording = (entries: readonly QueueEntry[], showAddresses: boolean) => Notice;

function messageCause(
  kind: 'failed' | 'maybe-sent',
  entries: readonly QueueEntry[],
  showAddresses: boolean,
  wording: Wording,
): Cause {
  const concerned = entries.filter((entry) => entry.state === kind);
  const ids = (some: readonly QueueEntry[]): ReadonlySet<QueueId> => new Set(some.map((entry) => entry.id));
  return {
    id: kind,
    members: ids(concerned),
    // A further try of a message already told about says nothing until it is over.
    pending: ids(entries.filter((entry) => entry.state === 'sending')),
    notice: wording(concerned, showAddresses),
  };
}

function failedNotice(entries: readonly QueueEntry[], showAddresses: boolean): Notice {
  const [first] = entries;
  const one = entries.length === 1 && first !== undefined;
  return {
    id: 'failed',
    title: one ? 'A message could not be sent' : `${entries.length} messages could not be sent`,
    body:
      one && showAddresses
        ? `“${subjectOf(first)}” to ${first.to}: ${first.reply ?? first.reason}`
        : 'The relay refused for good. Open the Outbox to see its words and decide.',
  };
}

function maybeSentNotice(entries: readonly QueueEntry[], showAddresses: boolean): Notice {
  const [first] = entries;
  const one = entries.length === 1 && first !== undefined;
  return {
    id: 'maybe-sent',
    title: one ? 'A message may have been sent' : `${entries.length} messages may have been sent`,
    body:
      one && showAddresses
        ? `“${subjectOf(first)}” to ${first.to}: the relay did not confirm it. ${first.next}`
        : 'The relay did not confirm. Open the Outbox to see what happens next.',
  };
}

/** Over as soon as the oldest message left or a relay went out of reach: then `stuckSince` moves on. */
function stuckCause({ state, now }: NoticeFacts): Cause[] {
  const due = stuckDueAt(state);
  if (due === null || now < due) return [];
  return [
    {
      id: 'stuck',
      members: new Set(['stuck']),
      pending: new Set(),
      notice: {
        id: 'stuck',
        title: 'Mail is stuck',
        body: `The relay can be reached, but mail has waited for ${duration(now - (state.stuckSince ?? now))}. Open the Outbox to see why.`,
      },
    },
  ];
}

function stuckDueAt(state: AgentState): number | null {
  return state.stuckSince === null ? null : state.stuckSince + state.stuckAfterMs;
}

/** An episode ends when the relay answers or leaves the settings; looking again in between does not end it. */
function relayCause(relay: RelayStatus, showAddresses: boolean): Cause[] {
  if (relay.state === 'reachable') return [];
  const needs = new Set(['needs-you']);
  const none: ReadonlySet<string> = new Set();
  return [
    {
      id: `relay:${relay.name}`,
      members: relay.state === 'needs-you' ? needs : none,
      pending: relay.state === 'needs-you' ? none : needs,
      notice: {
        id: `relay:${relay.name}`,
        title: `Relay ${relay.name} needs you`,
        // Reasons and remedies may name the user one signs in as.
        body: showAddresses
          ? [relay.reason, relay.remedy].filter((part) => part !== '').join(' ')
          : 'Mail for it waits. Open the Outbox to see what to do.',
      },
    },
  ];
}

function subjectOf(entry: QueueEntry): string {
  return entry.subject === '' ? 'No subject' : entry.subject;
}

function duration(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'less than a minute';
  if (minutes < 120) return minutes === 1 ? '1 minute' : `${minutes} minutes`;
  return `${Math.floor(minutes / 60)} hours`;
}
