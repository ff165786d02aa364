/**
 * What the tray shows for a state of the agent: which picture, the count, the words under the
 * pointer, the menu. Pure, so that every case stands in one table of tests; tray.ts turns the
 * model into Electron's objects. The picture tells by shape, not by colour alone.
 */
import type { AgentState, QueueCounts, RelayStatus } from '../core/bridge/contract.js';

/** From calm to pressing; the most pressing one that holds is shown. */
export const TRAY_ICONS = ['empty', 'waiting', 'offline', 'sending', 'paused', 'attention'] as const;
export type TrayIcon = (typeof TRAY_ICONS)[number];

export type TrayAction =
  | { readonly do: 'send' }
  | { readonly do: 'open' }
  | { readonly do: 'pause'; readonly minutes: number | null }
  | { readonly do: 'resume' }
  | { readonly do: 'practice'; readonly on: boolean }
  | { readonly do: 'quit' };

export type MenuItemModel =
  | { readonly kind: 'separator' }
  /** Words only. */
  | { readonly kind: 'note'; readonly label: string }
  | {
      readonly kind: 'action';
      readonly label: string;
      readonly action: TrayAction;
      readonly enabled: boolean;
      readonly sublabel?: string;
    }
  | { readonly kind: 'check'; readonly label: string; readonly action: TrayAction; readonly checked: boolean }
  | { readonly kind: 'submenu'; readonly label: string; readonly items: readonly MenuItemModel[] };

export interface TrayView {
  readonly icon: TrayIcon;
  /** The count beside the picture where the system has room for one (macOS); empty when nothing waits. */
  readonly title: string;
  readonly tooltip: string;
  readonly menu: readonly MenuItemModel[];
}

export function trayView(state: AgentState, now: number): TrayView {
  const status = describeCounts(state.counts);
  const why = describeWhy(state, now);
  const needy = state.relays.filter((relay) => relay.state === 'needs-you').map(describeNeed);
  return {
    icon: chooseIcon(state, now),
    title: total(state.counts) === 0 ? '' : String(total(state.counts)),
    tooltip: [`Outtray: ${status}`, ...why, ...needy].join('\n'),
    menu: [
      { kind: 'note', label: status },
      ...why.map((label): MenuItemModel => ({ kind: 'note', label })),
      ...needy.map((label): MenuItemModel => ({ kind: 'action', label, action: { do: 'open' }, enabled: true })),
      { kind: 'separator' },
      { kind: 'action', label: 'Send Now', action: { do: 'send' }, enabled: canSend(state) },
      { kind: 'action', label: 'Open Outbox…', action: { do: 'open' }, enabled: true },
      ...pauseItems(state, now),
      ...practiceItems(state),
      { kind: 'separator' },
      {
        kind: 'action',
        label: 'Quit Outtray',
        action: { do: 'quit' },
        enabled: true,
        sublabel: 'Mail stays queued until Outtray runs again',
      },
    ],
  };
}

function chooseIcon(state: AgentState, now: number): TrayIcon {
  const { counts } = state;
  const nowhereToGo = state.relays.length === 0 && state.practice === null && total(counts) > 0;
  const needsPerson =
    counts.failed + counts.lost + counts['maybe-sent'] > 0 ||
    state.relays.some((relay) => relay.state === 'needs-you') ||
    state.settingsProblems.length > 0 ||
    nowhereToGo ||
    isStuck(state, now);
  if (needsPerson) return 'attention';
  if (state.paused !== null) return 'paused';
  if (state.sending || counts.sending > 0) return 'sending';
  if (total(counts) === 0) return 'empty';
  return isOffline(state) ? 'offline' : 'waiting';
}

function describeCounts(counts: QueueCounts): string {
  const sum = total(counts);
  if (sum === 0) return 'No mail is waiting';
  const groups = [
    [counts.waiting + counts['will-retry'], 'waiting'],
    [counts.sending, 'being sent'],
    [counts.scheduled, 'scheduled'],
    [counts.held, 'held'],
    [counts['maybe-sent'], 'maybe sent'],
    [counts.failed, 'failed'],
    [counts.lost, 'damaged'],
  ] as const;
  const present = groups.filter(([count]) => count > 0);
  const messages = sum === 1 ? '1 message' : `${sum} messages`;
  const [only] = present;
  if (present.length === 1 && only !== undefined) return `${messages} ${only[1]}`;
  return `${messages}: ${present.map(([count, word]) => `${count} ${word}`).join(', ')}`;
}

