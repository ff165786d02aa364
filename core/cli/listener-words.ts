/** The listener in words, for status, doctor and its own command. Pure. */
import type { ListenerState } from '../listener/state.js';
import { count } from './output.js';

export function listenerWords({ addresses, admits, refused }: ListenerState): string {
  if (addresses.length === 0) return 'takes no mail';
  const whose = admits === 'password' ? 'programs that sign in (outtray listener password)' : 'your own programs';
  const turnedAway = refused === 0 ? '' : `; ${count(refused, 'connection')} refused`;
  return `takes mail of ${whose} on ${addresses.join(' and ')}${turnedAway}`;
}

/** As `outtray status` shows it. */
export function describeListener(state: ListenerState): string[] {
  const { problem } = state;
  const trouble = problem === null ? [] : [problem.text, problem.remedy].filter((words) => words !== '');
  return [`Listener ${listenerWords(state)}`, ...trouble.map((words) => `         ${words}`)];
}
