import { describe, expect, it } from 'vitest';
import {
  decideNotices,
  type NoticeAction,
  type NoticeFacts,
  QUIET_AFTER_WAKE_MS,
} from '../../electron/notice-policy.js';
import { agentState, counts, entry, MINUTE, NOON, relay } from './states.js';

const failed = entry({ state: 'failed', reply: '550 5.1.1 No such user' });
const maybeSent = entry({ id: '6AKCAoWd002000', state: 'maybe-sent', next: 'It is tried again at 12:40.' });
const offline = relay({ state: 'unreachable', reason: 'No network.' });
const needy = relay({ state: 'needs-you', reason: 'The relay refused the password.', remedy: 'Enter it again.' });

/** Facts in the order they come up; what was told is carried along. Returns what each step does, as words. */
function review(...steps: Partial<NoticeFacts>[]): string[] {
  let told: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  return steps.map((step) => {
    const facts: NoticeFacts = { state: agentState(), entries: [], now: NOON, wokeAt: null, ...step };
    const decision = decideNotices(facts, told);
    told = decision.told;
    return decision.actions.map(describeAction).join(', ') || 'nothing';
  });
}

function describeAction(action: NoticeAction): string {
  return action.kind === 'withdraw' ? `withdraw ${action.id}` : `${action.kind} ${action.notice.id}`;
}

function show(facts: Partial<NoticeFacts>): string[] {
  const { actions } = decideNotices({ state: agentState(), entries: [], now: NOON, wokeAt: null, ...facts }, new Map());
  return actions.flatMap((action) =>
    action.kind === 'show' ? [`${action.notice.title} | ${action.notice.body}`] : [],
  );
}

describe('a pop-up', () => {
  it.each<[string, Partial<NoticeFacts>, string]>([
    ['nothing to tell', {}, 'nothing'],
    ['waiting', { entries: [entry()] }, 'nothing'],
    ['a deferral', { entries: [entry({ state: 'will-retry', reply: '451 4.7.1 Later' })] }, 'nothing'],
    ['held by the person', { entries: [entry({ state: 'held' })] }, 'nothing'],
    ['going offline', { entries: [entry()], state: agentState({ relays: [offline] }) }, 'nothing'],
    ['failed for good', { entries: [failed] }, 'show failed'],
    ['maybe sent', { entries: [maybeSent] }, 'show maybe-sent'],
    ['sign-in needed', { state: agentState({ relays: [needy] }) }, 'show relay:home'],
    ['stuck long enough', { state: agentState({ stuckSince: NOON - 60 * MINUTE }) }, 'show stuck'],
    ['stuck not long enough', { state: agentState({ stuckSince: NOON - 59 * MINUTE }) }, 'nothing'],
    ['stuck, told at once by setting', { state: agentState({ stuckSince: NOON, stuckAfterMs: 0 }) }, 'show stuck'],
    ['just awake', { entries: [failed], wokeAt: NOON - QUIET_AFTER_WAKE_MS + 1 }, 'nothing'],
    ['awake for two minutes', { entries: [failed], wokeAt: NOON - QUIET_AFTER_WAKE_MS }, 'show failed'],
  ])('comes only when the person can act: %s', (_name, facts, action) => {
    expect(review(facts)).toEqual([action]);
  });

  it.each<[string, Partial<NoticeFacts>[], string[]]>([
    ['once for the same failure', [{ entries: [failed] }, { entries: [failed] }], ['show failed', 'nothing']],
    [
      'again in the same place when another message fails',
      [{ entries: [failed] }, { entries: [failed, { ...failed, id: 'other' }] }],
      ['show failed', 'show failed'],
    ],
    [
      'changed quietly when one of two is dealt with',
      [{ entries: [failed, { ...failed, id: 'other' }] }, { entries: [failed] }],
      ['show failed', 'update failed'],
    ],
    ['withdrawn when dealt with', [{ entries: [failed] }, { entries: [] }], ['show failed', 'withdraw failed']],
    [
      'not again when the person tries and it fails again',
      [{ entries: [failed] }, { entries: [{ ...failed, state: 'sending' }] }, { entries: [failed] }],
      ['show failed', 'nothing', 'nothing'],
    ],
    [
      'withdrawn when a maybe sent message went through after all',
      [{ entries: [maybeSent] }, { entries: [{ ...maybeSent, state: 'sending' }] }, { entries: [] }],
      ['show maybe-sent', 'nothing', 'withdraw maybe-sent'],
    ],
    [
      'once an episode of sign-in trouble, however often the relay is looked at',
      [
        { state: agentState({ relays: [needy] }) },
        { state: agentState({ relays: [relay({ state: 'checking' })] }) },
        { state: agentState({ relays: [needy] }) },
        { state: agentState({ relays: [offline] }) },
        { state: agentState({ relays: [needy] }) },
      ],
      ['show relay:home', 'nothing', 'nothing', 'nothing', 'nothing'],
    ],
    [
      'anew when sign-in fails after it had worked',
      [{ state: agentState({ relays: [needy] }) }, { state: agentState() }, { state: agentState({ relays: [needy] }) }],
      ['show relay:home', 'withdraw relay:home', 'show relay:home'],
    ],
    [
      'withdrawn when the relay leaves the settings',
      [{ state: agentState({ relays: [needy] }) }, { state: agentState({ relays: [] }) }],
      ['show relay:home', 'withdraw relay:home'],
    ],
    [
      'withdrawn when stuck mail moves or the network goes',
      [{ state: agentState({ stuckSince: NOON, stuckAfterMs: 0 }) }, { state: agentState() }],
      ['show stuck', 'withdraw stuck'],
    ],
    [
      'late, when the trouble outlasts the quiet after wake',
      [
        { entries: [failed], wokeAt: NOON },
        { entries: [failed], wokeAt: NOON, now: NOON + QUIET_AFTER_WAKE_MS },
      ],
      ['nothing', 'show failed'],
    ],
    [
      'never, when the trouble ends within the quiet after wake',
      [
        { state: agentState({ relays: [needy] }), wokeAt: NOON },
        { state: agentState(), wokeAt: NOON, now: NOON + QUIET_AFTER_WAKE_MS },
      ],
      ['nothing', 'nothing'],
    ],
    [
      'withdrawn even within the quiet after wake',
      [{ entries: [failed] }, { entries: [], wokeAt: NOON }],
      ['show failed', 'withdraw failed'],
    ],
  ])('comes %s', (_name, steps, actions) => {
    expect(review(...steps)).toEqual(actions);
  });
});

