/**
 * A relay's state in words for people. While a relay that could not be reached is looked at
 * again it is "checking", with the reason of before; one that is reachable or needs a person
 * stays so until the look says otherwise, because a status that flickers helps nobody.
 */
import type { Clock } from '../system/clock.js';
import { nextLookAt, type RelayState } from './relay-state.js';

export interface RelayAddress {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** What a window shows of a relay; instants are milliseconds since the epoch. */
export interface RelayStatus extends RelayAddress {
  readonly state: 'unknown' | 'checking' | 'reachable' | 'unreachable' | 'needs-you';
  /** Plain words; empty when reachable. */
  readonly reason: string;
  /** What a person can do; empty when nothing. */
  readonly remedy: string;
  /** The relay's or the system's own words. */
  readonly reply?: string;
  /** Since when reachable, not reachable, unknown or in need of a person. */
  readonly since: number;
  readonly nextLookAt?: number;
}

export interface WatchedRelay {
  readonly address: RelayAddress;
  state: RelayState;
  since: number;
}

export function describeRelay(relay: WatchedRelay, clock: Clock): RelayStatus {
  const { state, since } = relay;
  const { name, host, port } = relay.address;
  const lookAt = nextLookAt(state);
  return {
    name,
    host,
    port,
    state: shownState(state),
    reason: state.problem?.message ?? reasonWithoutProblem(state),
    remedy: state.problem?.remedy ?? '',
    ...(state.problem?.reply === undefined ? {} : { reply: state.problem.reply }),
    since,
    // The next look at a relay that answers is housekeeping, nothing a person waits for.
    ...(lookAt === null || state.phase === 'reachable' ? {} : { nextLookAt: wallTime(lookAt, clock) }),
  };
}

/** Whether two statuses look the same. The instant of the next look differs by rounding each time it is read. */
export function sameStatus(a: RelayStatus, b: RelayStatus): boolean {
  return (
    a.host === b.host &&
    a.port === b.port &&
    a.state === b.state &&
    a.reason === b.reason &&
    a.remedy === b.remedy &&
    a.reply === b.reply &&
    a.since === b.since &&
    Math.abs((a.nextLookAt ?? 0) - (b.nextLookAt ?? 0)) < 1000
  );
}

function shownState(state: RelayState): RelayStatus['state'] {
  return state.probing && (state.phase === 'unknown' || state.phase === 'unreachable') ? 'checking' : state.phase;
}

function reasonWithoutProblem(state: RelayState): string {
  if (state.phase === 'reachable') return '';
  if (state.probing) return 'Asking the relay.';
  return state.waiting ? 'Not asked yet.' : 'Not asked yet: the relay is asked when there is mail for it.';
}

function wallTime(steady: number, clock: Clock): number {
  return Math.round(clock.now() + Math.max(0, steady - clock.steady()));
}
