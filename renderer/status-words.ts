/**
 * The status line: how much there is, what stands in its way, and when the next look is. The
 * instant is given apart, because it counts down and must not be read out each second.
 */
import type { AgentState, QueueCounts } from '../core/bridge/contract.js';
import { countMessages, totalOf } from './state-words.js';
import { cleanLine } from './text.js';
import { fullTime, type Place, shortTime } from './time-words.js';

export interface StatusLine {
  readonly tone: 'calm' | 'busy' | 'trouble';
  readonly text: string;
  readonly nextLookAt: number | null;
  /** The relay's own words, for the title. */
  readonly detail: string;
}

export function statusLine(state: AgentState, now: number, place: Place = {}): StatusLine {
  const { counts } = state;
  const much = `${countWords(counts)}.`;
  const calm: StatusLine = { tone: 'calm', text: much, nextLookAt: null, detail: '' };
  if (state.paused !== null) {
    const { until } = state.paused;
    const end = until === null ? 'until you resume' : `until ${shortTime(until, now, place)}`;
    return { ...calm, text: `${much} Sending is paused ${end}.`, detail: until === null ? '' : fullTime(until, place) };
  }
  if (state.sending || counts.sending > 0) return { ...calm, tone: 'busy', text: `${much} Sending.` };
  const trouble = state.relays.find((relay) => relay.state === 'needs-you' || relay.state === 'unreachable');
  if (trouble !== undefined) {
    const reason = cleanLine(trouble.reason) || `Cannot reach ${trouble.host}`;
    return {
      tone: trouble.state === 'needs-you' ? 'trouble' : 'calm',
      text: `${much} ${sentence(reason)}`,
      nextLookAt: trouble.nextLookAt ?? null,
      detail: cleanLine(trouble.reply ?? ''),
    };
  }
  if (totalOf(counts) === 0) return calm;
  if (state.relays.length === 0 && state.practice?.on !== true) {
    return { ...calm, tone: 'trouble', text: `${much} No relay is set up.` };
  }
  if (state.stuckSince !== null && now - state.stuckSince >= state.stuckAfterMs) {
    const since = shortTime(state.stuckSince, now, place);
    return { ...calm, tone: 'trouble', text: `${much} Waiting since ${since} though the relay answers.` };
  }
  const checking = state.relays.find((relay) => relay.state === 'checking');
  if (checking !== undefined) return { ...calm, text: `${much} Looking for ${checking.host}.` };
  return calm;
}

/** `3 messages waiting`, `4 messages: 3 waiting, 1 held`. The tray says the same. */
function countWords(counts: QueueCounts): string {
  const total = totalOf(counts);
  if (total === 0) return 'No mail is waiting';
  const groups: readonly (readonly [number, string])[] = [
    [counts.waiting + counts['will-retry'], 'waiting'],
    [counts.sending, 'being sent'],
    [counts.scheduled, 'scheduled'],
    [counts.held, 'held'],
    [counts['maybe-sent'], 'maybe sent'],
    [counts.failed, 'failed'],
    [counts.lost, 'damaged'],
  ];
  const present = groups.filter(([count]) => count > 0);
  const [first] = present;
  if (present.length === 1 && first !== undefined) return `${countMessages(total)} ${first[1]}`;
  return `${countMessages(total)}: ${present.map(([count, word]) => `${count} ${word}`).join(', ')}`;
}

export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
