import { describe, expect, it } from 'vitest';
import type { RelayProblemKind } from '../../../core/delivery/relay.js';
import {
  FIRST_RETRY_MS,
  HINT_PAUSE_MS,
  INITIAL_STATE,
  LONGEST_RETRY_MS,
  type LookResult,
  needsPerson,
  nextLookAt,
  PROOF_MS,
  REJECTED_PAUSE_MS,
  type RelayEvent,
  type RelayState,
  step,
} from '../../../core/network/relay-state.js';
import { seededRandom } from '../../support/random.js';

const OK: LookResult = { ok: true };
const waiting: RelayEvent = { type: 'waiting', waiting: true };
const idle: RelayEvent = { type: 'waiting', waiting: false };
const network: RelayEvent = { type: 'hint', reason: 'network' };
const sendNow: RelayEvent = { type: 'hint', reason: 'send-now' };
const time: RelayEvent = { type: 'time' };
const probed = (result: LookResult): RelayEvent => ({ type: 'probed', result });
const used = (result: LookResult): RelayEvent => ({ type: 'used', result });

/** Longest pauses, so that the tables below are exact. */
const FULL = 1;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const busy: LookResult = {
  ok: false,
  problem: { kind: 'relay-busy', message: '', remedy: '', restMs: 5 * MINUTE },
};

interface Row {
  readonly name: string;
  /** What happens, and when on the steady clock. */
  readonly given: readonly (readonly [at: number, event: RelayEvent])[];
  readonly probes: readonly number[];
  readonly phase: RelayState['phase'];
  readonly nextLookAt: number | null;
}

