import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AgentState } from '../../core/bridge/contract.js';
import { type MenuItemModel, TRAY_ICONS, trayView } from '../../electron/tray-view.js';
import { agentState, counts, MINUTE, NOON, relay } from './states.js';

const unreachable = relay({ state: 'unreachable', reason: 'Connection refused by [127.0.0.1].' });
const needy = relay({ state: 'needs-you', reason: 'The relay refused the password.', remedy: 'Enter it again.' });
const practice = { on: true, port: 2525, maildir: '/home/me/practice', received: 3 };

/** Labels one a line; notes in brackets, separators as dashes, what cannot be chosen after a tilde. */
function drawMenu(items: readonly MenuItemModel[], indent = ''): string[] {
  return items.flatMap((item) => {
    switch (item.kind) {
      case 'separator':
        return [`${indent}---`];
      case 'note':
        return [`${indent}[${item.label}]`];
      case 'action':
        return [`${indent}${item.enabled ? '' : '~'}${item.label}`];
      case 'check':
        return [`${indent}${item.checked ? '(x)' : '( )'} ${item.label}`];
      case 'submenu':
        return [`${indent}${item.label} >`, ...drawMenu(item.items, `${indent}  `)];
      default:
        return item satisfies never;
    }
  });
}

function findAction(items: readonly MenuItemModel[], label: string): unknown {
  for (const item of items) {
    if (item.kind === 'submenu') {
      const found = findAction(item.items, label);
      if (found !== undefined) return found;
    } else if ((item.kind === 'action' || item.kind === 'check') && item.label === label) return item.action;
  }
  return undefined;
}

describe('the picture', () => {
  it.each<[string, Partial<AgentState>, string]>([
    ['empty when nothing waits', {}, 'empty'],
    ['empty when nothing waits, though the relay is out of reach', { relays: [unreachable] }, 'empty'],
    ['empty when nothing waits and no relay is set up', { relays: [] }, 'empty'],
    ['waiting', { counts: counts({ waiting: 1 }) }, 'waiting'],
    ['waiting while retries are due', { counts: counts({ 'will-retry': 2 }) }, 'waiting'],
    ['waiting while held', { counts: counts({ held: 1 }) }, 'waiting'],
    ['offline when no relay can be reached', { counts: counts({ waiting: 1 }), relays: [unreachable] }, 'offline'],
    [
      'waiting when one of two relays can be reached',
      { counts: counts({ waiting: 1 }), relays: [unreachable, relay({ name: 'work' })] },
      'waiting',
    ],
    ['sending during a run', { counts: counts({ waiting: 1 }), sending: true }, 'sending'],
    ['sending when another program sends', { counts: counts({ sending: 1 }) }, 'sending'],
    ['paused', { paused: { until: null } }, 'paused'],
    ['paused with mail waiting', { counts: counts({ waiting: 1 }), paused: { until: NOON } }, 'paused'],
    ['attention for a failed message', { counts: counts({ failed: 1 }) }, 'attention'],
    ['attention for a maybe sent message', { counts: counts({ 'maybe-sent': 1 }) }, 'attention'],
    ['attention for a damaged message', { counts: counts({ lost: 1 }) }, 'attention'],
    ['attention for a relay that needs the person', { relays: [needy] }, 'attention'],
    ['attention over paused', { counts: counts({ failed: 1 }), paused: { until: null } }, 'attention'],
    ['attention for mail and no relay', { counts: counts({ waiting: 1 }), relays: [] }, 'attention'],
    ['waiting for mail while practising', { counts: counts({ waiting: 1 }), relays: [], practice }, 'waiting'],
    [
      'attention when stuck for long enough',
      { counts: counts({ waiting: 1 }), stuckSince: NOON - 60 * MINUTE },
      'attention',
    ],
    [
      'waiting when not stuck for long enough',
      { counts: counts({ waiting: 1 }), stuckSince: NOON - 59 * MINUTE },
      'waiting',
    ],
    [
      'attention for settings with an error',
      { settingsProblems: [{ key: 'relays.home.port', line: 4, message: 'a number' }] },
      'attention',
    ],
  ])('is %s', (_name, some, icon) => {
    expect(trayView(agentState(some), NOON).icon).toBe(icon);
  });
});

describe.each(TRAY_ICONS)('the picture for %s', (icon) => {
  const size = (name: string): number => {
    const file = path.resolve(import.meta.dirname, '../../build/icons', name);
    return fs.readFileSync(file).readUInt32BE(16);
  };

  it('is there for both resolutions, and in black for macOS', () => {
    const names = [`tray-${icon}`, `tray-${icon}Template`].flatMap((name) => [`${name}.png`, `${name}@2x.png`]);

    expect(names.map(size)).toEqual([16, 32, 16, 32]);
  });
});