describe('looking again without being asked', () => {
  it.each<[string, Partial<NoticeFacts>, number | null]>([
    ['not needed while nothing depends on time', { entries: [failed] }, null],
    ['when the quiet after wake ends', { entries: [failed], wokeAt: NOON - MINUTE }, NOON + MINUTE],
    ['when mail counts as stuck', { state: agentState({ stuckSince: NOON }) }, NOON + 60 * MINUTE],
    ['not needed once it counts as stuck', { state: agentState({ stuckSince: NOON - 61 * MINUTE }) }, null],
  ])('%s', (_name, facts, at) => {
    const decision = decideNotices({ state: agentState(), entries: [], now: NOON, wokeAt: null, ...facts }, new Map());

    expect(decision.lookAgainAt).toBe(at);
  });
});

describe('the words', () => {
  it.each<[string, Partial<NoticeFacts>, string]>([
    [
      'the relay’s own for one failure',
      { entries: [failed] },
      'A message could not be sent | “Lunch” to ann@example.org: 550 5.1.1 No such user',
    ],
    [
      'a count for several',
      { entries: [failed, { ...failed, id: 'other' }] },
      '2 messages could not be sent | The relay refused for good. Open the Outbox to see its words and decide.',
    ],
    [
      'no subject',
      { entries: [{ ...failed, subject: '' }] },
      'A message could not be sent | “No subject” to ann@example.org: 550 5.1.1 No such user',
    ],
    [
      'what happens next for maybe sent',
      { entries: [maybeSent] },
      'A message may have been sent | “Lunch” to ann@example.org: the relay did not confirm it. It is tried again at 12:40.',
    ],
    [
      'the remedy for a relay',
      { state: agentState({ relays: [needy] }) },
      'Relay home needs you | The relay refused the password. Enter it again.',
    ],
    [
      'how long mail is stuck',
      { state: agentState({ counts: counts({ waiting: 1 }), stuckSince: NOON - 90 * MINUTE }) },
      'Mail is stuck | The relay can be reached, but mail has waited for 90 minutes. Open the Outbox to see why.',
    ],
  ])('are %s', (_name, facts, words) => {
    expect(show(facts)).toEqual([words]);
  });

  it('name no address, subject or reply when addresses are hidden', () => {
    const state = agentState({
      showAddresses: false,
      relays: [relay({ state: 'needs-you', reason: 'The password of me@example.org was refused.' })],
    });

    const words = show({ state, entries: [failed, maybeSent] });

    expect(words).toHaveLength(3);
    expect(words.join('\n')).not.toMatch(/@|Lunch|550/);
  });
});