const TABLE: readonly Row[] = [
  {
    name: 'a relay that asks for rest gets it, whatever the network does',
    given: [
      [0, waiting],
      [100, probed(OK)],
      [1000, used(busy)],
      [2000, network],
      [3 * MINUTE, network],
    ],
    probes: [0],
    phase: 'unreachable',
    nextLookAt: 1000 + 5 * MINUTE * 1.25,
  },
  {
    name: 'a relay that asks for rest again is given twice as much, though it was taken for a moment between',
    given: [
      [0, waiting],
      [100, probed(OK)],
      [1000, used(busy)],
      [7 * MINUTE, time],
      [7 * MINUTE + 100, probed(OK)],
      [7 * MINUTE + 200, used(OK)],
      [7 * MINUTE + 300, used(busy)],
    ],
    probes: [0, 7 * MINUTE],
    phase: 'unreachable',
    nextLookAt: 7 * MINUTE + 300 + 10 * MINUTE * 1.25,
  },
  {
    name: 'a relay that says so on each of four connections has asked for rest once',
    given: [
      [0, waiting],
      [100, probed(OK)],
      [1000, used(busy)],
      [1100, used(OK)],
      [1200, used(busy)],
      [1300, used(busy)],
      [1400, used(busy)],
    ],
    probes: [0],
    phase: 'unreachable',
    nextLookAt: 1400 + 5 * MINUTE * 1.25,
  },
  {
    name: 'a relay that ends another session while it rests is not asked sooner for it',
    given: [
      [0, waiting],
      [100, probed(OK)],
      [1000, used(busy)],
      [2000, used({ ok: false, problem: { kind: 'relay-busy', message: '', remedy: '', restMs: MINUTE } })],
    ],
    probes: [0],
    phase: 'unreachable',
    nextLookAt: 1000 + 5 * MINUTE * 1.25,
  },
  {
    name: 'a person who says so gets a relay asked that rests',
    given: [
      [0, waiting],
      [100, probed(OK)],
      [1000, used(busy)],
      [5000, sendNow],
    ],
    probes: [0, 5000],
    phase: 'unreachable',
    nextLookAt: null,
  },
  {
    name: 'nothing is probed while nothing waits',
    given: [
      [0, network],
      [10, sendNow],
      [20, time],
    ],
    probes: [],
    phase: 'unknown',
    nextLookAt: null,
  },
  {
    name: 'the first mail is a reason to look',
    given: [[5, waiting]],
    probes: [5],
    phase: 'unknown',
    nextLookAt: null,
  },
  {
    name: 'a relay that answers is looked at again only much later',
    given: [
      [0, waiting],
      [100, probed(OK)],
    ],
    probes: [0],
    phase: 'reachable',
    nextLookAt: 100 + PROOF_MS,
  },
  {
    name: 'a good run counts as a look',
    given: [
      [0, waiting],
      [100, probed(OK)],
      [10 * MINUTE, used(OK)],
    ],
    probes: [0],
    phase: 'reachable',
    nextLookAt: 10 * MINUTE + PROOF_MS,
  },
  {
    name: 'pauses double while the relay stays away',
    given: [
      [0, waiting],
      [0, probed(no('refused'))],
      [5000, time],
      [5000, probed(no('refused'))],
      [15_000, time],
      [15_000, probed(no('refused'))],
    ],
    probes: [0, 5000, 15_000],
    phase: 'unreachable',
    nextLookAt: 35_000,
  },
  {
    name: 'a hint cuts the pause short and begins the pauses anew',
    given: [
      [0, waiting],
      [0, probed(no('refused'))],
      [5000, time],
      [5000, probed(no('refused'))],
      [8000, network],
      [8000, probed(no('refused'))],
    ],
    probes: [0, 5000, 8000],
    phase: 'unreachable',
    nextLookAt: 8000 + FIRST_RETRY_MS,
  },
  {
    name: 'hints in quick order are one look, a moment after the last',
    given: [
      [0, waiting],
      [0, probed(no('no-network'))],
      [300, network],
      [600, network],
      [HINT_PAUSE_MS, time],
    ],
    probes: [0, HINT_PAUSE_MS],
    phase: 'unreachable',
    nextLookAt: null,
  },
  {
    name: 'a hint during a probe that fails is worth one more',
    given: [
      [0, waiting],
      [1000, network],
      [4000, probed(no('timed-out'))],
    ],
    probes: [0, 4000],
    phase: 'unreachable',
    nextLookAt: null,
  },
  {
    name: 'a hint during a probe that succeeds is answered by it',
    given: [
      [0, waiting],
      [1000, network],
      [4000, probed(OK)],
    ],
    probes: [0],
    phase: 'reachable',
    nextLookAt: 4000 + PROOF_MS,
  },
  {
    name: 'a person does not wait for a pause',
    given: [
      [0, waiting],
      [1, probed(no('refused'))],
      [2, sendNow],
    ],
    probes: [0, 2],
    phase: 'unreachable',
    nextLookAt: null,
  },
  {
    name: 'the wish of a person who was quicker than the queue is remembered',
    given: [
      [0, waiting],
      [1, probed(no('password-missing'))],
      [2, idle],
      [3, sendNow],
      [4, waiting],
    ],
    probes: [0, 4],
    phase: 'needs-you',
    nextLookAt: null,
  },
  {
    name: 'what was believed before a change of the network is not believed after it',
    given: [
      [0, waiting],
      [1, probed(OK)],
      [2, idle],
      [HOUR, network],
    ],
    probes: [0],
    phase: 'unknown',
    nextLookAt: null,
  },
  {
    name: 'new mail does not shorten the pause of a relay that just failed',
    given: [
      [0, waiting],
      [0, probed(no('refused'))],
      [1, idle],
      [2, waiting],
    ],
    probes: [0],
    phase: 'unreachable',
    nextLookAt: FIRST_RETRY_MS,
  },
  {
    name: 'a missing password is not looked for on a timer',
    given: [
      [0, waiting],
      [1, probed(OK)],
      [2, used(no('password-missing'))],
      [24 * HOUR, time],
    ],
    probes: [0],
    phase: 'needs-you',
    nextLookAt: null,
  },
  {
    name: 'a rejected password earns one look for a hint, long after',
    given: [
      [0, waiting],
      [1, probed(OK)],
      [2, used(no('auth-rejected'))],
      [MINUTE, network],
      [2 * MINUTE, network],
    ],
    probes: [0],
    phase: 'needs-you',
    nextLookAt: 2 + REJECTED_PAUSE_MS,
  },
  {
    name: 'a rejected password earns one look at once when a person asks',
    given: [
      [0, waiting],
      [1, probed(OK)],
      [2, used(no('auth-rejected'))],
      [3, sendNow],
    ],
    probes: [0, 3],
    phase: 'needs-you',
    nextLookAt: null,
  },
  {
    name: 'a bad certificate may be that of a captive portal: looked at again, seldom',
    given: [
      [0, waiting],
      [1, probed(no('certificate'))],
    ],
    probes: [0],
    phase: 'needs-you',
    nextLookAt: 1 + LONGEST_RETRY_MS,
  },
  {
    name: 'a sign-in page of the network is looked past soon: nothing else tells that somebody has signed in',
    given: [
      [0, waiting],
      [1, probed(no('sign-in-page'))],
    ],
    probes: [0],
    phase: 'unreachable',
    nextLookAt: 1 + FIRST_RETRY_MS,
  },
  {
    name: 'a relay that answers but fails the run is left alone longer each time',
    given: [
      [0, waiting],
      [0, probed(OK)],
      [0, used(no('relay-busy'))],
      [5000, time],
      [5000, probed(OK)],
      [5000, used(no('relay-busy'))],
      [15_000, time],
      [15_000, probed(OK)],
      [15_000, used(no('relay-busy'))],
    ],
    probes: [0, 5000, 15_000],
    phase: 'unreachable',
    nextLookAt: 35_000,
  },
  {
    name: 'the word of a run outweighs a probe that began before it',
    given: [
      [0, waiting],
      [10, used(OK)],
      [20, probed(no('timed-out'))],
    ],
    probes: [0],
    phase: 'reachable',
    nextLookAt: 10 + PROOF_MS,
  },
];