describe('the words', () => {
  it.each<[string, Partial<AgentState>, string]>([
    ['nothing', {}, 'Outtray: No mail is waiting'],
    ['one', { counts: counts({ waiting: 1 }) }, 'Outtray: 1 message waiting'],
    ['several of a kind', { counts: counts({ waiting: 1, 'will-retry': 2 }) }, 'Outtray: 3 messages waiting'],
    [
      'several kinds',
      { counts: counts({ waiting: 3, held: 1, failed: 1 }) },
      'Outtray: 5 messages: 3 waiting, 1 held, 1 failed',
    ],
    [
      'out of reach, next look known',
      { counts: counts({ waiting: 1 }), relays: [{ ...unreachable, nextLookAt: NOON + 5 * MINUTE }] },
      'Outtray: 1 message waiting\nConnection refused by [127.0.0.1] (next look at 12:15)',
    ],
    [
      'out of reach, two relays',
      { counts: counts({ waiting: 1 }), relays: [unreachable, relay({ name: 'work' })] },
      'Outtray: 1 message waiting\nhome: Connection refused by [127.0.0.1]',
    ],
    ['out of reach but nothing to send', { relays: [unreachable] }, 'Outtray: No mail is waiting'],
    ['paused', { paused: { until: null } }, 'Outtray: No mail is waiting\nSending is paused until you resume it'],
    [
      'paused until later today',
      { paused: { until: NOON + 30 * MINUTE } },
      'Outtray: No mail is waiting\nSending is paused until 12:40',
    ],
    [
      'paused until tomorrow',
      { paused: { until: new Date(2026, 10, 21, 8, 0).getTime() } },
      'Outtray: No mail is waiting\nSending is paused until Sat 08:00',
    ],
    [
      'no relay',
      { relays: [], counts: counts({ waiting: 2 }) },
      'Outtray: 2 messages waiting\nNo relay is set up: mail is kept until there is one',
    ],
    [
      'practising',
      { relays: [], practice },
      'Outtray: No mail is waiting\nPractising: mail goes to the practice relay and nowhere else',
    ],
    [
      'practising with the relay off',
      { practice: { ...practice, on: false } },
      'Outtray: No mail is waiting\nPractising: mail waits until the practice relay is on',
    ],
    [
      'a relay that needs the person',
      { counts: counts({ waiting: 1 }), relays: [needy] },
      'Outtray: 1 message waiting\nhome: The relay refused the password. Enter it again',
    ],
    [
      'stuck',
      { counts: counts({ waiting: 1 }), stuckSince: NOON - 70 * MINUTE },
      'Outtray: 1 message waiting\nWaiting since 11:00 though the relay answers',
    ],
    [
      'another agent',
      { showingOnly: true },
      'Outtray: No mail is waiting\nAnother Outtray sends this mail; this one only shows it',
    ],
    [
      'settings with an error',
      { settingsProblems: [{ key: 'relays.home.port', line: 4, message: 'a number from 1 to 65535' }] },
      'Outtray: No mail is waiting\nSettings, line 4: relays.home.port: a number from 1 to 65535',
    ],
  ])('tell: %s', (_name, some, tooltip) => {
    expect(trayView(agentState(some), NOON).tooltip).toBe(tooltip);
  });

  it.each([
    [counts(), ''],
    [counts({ waiting: 1 }), '1'],
    [counts({ waiting: 10, failed: 2 }), '12'],
  ])('count every message in the Outbox', (some, title) => {
    expect(trayView(agentState({ counts: some }), NOON).title).toBe(title);
  });
});

describe('the menu', () => {
  it('has everything a person can do while mail waits', () => {
    const state = agentState({ counts: counts({ waiting: 2 }), relays: [unreachable] });

    const { menu } = trayView(state, NOON);

    expect(drawMenu(menu)).toEqual([
      '[2 messages waiting]',
      '[Connection refused by [127.0.0.1]]',
      '---',
      'Send Now',
      'Open Outbox…',
      'Pause Sending >',
      '  For 30 Minutes',
      '  For 1 Hour',
      '  Until Tomorrow, 08:00',
      '  Until I Resume',
      '---',
      'Quit Outtray',
    ]);
  });

  it('offers no sending when there is nothing to send', () => {
    const { menu } = trayView(agentState(), NOON);

    expect(drawMenu(menu)).toContain('~Send Now');
  });

  it('offers to resume in place of pausing', () => {
    const { menu } = trayView(agentState({ paused: { until: null } }), NOON);

    expect(drawMenu(menu)).toContain('Resume Sending');
    expect(drawMenu(menu)).not.toContain('Pause Sending >');
  });

  it('leads from a relay that needs the person to the Outbox', () => {
    const { menu } = trayView(agentState({ relays: [needy] }), NOON);

    expect(findAction(menu, 'home: The relay refused the password. Enter it again')).toEqual({ do: 'open' });
  });

  it('switches the practice relay and tells what it received', () => {
    const { menu } = trayView(agentState({ practice }), NOON);

    expect(drawMenu(menu)).toEqual(
      expect.arrayContaining(['(x) Practice Relay On', '[Practice relay: 3 messages received]']),
    );
    expect(findAction(menu, 'Practice Relay On')).toEqual({ do: 'practice', on: false });
  });

  it('leaves sending and pausing to the other Outtray when it only shows', () => {
    const { menu } = trayView(agentState({ showingOnly: true, counts: counts({ waiting: 1 }) }), NOON);

    expect(drawMenu(menu)).toContain('~Send Now');
    expect(drawMenu(menu)).not.toContain('Pause Sending >');
  });

  it('says on quitting that mail stays queued', () => {
    const { menu } = trayView(agentState(), NOON);

    expect(menu.at(-1)).toMatchObject({
      label: 'Quit Outtray',
      sublabel: 'Mail stays queued until Outtray runs again',
    });
  });

  it.each([
    ['For 30 Minutes', 30],
    ['For 1 Hour', 60],
    ['Until Tomorrow, 08:00', (24 - 12 + 8) * 60 - 10],
    ['Until I Resume', null],
  ])('pauses: %s', (label, minutes) => {
    const { menu } = trayView(agentState(), NOON);

    expect(findAction(menu, label)).toEqual({ do: 'pause', minutes });
  });
});
