import { describe, expect, it } from 'vitest';
import type { AgentState, Bridge, CancelResult, QueueState, RelayStatus } from '../../core/bridge/contract.js';
import { createActions, describeResults } from '../../renderer/actions.js';
import { chooseBanner } from '../../renderer/banner-words.js';
import { sizeWords } from '../../renderer/state-words.js';
import { statusLine } from '../../renderer/status-words.js';
import { agentState, NOW, queueEntry } from '../support/queue-entries.js';

const place = { locale: 'en-GB', timeZone: 'UTC' };
const queue = (...states: QueueState[]) => states.map((state, number) => queueEntry(number, { state }));
const relay = (change: Partial<RelayStatus>): RelayStatus => ({
  name: 'home',
  host: 'smtp.example.org',
  port: 465,
  state: 'unreachable',
  reason: 'Cannot reach smtp.example.org: connection refused',
  remedy: '',
  since: NOW,
  ...change,
});
const waiting = queue('waiting', 'waiting', 'will-retry');
const textOf = (state: AgentState) => statusLine(state, NOW, place).text;

describe('statusLine', () => {
  it('says how much waits, why, and when the next look is', () => {
    const state = agentState(waiting, { relays: [relay({ nextLookAt: NOW + 40_000 })] });

    expect(statusLine(state, NOW, place)).toMatchObject({
      tone: 'calm',
      text: '3 messages waiting. Cannot reach smtp.example.org: connection refused.',
      nextLookAt: NOW + 40_000,
    });
  });

  it.each([
    ['No mail is waiting.', agentState([])],
    ['1 message waiting.', agentState(queue('waiting'))],
    ['3 messages: 1 waiting, 1 held, 1 failed.', agentState(queue('waiting', 'held', 'failed'))],
    ['1 message being sent. Sending.', agentState(queue('sending'))],
    ['3 messages waiting. No relay is set up.', agentState(waiting, { relays: [] })],
    [
      '3 messages waiting. Looking for smtp.example.org.',
      agentState(waiting, { relays: [relay({ state: 'checking' })] }),
    ],
    ['3 messages waiting. Sending is paused until you resume.', agentState(waiting, { paused: { until: null } })],
    ['3 messages waiting. Sending is paused until 14:35.', agentState(waiting, { paused: { until: NOW + 1_800_000 } })],
    [
      '3 messages waiting. Waiting since 12:05 though the relay answers.',
      agentState(waiting, { stuckSince: NOW - 7_200_000 }),
    ],
  ])('says: %s', (text, state) => {
    expect(textOf(state)).toBe(text);
  });

  it('takes trouble only a person can mend as trouble, being offline not', () => {
    const needy = agentState(waiting, { relays: [relay({ state: 'needs-you', reason: 'The password was refused.' })] });

    expect(statusLine(needy, NOW, place).tone).toBe('trouble');
    expect(textOf(needy)).toBe('3 messages waiting. The password was refused.');
  });

  it('shows nothing of a relay that could mislead', () => {
    const hostile = agentState(waiting, { relays: [relay({ reason: 'no\u202e\r\nroute', reply: '\u001b[2J421' })] });

    expect(statusLine(hostile, NOW, place)).toMatchObject({ text: '3 messages waiting. no route.', detail: '[2J421' });
  });
});

describe('chooseBanner', () => {
  const mistake = { key: 'relays.home.port', line: 7, message: 'a number from 1 to 65535' };

  it('names file, line and key of a mistake in the settings', () => {
    const banner = chooseBanner(agentState([], { settingsProblems: [mistake, mistake] }), 'connected');

    expect(banner?.text).toBe(
      '/home/me/.config/outtray/settings.json, line 7, relays.home.port: a number from 1 to 65535. And 1 more. Mail is still accepted.',
    );
  });

  it('gives the remedy and the words of a relay that needs a person', () => {
    const needy = relay({
      state: 'needs-you',
      reason: 'smtp.example.org refused the password',
      remedy: 'Set it with: outtray relay password home',
      reply: '535 5.7.8 Authentication failed',
    });

    expect(chooseBanner(agentState(waiting, { relays: [needy] }), 'connected')).toEqual({
      tone: 'trouble',
      title: 'smtp.example.org refused the password.',
      text: 'Set it with: outtray relay password home',
      quote: { who: 'smtp.example.org', words: '535 5.7.8 Authentication failed' },
    });
  });

  it('asks for a relay where there is none, but not of somebody who practises', () => {
    const practice = { on: true, port: 2526, maildir: '/tmp/mail', received: 0 };

    expect(chooseBanner(agentState([], { relays: [] }), 'connected')?.command).toBe('outtray relay add NAME');
    expect(chooseBanner(agentState([], { relays: [], practice }), 'connected')).toBeNull();
  });

  it('says that the agent is gone before anything else', () => {
    const state = agentState([], { settingsProblems: [mistake] });

    expect(chooseBanner(state, 'gone')?.command).toBe('outtray agent start && outtray open');
    expect(chooseBanner(null, 'closed')?.command).toBe('outtray open');
  });

  it('leaves people alone with what cures itself', () => {
    expect(chooseBanner(agentState(waiting, { relays: [relay({})] }), 'connected')).toBeNull();
    expect(chooseBanner(null, 'connecting')).toBeNull();
  });
});

describe('describeResults', () => {
  it('tells only of what may be tried again', () => {
    expect(describeResults(['done', 'gone'])).toBeNull();
    expect(describeResults(['busy', 'done'])).toMatch(/^1 message is being sent right now and was left alone/);
    expect(describeResults(['busy', 'busy'])).toMatch(/^2 messages are being sent right now and were left alone/);
  });
});

describe('stopping a message', () => {
  const bridgeOf = (answer: () => Promise<CancelResult>) => ({ call: answer }) as unknown as Bridge;
  const stop = (answer: () => Promise<CancelResult>) => createActions(bridgeOf(answer)).stop(queueEntry(1));

  it.each([
    ['cancelled', /^Stopped\. Once released/],
    ['too-late', /too late: all of it is sent/],
    ['gone', /^There was nothing to stop/],
  ] as const)('says what came of it: %s', async (result, words) => {
    expect(await stop(async () => result)).toMatch(words);
  });

  it('gives the words of a refusal', async () => {
    expect(await stop(() => Promise.reject(new Error('Outtray has stopped.')))).toBe('Outtray has stopped.');
  });
});

describe('sizeWords', () => {
  it.each([
    [-1, 'missing'],
    [1, '1 byte'],
    [842, '842 bytes'],
    [1400, '1.4 kB'],
    [9960, '10 kB'],
    [999_600, '1.0 MB'],
    [52_000_000, '52 MB'],
  ])('of %d is %s', (bytes, words) => {
    expect(sizeWords(bytes)).toBe(words);
  });
});