describe('one relay', () => {
  it.each(TABLE)('$name', ({ given, probes, phase, nextLookAt: expected }) => {
    let state = INITIAL_STATE;
    const seen: number[] = [];

    for (const [at, event] of given) {
      const result = step(state, event, at, FULL);
      state = result.state;
      if (result.probe) seen.push(at);
    }

    expect({ probes: seen, phase: state.phase, nextLookAt: nextLookAt(state) }).toEqual({
      probes,
      phase,
      nextLookAt: expected,
    });
  });

  it.each<RelayProblemKind>([
    'auth-rejected',
    'auth-missing',
    'password-missing',
    'keychain-locked',
    'keychain-absent',
    'password-command',
    'certificate',
    'starttls-missing',
    'plaintext-forbidden',
  ])('leaves to a person what only a person can mend (%s)', (kind) => {
    expect(needsPerson(kind)).toBe(true);
  });
});

interface World {
  readonly seed: number;
  readonly random: () => number;
  state: RelayState;
  now: number;
  up: boolean;
  /** Kind of trouble while down. */
  trouble: string;
  /** Starts of probes that no person asked for, and what earned each: a hint or the clock alone. */
  readonly unasked: { readonly at: number; readonly hinted: boolean }[];
  asked: boolean;
  hinted: boolean;
}

const KINDS = ['refused', 'timed-out', 'no-network', 'relay-busy', 'certificate', 'auth-rejected', 'keychain-locked'];
const SEEDS = Array.from({ length: 300 }, (_, index) => index + 1);

describe('any order of events', () => {
  it('never probes twice at once, too often, or for nothing, and never forgets waiting mail', () => {
    for (const seed of SEEDS) {
      const world = newWorld(seed);

      happen(world, 400);

      const tooSoon = world.unasked.filter(({ at, hinted }, index) => {
        const before = world.unasked[index - 1];
        return before !== undefined && at - before.at < (hinted ? HINT_PAUSE_MS : FIRST_RETRY_MS / 2);
      });
      expect(tooSoon, `seed ${seed}`).toEqual([]);
    }
  });

  it('reaches a relay that is up in the end, unasked unless only a person can help', () => {
    for (const seed of SEEDS) {
      const world = newWorld(seed);
      happen(world, 100);

      send(world, waiting);
      for (let looks = 0; looks < 10 && world.state.phase !== 'reachable'; looks += 1) {
        const lookAt = nextLookAt(world.state);
        if (world.state.probing) send(world, probed(OK));
        else if (lookAt === null) send(world, sendNow);
        else {
          expect(lookAt - world.now, `seed ${seed}`).toBeLessThanOrEqual(Math.max(LONGEST_RETRY_MS, REJECTED_PAUSE_MS));
          world.now = lookAt;
          send(world, time);
        }
      }

      expect(world.state.phase, `seed ${seed}`).toBe('reachable');
    }
  });
});

function newWorld(seed: number): World {
  const random = seededRandom(seed);
  const up = random() < 0.5;
  return {
    seed,
    random,
    state: INITIAL_STATE,
    now: 0,
    up,
    trouble: 'refused',
    unasked: [],
    asked: false,
    hinted: false,
  };
}

function happen(world: World, events: number): void {
  for (let count = 0; count < events; count += 1) {
    world.now += Math.floor(world.random() ** 4 * 20_000);
    send(world, chooseEvent(world));
  }
}

/** One event, and what must hold after each. */
function send(world: World, event: RelayEvent): void {
  const before = world.state;
  const { state, probe } = step(before, event, world.now, world.random());
  world.state = state;
  if (event.type === 'hint') world.hinted = true;
  if (event.type === 'hint' && event.reason === 'send-now') world.asked = true;
  if (probe) {
    const stillRunning = before.probing && event.type !== 'probed';
    expect(stillRunning, `two probes at once, seed ${world.seed}`).toBe(false);
    expect(state.waiting, `a probe for nothing, seed ${world.seed}`).toBe(true);
    if (!world.asked) world.unasked.push({ at: world.now, hinted: world.hinted });
    world.asked = false;
    world.hinted = false;
  }
  if (!state.waiting || state.probing || state.phase === 'needs-you') return;
  const lookAt = nextLookAt(state);
  expect(lookAt, `stuck after ${event.type}, seed ${world.seed}`).not.toBeNull();
  expect(lookAt ?? 0, `a look overdue, seed ${world.seed}`).toBeGreaterThan(world.now);
}

function chooseEvent(world: World): RelayEvent {
  const { random } = world;
  const result = (): LookResult => (world.up ? OK : no(world.trouble));
  if (random() < 0.1) {
    world.up = !world.up;
    world.trouble = KINDS[Math.floor(random() * KINDS.length)] ?? 'refused';
  }
  const choice = random();
  if (world.state.probing && choice < 0.4) return probed(result());
  if (choice < 0.45) return network;
  if (choice < 0.5) return { type: 'hint', reason: 'wake' };
  if (choice < 0.53) return sendNow;
  if (choice < 0.65) return random() < 0.7 ? waiting : idle;
  if (choice < 0.75) return used(result());
  return time;
}

function no(kind: string): LookResult {
  return { ok: false, problem: { kind, message: `trouble: ${kind}`, remedy: '' } };
}
