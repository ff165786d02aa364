/** What the buttons do, and the words for what could not be done. Refusals come fit to show. */
import type { ActionResult, Bridge, QueueEntry, QueueId } from '../core/bridge/contract.js';
import { canHold, canRelease, countMessages } from './state-words.js';

/** null: done, nothing to say. */
export type Outcome = string | null;

export interface OutboxActions {
  /** No entries: everything. */
  send(entries: readonly QueueEntry[]): Promise<Outcome>;
  hold(entries: readonly QueueEntry[]): Promise<Outcome>;
  release(entries: readonly QueueEntry[]): Promise<Outcome>;
  remove(entries: readonly QueueEntry[]): Promise<Outcome>;
}

export function createActions(bridge: Bridge): OutboxActions {
  return {
    send: (entries) =>
      attempt(async () => {
        await bridge.call('queue:send', entries.length === 0 ? null : idsOf(entries));
        return null;
      }),
    hold: (entries) =>
      attempt(() =>
        change(
          bridge,
          'queue:hold',
          entries.filter(({ state }) => canHold(state)),
        ),
      ),
    release: (entries) =>
      attempt(() =>
        change(
          bridge,
          'queue:release',
          entries.filter(({ state }) => canRelease(state)),
        ),
      ),
    remove: (entries) => attempt(() => change(bridge, 'queue:remove', entries)),
  };
}

async function change(
  bridge: Bridge,
  name: 'queue:hold' | 'queue:release' | 'queue:remove',
  entries: readonly QueueEntry[],
): Promise<Outcome> {
  return describeResults(await bridge.call(name, idsOf(entries)));
}

/** Only what a person may want to try again; that a message left meanwhile, the list shows. */
export function describeResults(results: readonly ActionResult[]): Outcome {
  const busy = results.filter((result) => result === 'busy').length;
  if (busy === 0) return null;
  const be = busy === 1 ? 'is' : 'are';
  return `${countMessages(busy)} ${be} being sent right now and ${be === 'is' ? 'was' : 'were'} left alone. Try again in a moment.`;
}

/** Words for a refusal. */
export async function attempt(action: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await action();
  } catch (error) {
    return error instanceof Error && error.message !== '' ? error.message : 'That did not work.';
  }
}

function idsOf(entries: readonly QueueEntry[]): readonly QueueId[] {
  return entries.map(({ id }) => id);
}
