/**
 * What `outtray status` prints: the agent's state, or, without an agent, what spool and settings
 * tell by themselves. Pure but for the gathering.
 *
 * JSON: {"running": boolean, "counts": {state: number}, "relays": RelayStatus[], "sending": boolean,
 * "paused": null | {"until": number | null}, "practice": null | {...}, "listener": null | ListenerState
 * (core/listener/state.ts), "stuckSince": number | null,
 * "settingsFile": string, "settingsProblems": [{"key", "line", "message"}], "spool": string,
 * "version": string}; instants are milliseconds since the epoch.
 */
import type { Outtray } from '../assemble.js';
import type { AgentState, RelayStatus } from '../bridge/contract.js';
import { countByState, QUEUE_STATES } from '../queue/entry.js';
import { readPause } from '../queue/pause.js';
import { VERSION } from '../system/version.js';
import { describeListener } from './listener-words.js';
import { count, formatTime } from './output.js';

export interface StatusReport
  extends Pick<
    AgentState,
    | 'counts'
    | 'relays'
    | 'sending'
    | 'paused'
    | 'practice'
    | 'listener'
    | 'stuckSince'
    | 'settingsFile'
    | 'settingsProblems'
  > {
  readonly running: boolean;
  readonly spool: string;
  readonly version: string;
}

export function reportOfAgent(state: AgentState, spool: string): StatusReport {
  const { counts, relays, sending, paused, practice, listener, stuckSince, settingsFile, settingsProblems, version } =
    state;
  const known = {
    counts,
    relays,
    sending,
    paused,
    practice,
    listener,
    stuckSince,
    settingsFile,
    settingsProblems,
    version,
  };
  const stuck = stuckSince !== null && Date.now() - stuckSince >= state.stuckAfterMs ? stuckSince : null;
  return { running: true, ...known, stuckSince: stuck, spool };
}

export function reportWithoutAgent(outtray: Outtray): StatusReport {
  const { paths, clock, relays, settingsProblems } = outtray;
  return {
    running: false,
    counts: countByState(outtray.entries()),
    relays: Object.values(relays).map(({ name, host, port }): RelayStatus => {
      return { name, host, port, state: 'unknown', reason: 'No agent is running to ask it.', remedy: '', since: 0 };
    }),
    sending: false,
    paused: readPause(paths.stateDirectory, clock.now()),
    practice: null,
    listener: null,
    stuckSince: null,
    settingsFile: paths.settingsFile,
    settingsProblems,
    spool: paths.spoolDirectory,
    version: VERSION,
  };
}

export function describeReport(report: StatusReport): string[] {
  return [
    report.running
      ? `Agent    running${report.sending ? ', sending' : ''}`
      : 'Agent    not running; start it with: outtray agent start',
    `Queue    ${describeCounts(report.counts)}`,
    ...describeRelays(report),
    ...(report.paused === null ? [] : [`Paused   ${describePause(report.paused.until)}`]),
    ...(report.practice === null
      ? []
      : [`Practice ${report.practice.on ? 'on' : 'off'}; mail goes to ${report.practice.maildir} and nowhere else`]),
    ...(report.listener === null ? [] : describeListener(report.listener)),
    ...(report.stuckSince === null
      ? []
      : [`Stuck    mail waits since ${formatTime(report.stuckSince)} though its relay can be reached`]),
    ...report.settingsProblems.map(
      ({ line, key, message }) => `Settings ${report.settingsFile}:${line}: ${key === '' ? '' : `${key} `}${message}`,
    ),
  ];
}

function describeCounts(counts: StatusReport['counts']): string {
  const total = QUEUE_STATES.reduce((sum, state) => sum + counts[state], 0);
  if (total === 0) return 'empty';
  const parts = QUEUE_STATES.filter((state) => counts[state] > 0).map(
    (state) => `${counts[state]} ${state.replace('-', ' ')}`,
  );
  return `${count(total, 'message')}: ${parts.join(', ')}`;
}

function describeRelays({ relays }: StatusReport): string[] {
  if (relays.length === 0) return ['Relay    none set up: mail is accepted and waits; add one with: outtray relay add'];
  return relays.flatMap(({ name, host, port, state, reason, remedy }) => [
    `Relay    ${name} (${host}:${port}) ${state.replace('-', ' ')}`,
    ...[reason, remedy].filter((words) => words !== '').map((words) => `         ${words}`),
  ]);
}

function describePause(until: number | null): string {
  return until === null ? 'until: outtray resume' : `until ${formatTime(until)}, or until: outtray resume`;
}