/** Why mail is where it is and when the next thing happens; at most one line for each reason that holds. */
function describeWhy(state: AgentState, now: number): string[] {
  const lines: string[] = [];
  if (state.showingOnly) lines.push('Another Outtray sends this mail; this one only shows it');
  const [problem] = state.settingsProblems;
  if (problem !== undefined) {
    const key = problem.key === '' ? '' : `${problem.key}: `;
    lines.push(`Settings, line ${problem.line}: ${key}${problem.message}`);
  }
  if (state.practice?.on === true) lines.push('Practising: mail goes to the practice relay and nowhere else');
  else if (state.practice !== null) lines.push('Practising: mail waits until the practice relay is on');
  else if (state.relays.length === 0) lines.push('No relay is set up: mail is kept until there is one');
  if (state.paused !== null) {
    const until = state.paused.until === null ? 'you resume it' : clockTime(state.paused.until, now);
    lines.push(`Sending is paused until ${until}`);
    return lines;
  }
  if (state.sending) return lines;
  if (isStuck(state, now) && state.stuckSince !== null) {
    lines.push(`Waiting since ${clockTime(state.stuckSince, now)} though the relay answers`);
  }
  if (total(state.counts) === 0) return lines;
  for (const relay of state.relays.filter((each) => each.state === 'unreachable')) {
    const name = state.relays.length > 1 ? `${relay.name}: ` : '';
    const next = relay.nextLookAt === undefined ? '' : ` (next look at ${clockTime(relay.nextLookAt, now)})`;
    lines.push(`${name}${withoutDot(relay.reason)}${next}`);
  }
  return lines;
}

function describeNeed(relay: RelayStatus): string {
  return [`${relay.name}: ${withoutDot(relay.reason)}`, withoutDot(relay.remedy)]
    .filter((part) => part !== '')
    .join('. ');
}

function pauseItems(state: AgentState, now: number): MenuItemModel[] {
  if (state.showingOnly) return [];
  if (state.paused !== null) {
    return [{ kind: 'action', label: 'Resume Sending', action: { do: 'resume' }, enabled: true }];
  }
  const pause = (label: string, minutes: number | null): MenuItemModel => ({
    kind: 'action',
    label,
    action: { do: 'pause', minutes },
    enabled: true,
  });
  return [
    {
      kind: 'submenu',
      label: 'Pause Sending',
      items: [
        pause('For 30 Minutes', 30),
        pause('For 1 Hour', 60),
        pause('Until Tomorrow, 08:00', minutesUntilTomorrow(now)),
        pause('Until I Resume', null),
      ],
    },
  ];
}

function practiceItems(state: AgentState): MenuItemModel[] {
  if (state.practice === null) return [];
  const { on, received } = state.practice;
  return [
    { kind: 'separator' },
    { kind: 'check', label: 'Practice Relay On', action: { do: 'practice', on: !on }, checked: on },
    { kind: 'note', label: `Practice relay: ${received === 1 ? '1 message' : `${received} messages`} received` },
  ];
}

function canSend(state: AgentState): boolean {
  return total(state.counts) > 0 && !state.showingOnly;
}

function isStuck(state: AgentState, now: number): boolean {
  return state.stuckSince !== null && now - state.stuckSince >= state.stuckAfterMs;
}

/** Some relay is known to be out of reach and none is known to be in reach. */
function isOffline(state: AgentState): boolean {
  const states = state.relays.map((relay) => relay.state);
  return states.includes('unreachable') && !states.includes('reachable');
}

function total(counts: QueueCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Eight in the morning of the next calendar day, by the wall clock of this place. */
function minutesUntilTomorrow(now: number): number {
  const morning = new Date(now);
  morning.setDate(morning.getDate() + 1);
  morning.setHours(8, 0, 0, 0);
  return Math.ceil((morning.getTime() - now) / 60_000);
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** `14:05`, or `Sat 08:00` on another day. */
function clockTime(at: number, now: number): string {
  const date = new Date(at);
  const time = `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;
  return date.toDateString() === new Date(now).toDateString() ? time : `${DAYS[date.getDay()]} ${time}`;
}

function withoutDot(sentence: string): string {
  return sentence.replace(/\.$/, '');
}
