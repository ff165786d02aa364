/**
 * Whether one relay can be reached, as a pure state machine: what is believed, what happened,
 * and out comes what is believed now, whether to probe, and when to look next.
 *
 * Hints prove nothing; a probe (greeting, TLS, EHLO) or a run does. Nothing is probed while no
 * mail waits. There is at most one probe at a time, and while mail waits there is a probe or a
 * next look, except where only a person can help: then a hint or "send now" still earns one
 * look. Times are milliseconds of the steady clock.
 */
import type { RelayProblemKind } from '../delivery/relay.js';

/** What went wrong, in words for people. `kind` decides what is worth another try. */
export interface Problem {
  readonly kind: string;
  readonly message: string;
  readonly remedy: string;
  readonly reply?: string;
  /** It asked to be left alone for so long. */
  readonly restMs?: number;
}

export type LookResult = { readonly ok: true } | { readonly ok: false; readonly problem: Problem };

/** network: something changed. wake: back from sleep or a locked screen. send-now: a person asks, so no pause is kept. */
export type Hint = 'network' | 'wake' | 'send-now';

export type RelayEvent =
  | { readonly type: 'hint'; readonly reason: Hint }
  | { readonly type: 'waiting'; readonly waiting: boolean }
  | { readonly type: 'probed'; readonly result: LookResult }
  /** A run used the relay: the best proof there is. */
  | { readonly type: 'used'; readonly result: LookResult }
  | { readonly type: 'time' };

export type Phase = 'unknown' | 'reachable' | 'unreachable' | 'needs-you';

export interface RelayState {
  readonly phase: Phase;
  readonly problem: Problem | null;
  readonly waiting: boolean;
  readonly probing: boolean;
  readonly probedAt: number;
  /** A run has reported since the probe began; its word outweighs the probe's. */
  readonly outweighed: boolean;
  /** Earliest look that a hint has earned; null when there was none since the last look. */
  readonly owedAt: number | null;
  /** Next look without any hint; null where only a person can help. */
  readonly retryAt: number | null;
  /** Last failure, of a probe or of a run. */
  readonly troubleAt: number;
  readonly probeFailures: number;
  /** It is left alone until then, whatever the network does. */
  readonly restUntil: number;
  /** How often in a row it asked for that. */
  readonly rests: number;
  /** Failed runs since the last good one. A probe that succeeds between them does not count as mended. */
  readonly runFailures: number;
}

export interface Step {
  readonly state: RelayState;
  /** Start one probe now. */
  readonly probe: boolean;
}

export const FIRST_RETRY_MS = 5000;
export const LONGEST_RETRY_MS = 300_000;
/** A relay that was reachable this long ago is looked at again while mail still waits for it. */
export const PROOF_MS = 900_000;
/** Between probes that hints ask for: enough for addresses and names to follow the link. */
export const HINT_PAUSE_MS = 2000;
/** Hints wait at most this long when the relay answers but fails the run. */
const RUN_FAILURE_PAUSE_MS = 60_000;
/** A relay that asks for rest again and again gets more of it, up to this. */
const LONGEST_REST_MS = 3_600_000;
const REST_MEMORY_MS = 1_800_000;
/** A rejected password is not offered at every change of the network: providers lock accounts. */
export const REJECTED_PAUSE_MS = 900_000;

/** A probe sees these mended (another network, a new certificate), so they are looked at again. */
const MENDED_OUTSIDE: ReadonlySet<string> = new Set<RelayProblemKind>(['certificate', 'starttls-missing']);
/** Nothing a probe could see mends these. */
const MENDED_HERE: ReadonlySet<string> = new Set<RelayProblemKind>([
  'auth-rejected',
  'auth-missing',
  'password-missing',
  'keychain-locked',
  'keychain-absent',
  'password-command',
  'plaintext-forbidden',
]);

export const INITIAL_STATE: RelayState = {
  phase: 'unknown',
  problem: null,
  waiting: false,
  probing: false,
  probedAt: Number.NEGATIVE_INFINITY,
  outweighed: false,
  owedAt: null,
  retryAt: Number.NEGATIVE_INFINITY,
  troubleAt: Number.NEGATIVE_INFINITY,
  probeFailures: 0,
  restUntil: Number.NEGATIVE_INFINITY,
  rests: 0,
  runFailures: 0,
};

export function needsPerson(kind: string): boolean {
  return MENDED_HERE.has(kind) || MENDED_OUTSIDE.has(kind);
}

