/** The agent in one line for a terminal: what is queued, and what it waits for. Pure. */
import type { AgentState, RelayStatus } from '../../bridge/contract.js';
import { QUEUE_STATES } from '../../queue/entry.js';
import { formatTime } from '../output.js';

export function describeAgent(state: AgentState): string {
  return [queued(state), ...trouble(state), ...practising(state)].join('; ');
}

function queued({ counts, sending }: AgentState): string {
  const parts = QUEUE_STATES.filter((name) => counts[name] > 0).map(
    (name) => `${counts[name]} ${name.replace('-', ' ')}`,
  );
  const text = parts.length === 0 ? 'queue empty' : parts.join(', ');
  return sending && counts.sending === 0 ? `${text}, sending` : text;
}

function trouble({ paused, relays, practice, listener, settingsProblems }: AgentState): string[] {
  const found: string[] = [];
  if (paused !== null) found.push(paused.until === null ? 'paused' : `paused until ${formatTime(paused.until)}`);
  if (relays.length === 0) found.push('no relay set up, mail waits: outtray relay add');
  // While the practice relay is off, the words about practising say all.
  if (practice?.on !== false) found.push(...relays.flatMap(relayTrouble));
  if (listener !== null && listener.problem !== null)
    found.push(`listener: ${listener.problem.text.replace(/\.$/, '')}`);
  if (settingsProblems.length > 0) found.push('settings have a problem: outtray settings check');
  return found;
}

function relayTrouble({ name, state, reason }: RelayStatus): string[] {
  switch (state) {
    case 'reachable':
    case 'unknown':
    case 'checking':
      return [];
    case 'unreachable':
    case 'needs-you':
      return [`${name}: ${reason.replace(/\.$/, '')}`];
  }
}

function practising({ practice }: AgentState): string[] {
  if (practice === null) return [];
  return practice.on
    ? [`practice relay on, ${practice.received} received`]
    : ['practice relay off, switch it on with: outtray practice on'];
}
