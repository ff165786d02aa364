/**
 * Watches the relays: keeps one state machine (relay-state.ts) for each, runs the probes it asks
 * for, and tells what is now believed. The probe is injected, as are clock and chance.
 *
 * A relay elsewhere is not probed on a computer without any network address: the answer is known
 * and costs no name lookup. A relay on loopback needs no network. A probe that does not answer
 * is abandoned after a deadline, so that it cannot keep its relay from being looked at again.
 */
import { type Clock, systemClock } from '../system/clock.js';
import { isLoopback } from '../system/loopback.js';
import { hasNetwork } from './fingerprint.js';
import {
  type Hint,
  INITIAL_STATE,
  type LookResult,
  nextLookAt,
  type Problem,
  type RelayEvent,
  step,
} from './relay-state.js';
import { describeRelay, type RelayAddress, type RelayStatus, sameStatus, type WatchedRelay } from './relay-status.js';

export interface ReachabilityOptions<R extends RelayAddress> {
  readonly relays: readonly R[];
  /** Greeting, TLS, EHLO. A rejection counts as a failure of an unknown kind. */
  probe(name: string, signal: AbortSignal): Promise<LookResult>;
  /** What is shown about a relay has changed. `before` is null for a relay that is new. `problem`: what is in the way. */
  onChange(name: string, status: RelayStatus, before: RelayStatus | null, problem: Problem | null): void;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly online?: () => boolean;
  /** Longest a probe may take, in milliseconds: well over the probe's own timeout. */
  readonly probeDeadlineMs?: number;
}

/** R is what the settings say of a relay: all of it counts as its settings, name and address are read here. */
export interface Reachability<R extends RelayAddress> {
  /**
   * Something may have changed: look again, once, at the relays that have mail. Cheap; call at
   * will.
   */
  hint(reason: Hint): void;
  /** The relays as the settings have them now. One that differs in anything starts anew. */
  setRelays(relays: readonly R[]): void;
  /** For which relays mail waits; asked here and now, so call again when the queue changes. */
  setWaiting(waiting: (name: string) => boolean): void;
  /** What a run met. A relay that is unknown by now is ignored. */
  report(name: string, result: LookResult): void;
  statuses(): RelayStatus[];
  stop(): void;
}

interface Watched extends WatchedRelay {
  readonly settings: string;
  shown: RelayStatus | null;
  running: AbortController | null;
}

const PROBE_DEADLINE_MS = 60_000;
/** setTimeout takes no longer wait; a late look in between does no harm. */
const LONGEST_TIMER_MS = 2_000_000_000;

const OFFLINE: LookResult = {
  ok: false,
  problem: { kind: 'no-network', message: 'This computer has no network connection.', remedy: 'Connect to a network.' },
};

export function createReachability<R extends RelayAddress>(options: ReachabilityOptions<R>): Reachability<R> {
  const { clock = systemClock, random = Math.random, online = hasNetwork } = options;
  const { probeDeadlineMs = PROBE_DEADLINE_MS } = options;
  const watched = new Map<string, Watched>();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const apply = (relay: Watched, event: RelayEvent): void => {
    const { state, probe } = step(relay.state, event, clock.steady(), random());
    if (state.phase !== relay.state.phase) relay.since = clock.now();
    relay.state = state;
    if (!probe) return;
    if (isLoopback(relay.address.host) || online()) startProbe(relay);
    else apply(relay, { type: 'probed', result: OFFLINE });
  };

  /** Everything goes through here: events first, then what follows from them, once. */
  const tell = (relays: Iterable<Watched>, event: RelayEvent): void => {
    if (stopped) return;
    for (const relay of [...relays]) {
      // A listener may have changed the relays while we told it of another.
      if (watched.get(relay.address.name) !== relay) continue;
      apply(relay, event);
      show(relay);
    }
    setTimer();
  };

  const show = (relay: Watched): void => {
    const before = relay.shown;
    const status = describeRelay(relay, clock);
    if (before !== null && sameStatus(before, status)) return;
    relay.shown = status;
    options.onChange(relay.address.name, status, before, relay.state.problem);
  };

  const setTimer = (): void => {
    clearTimeout(timer);
    if (stopped) return;
    const looks = [...watched.values()].map((relay) => nextLookAt(relay.state)).filter((at) => at !== null);
    if (looks.length === 0) return;
    // Rounded up: a timer that fires a fraction early would only be set again.
    const waitMs = Math.min(Math.ceil(Math.max(0, Math.min(...looks) - clock.steady())), LONGEST_TIMER_MS);
    timer = setTimeout(() => tell(watched.values(), { type: 'time' }), waitMs);
  };

  const startProbe = (relay: Watched): void => {
    const controller = new AbortController();
    relay.running = controller;
    const finish = (result: LookResult): void => {
      clearTimeout(deadline);
      if (relay.running !== controller) return;
      relay.running = null;
      tell([relay], { type: 'probed', result });
    };
    const deadline = setTimeout(() => {
      finish(failure('timed-out', 'The relay did not answer in time.'));
      controller.abort();
    }, probeDeadlineMs);
    controller.signal.addEventListener('abort', () => clearTimeout(deadline));
    // In a turn of its own, so that a probe that throws or calls back at once finds us ready.
    Promise.resolve()
      .then(() => options.probe(relay.address.name, controller.signal))
      .then(finish, (error: unknown) =>
        finish(failure('other', `The relay could not be checked: ${error instanceof Error ? error.message : error}`)),
      );
  };

  const letGo = (relay: Watched): void => {
    const controller = relay.running;
    relay.running = null;
    controller?.abort();
  };

  const setRelays = (relays: readonly R[]): void => {
    const before = new Map(watched);
    watched.clear();
    const fresh: Watched[] = [];
    for (const address of relays) {
      const settings = JSON.stringify(address);
      const known = before.get(address.name);
      if (known?.settings === settings) {
        watched.set(address.name, known);
        continue;
      }
      const state = { ...INITIAL_STATE, waiting: known?.state.waiting ?? false };
      const relay = { address, settings, state, since: clock.now(), shown: known?.shown ?? null, running: null };
      watched.set(address.name, relay);
      fresh.push(relay);
    }
    for (const relay of before.values()) if (watched.get(relay.address.name) !== relay) letGo(relay);
    tell(fresh, { type: 'time' });
  };

  setRelays(options.relays);
  return {
    hint: (reason) => tell(watched.values(), { type: 'hint', reason }),
    setRelays,
    setWaiting(waiting) {
      for (const relay of [...watched.values()])
        tell([relay], { type: 'waiting', waiting: waiting(relay.address.name) });
    },
    report(name, result) {
      const relay = watched.get(name);
      if (relay !== undefined) tell([relay], { type: 'used', result });
    },
    statuses: () => [...watched.values()].map((relay) => describeRelay(relay, clock)),
    stop() {
      if (stopped) return;
      stopped = true;
      clearTimeout(timer);
      for (const relay of watched.values()) letGo(relay);
    },
  };
}

function failure(kind: string, message: string): LookResult {
  return { ok: false, problem: { kind, message, remedy: '' } };
}
