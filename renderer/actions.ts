/** What the buttons do, and the words for what could not be done. Refusals come fit to show. */
import type { ActionResult, Bridge, CancelResult, QueueEntry, QueueId } from '../core/bridge/contract.js';
import { canHold, canRelease, countMessages } from './state-words.js';

/** null: done, nothing to say. */
export type Outcome = string | null;

export interface OutboxActions {
  /** No entries: everything. */
  send(entries: readonly QueueEntry[]): Promise<Outcome>;
  hold(entries: readonly QueueEntry[]): Promise<Outcome>;
  release(entries: readonly QueueEntry[]): Promise<Outcome>;
  remove(entries: readonly QueueEntry[]): Promise<Outcome>;
  /** Always says what came of it. */
  stop(entry: QueueEntry): Promise<Outcome>;
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
    stop: ({ id }) => attempt(async () => STOP_WORDS[await bridge.call('queue:cancel', id)]),
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

export const STOP_WORDS: Readonly<Record<CancelResult, string>> = {
  cancelled: 'Stopped. Once released, it goes from the beginning again.',
  'too-late': 'Sorry, that was too late: all of it is sent, and the relay has yet to take it.',
  gone: 'There was nothing to stop: this attempt is over, or another program is sending it.',
};

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