/** When to send the next `time`; null: not before something else happens. */
export function nextLookAt(state: RelayState): number | null {
  if (!state.waiting || state.probing) return null;
  if (state.owedAt === null) return state.retryAt;
  return state.retryAt === null ? state.owedAt : Math.min(state.owedAt, state.retryAt);
}

/** `random` is in [0, 1), for the spread of the pauses. */
export function step(state: RelayState, event: RelayEvent, now: number, random: number): Step {
  const next = after(state, event, now, random);
  const lookAt = nextLookAt(next);
  if (lookAt === null || lookAt > now) return { state: next, probe: false };
  return { state: { ...next, probing: true, outweighed: false, probedAt: now, owedAt: null }, probe: true };
}

function after(state: RelayState, event: RelayEvent, now: number, random: number): RelayState {
  switch (event.type) {
    case 'hint':
      return hinted(state, event.reason === 'send-now', now);
    case 'waiting':
      return { ...state, waiting: event.waiting };
    case 'probed': {
      const done = { ...state, probing: false };
      if (state.outweighed) return done;
      if (event.result.ok) return reachable({ ...done, probeFailures: 0 }, now);
      return failed({ ...done, probeFailures: state.probeFailures + 1 }, event.result.problem, now, random);
    }
    case 'used': {
      const told = { ...state, outweighed: true };
      if (event.result.ok) return reachable({ ...told, probeFailures: 0, runFailures: 0 }, now);
      return failed({ ...told, runFailures: state.runFailures + 1 }, event.result.problem, now, random);
    }
    case 'time':
      return state;
  }
}

function hinted(state: RelayState, asked: boolean, now: number): RelayState {
  const earliest = asked ? now : Math.max(now, earliestHintedLook(state));
  const owed: RelayState = {
    ...state,
    owedAt: state.owedAt === null ? earliest : Math.min(state.owedAt, earliest),
    probeFailures: 0,
    runFailures: asked ? 0 : state.runFailures,
  };
  // With nothing to send nobody looks, and what was believed belongs to the network before.
  if (asked || state.waiting || state.probing || state.phase === 'needs-you') return owed;
  return { ...owed, phase: 'unknown', problem: null };
}

function reachable(state: RelayState, now: number): RelayState {
  return { ...state, phase: 'reachable', problem: null, owedAt: null, retryAt: now + PROOF_MS };
}

function failed(state: RelayState, problem: Problem, now: number, random: number): RelayState {
  const failures = MENDED_OUTSIDE.has(problem.kind) ? Infinity : Math.max(state.probeFailures, state.runFailures);
  const { restMs = 0 } = problem;
  const rests = restMs === 0 ? 0 : restsAfter(state, now);
  const rest =
    restMs === 0 ? 0 : Math.min(restMs * 2 ** (rests - 1), Math.max(restMs, LONGEST_REST_MS)) * (1 + random / 4);
  // Between half and all of the pause, so that several relays behind one line do not march in step; of a rest never less.
  const pause = rest > 0 ? Math.max(rest, state.restUntil - now) : retryPause(failures) * (0.5 + random / 2);
  const next: RelayState = {
    ...state,
    phase: needsPerson(problem.kind) ? 'needs-you' : 'unreachable',
    problem,
    troubleAt: now,
    ...(rest > 0 ? { rests, restUntil: now + pause } : {}),
    retryAt: MENDED_HERE.has(problem.kind) ? null : now + pause,
  };
  return next.owedAt === null ? next : { ...next, owedAt: Math.max(next.owedAt, earliestHintedLook(next)) };
}

/** Taken for a while in between does not make the next request the first; that of another connection while it rests is the same. */
function restsAfter({ rests, restUntil }: RelayState, now: number): number {
  if (now < restUntil) return rests;
  return now - restUntil < REST_MEMORY_MS ? rests + 1 : 1;
}

/** Doubles with each failure in a row. */
function retryPause(failures: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS);
}

/** Another network makes no relay take more. */
function earliestHintedLook(state: RelayState): number {
  const pause = state.problem?.kind === 'auth-rejected' ? REJECTED_PAUSE_MS : runFailurePause(state.runFailures);
  return Math.max(state.probedAt + HINT_PAUSE_MS, state.troubleAt + pause, state.restUntil);
}

function runFailurePause(failures: number): number {
  return failures === 0 ? 0 : Math.min(retryPause(failures), RUN_FAILURE_PAUSE_MS);
}
