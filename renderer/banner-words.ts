/**
 * The one thing to do, if there is one: at most one banner is up, the most pressing first. A
 * banner names the cause and the remedy; what cures itself (being offline, a busy relay) gets none.
 */
import type { AgentState } from '../core/bridge/contract.js';
import { sentence } from './status-words.js';
import { cleanLine } from './text.js';

/** connecting: not yet there. gone: was there, being looked for. closed: this page may not come in. */
export type Connection = 'connecting' | 'connected' | 'gone' | 'closed';

export interface Banner {
  readonly tone: 'trouble' | 'note';
  readonly title: string;
  readonly text: string;
  /** Somebody else's words, shown as they are. */
  readonly quote?: { readonly who: string; readonly words: string };
  /** A command to type, shown so that it can be copied. */
  readonly command?: string;
}

export function chooseBanner(state: AgentState | null, connection: Connection): Banner | null {
  if (connection === 'closed') {
    return {
      tone: 'trouble',
      title: 'This page is no longer connected.',
      text: 'An address of the Outbox opens once. Ask for a new one with',
      command: 'outtray open',
    };
  }
  if (connection === 'gone') {
    return {
      tone: 'trouble',
      title: 'Outtray has stopped.',
      text: 'Mail stays safely in the queue, and programs can still send. This page shows what was there last. Start Outtray, and open the Outbox anew, with',
      command: 'outtray agent start && outtray open',
    };
  }
  return state === null ? null : chooseFromState(state);
}

function chooseFromState(state: AgentState): Banner | null {
  const [problem, ...others] = state.settingsProblems;
  if (problem !== undefined) {
    const place = problem.key === '' ? `line ${problem.line}` : `line ${problem.line}, ${problem.key}`;
    const more = others.length === 0 ? '' : ` And ${others.length} more.`;
    return {
      tone: 'trouble',
      title: 'The settings have a mistake.',
      text: `${state.settingsFile}, ${place}: ${sentence(cleanLine(problem.message))}${more} Mail is still accepted.`,
    };
  }
  const needy = state.relays.find((relay) => relay.state === 'needs-you');
  if (needy !== undefined) {
    const reply = cleanLine(needy.reply ?? '');
    return {
      tone: 'trouble',
      title: sentence(cleanLine(needy.reason) || `The relay ${needy.name} needs you`),
      text: cleanLine(needy.remedy),
      ...(reply === '' ? {} : { quote: { who: needy.host, words: reply } }),
    };
  }
  if (state.relays.length === 0 && state.practice === null) {
    return {
      tone: 'note',
      title: 'No relay is set up yet.',
      text: 'Mail is accepted and kept until there is one. Add the server that your provider names for outgoing mail with',
      command: 'outtray relay add NAME',
    };
  }
  if (state.showingOnly) {
    return {
      tone: 'note',
      title: 'Another Outtray sends this mail.',
      text: 'It was started first and owns this queue; this window shows the same queue.',
    };
  }
  return null;
}
