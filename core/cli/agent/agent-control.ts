/**
 * Start, stop, restart, reload, status of this directory's agent. Each ends when it is so: start when the
 * agent answers, stop when its process has gone. What runs already is not started again, what does
 * not run needs no stopping, and both are right.
 */
import path from 'node:path';
import type { AgentState } from '../../bridge/contract.js';
import {
  type AgentIdentity,
  callAgent,
  NoAgentError,
  SilentAgentError,
  stopAgent,
} from '../../bridge/control-socket.js';
import { lookAtFileLock } from '../../spool/lock.js';
import { CommandError, ExitStatus } from '../../system/exit-status.js';
import { resolvePaths } from '../../system/paths.js';
import type { FormName } from '../command-table.js';
import { print, printJson } from '../output.js';
import { describeAgent } from './agent-line.js';
import { startBackgroundAgent } from './background-agent.js';

type Found =
  | ({ readonly agent: 'running'; readonly state: AgentState } & AgentIdentity)
  /** Its lock is held, but nobody answers: just starting, stopped in its tracks, or of another version. */
  | { readonly agent: 'silent'; readonly pid: number | null }
  /** Its lock was not given back. */
  | { readonly agent: 'died'; readonly pid: number | null }
  | { readonly agent: 'stopped'; readonly pid: null };

/** Linux Standard Base, init script actions: status. */
const STATUS = { running: 0, died: 1, stopped: 3, silent: 4 } as const;

interface Wish {
  readonly practice: boolean;
  readonly json: boolean;
}

export async function controlAgent(what: Exclude<FormName<'agent'>, 'run'>, wish: Wish): Promise<number> {
  const said: string[] = [];
  const before = await find();
  if (what !== 'status') await act(what, before, wish.practice, (line) => said.push(line));
  const after = what === 'status' ? before : await find();
  if (wish.json) {
    const known = after.agent === 'running' ? after : null;
    const practice = known !== null && known.state.practice !== null;
    printJson({ agent: after.agent, pid: after.pid, kind: known?.kind ?? null, practice });
  } else for (const line of what === 'status' ? [describe(after)] : said) print(line);
  return what === 'status' ? STATUS[after.agent] : ExitStatus.OK;
}

async function find(): Promise<Found> {
  const paths = resolvePaths(process.env);
  try {
    const [identity, state] = await Promise.all([callAgent(paths, 'agent:identify'), callAgent(paths, 'agent:state')]);
    return { agent: 'running', state, ...identity };
  } catch (error) {
    if (!(error instanceof NoAgentError || error instanceof SilentAgentError)) throw error;
  }
  const { held, pid } = lookAtFileLock(path.join(paths.stateDirectory, 'agent.lock'));
  if (held) return { agent: 'silent', pid };
  return pid === null ? { agent: 'stopped', pid } : { agent: 'died', pid };
}

function describe(found: Found): string {
  switch (found.agent) {
    case 'running':
      return `The agent runs (process ${found.pid}): ${describeAgent(found.state)}`;
    case 'silent':
      return silence(found.pid);
    case 'died':
      return `No agent runs: the last one (process ${found.pid}) died. Start it with: outtray agent start`;
    case 'stopped':
      return 'No agent runs. Start it with: outtray agent start';
  }
}

function silence(pid: number | null): string {
  return `An agent (process ${pid ?? 'unknown'}) works on this spool, but does not answer.`;
}

async function act(
  what: Exclude<FormName<'agent'>, 'run' | 'status'>,
  found: Found,
  practice: boolean,
  say: (line: string) => void,
): Promise<void> {
  if (found.agent === 'silent')
    throw new CommandError(ExitStatus.TEMPFAIL, `${silence(found.pid)} Try again, or end that process yourself.`);
  const running = found.agent === 'running' ? found : null;
  switch (what) {
    case 'start':
      if (running === null) await start(practice, say);
      else {
        say(`The agent runs already (process ${running.pid}).`);
        if (practice && running.state.practice === null) say('It does not practise: outtray agent restart --practice');
      }
      return;
    case 'stop':
      if (running === null) say('No agent runs.');
      else await stop(running, say);
      return;
    case 'try-restart':
    case 'restart':
      if (running === null && what === 'try-restart') {
        say('No agent runs.');
        return;
      }
      // Started from its own icon, with what belongs to that.
      if (running?.kind === 'window')
        throw new CommandError(
          ExitStatus.UNAVAILABLE,
          'the agent that runs is the program with the icon; quit it there and start it again',
        );
      if (running !== null) await stop(running, say);
      await start(practice || (running !== null && running.state.practice !== null), say);
      return;
    case 'reload':
    case 'force-reload': {
      if (running === null) throw new NoAgentError();
      const { settingsProblems } = await callAgent(resolvePaths(process.env), 'agent:reload');
      say(
        settingsProblems.length === 0
          ? 'The agent has read its settings again.'
          : 'The agent has read its settings again; they have a problem: outtray settings check',
      );
    }
  }
}

async function start(practice: boolean, say: (line: string) => void): Promise<void> {
  const { status, words, pid } = await startBackgroundAgent(practice);
  if (status !== ExitStatus.OK) throw new CommandError(ExitStatus.UNAVAILABLE, `the agent did not start: ${words}`);
  say(`The agent is started (process ${pid}). Outbox: outtray open. Log: ${resolvePaths(process.env).logFile}`);
  if (practice) say('It practises: mail goes nowhere until you say: outtray practice on');
}

async function stop({ pid, state }: AgentIdentity & { readonly state: AgentState }, say: (line: string) => void) {
  const { gone } = await stopAgent(resolvePaths(process.env));
  if (state.sending) process.stderr.write('Waiting for the answer to a message under way.\n');
  await gone;
  say(`The agent is stopped (process ${pid}). What is queued stays queued.`);
}
