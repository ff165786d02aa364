/**
 * What can keep mail from leaving, looked at one thing after another. Each check answers with a
 * finding: `ok`, `note` (worth knowing, nothing wrong) or `problem` with what to do.
 */
import fs from 'node:fs';
import path from 'node:path';
import { assemble, type Outtray } from '../../assemble.js';
import type { AgentState } from '../../bridge/contract.js';
import { KeychainError } from '../../credentials/keychain.js';
import { admissionRule } from '../../listener/admission.js';
import { createNetworkFacts } from '../../network/facts.js';
import { practiceProblem } from '../../practice/practice-mode.js';
import { resolvePaths } from '../../system/paths.js';
import { askAgent } from '../agent/current-agent.js';
import { listenerWords } from '../listener-words.js';
import { formatSize } from '../output.js';
import { configuredRelays } from '../relay/relay-names.js';
import { checkAliasFiles } from './alias-findings.js';
import { type Finding, note, ok, problem } from './finding.js';
import { checkMessages } from './spool-checks.js';

export async function examine(): Promise<Finding[]> {
  const paths = resolvePaths(process.env);
  let outtray: Outtray;
  try {
    outtray = assemble({ env: process.env });
  } catch (error) {
    return [problem('spool', error instanceof Error ? error.message : String(error), '')];
  }
  const state = await askAgent('agent:state');
  return [
    ...settings(outtray),
    ...checkAliasFiles(outtray),
    spool(outtray),
    ...messages(outtray),
    log(paths.logFile),
    ...systemLog(outtray),
    agent(state),
    ...practice(paths.stateDirectory),
    ...listener(outtray, state),
    await network(),
    ...relays(outtray, state),
    await keychain(outtray),
  ];
}

function settings({ paths: { settingsFile }, settingsProblems }: Outtray): Finding[] {
  if (!fs.existsSync(settingsFile)) return [note('settings', `${settingsFile} does not exist; defaults apply`, '')];
  if (settingsProblems.length === 0) return [ok('settings', settingsFile)];
  return settingsProblems.map(({ line, key, message }) =>
    problem(
      'settings',
      `${settingsFile}:${line}: ${key} ${message}`.trim(),
      'Mend that line; the rest applies meanwhile.',
    ),
  );
}

function spool({ paths: { spoolDirectory }, settings: { queue } }: Outtray): Finding {
  try {
    fs.accessSync(spoolDirectory, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK);
  } catch {
    return problem('spool', `${spoolDirectory} is not yours to write in`, 'Give it back to yourself, mode 0700.');
  }
  const disk = fs.statfsSync(spoolDirectory);
  const free = disk.bavail * disk.bsize;
  if (free < queue.minFreeBytes) {
    const wanted = formatSize(queue.minFreeBytes);
    return problem(
      'spool',
      `${formatSize(free)} free for ${spoolDirectory}; new mail is refused below ${wanted}`,
      'Free some space.',
    );
  }
  return ok('spool', `${spoolDirectory}, ${formatSize(free)} free`);
}

function messages({ spool, clock }: Outtray): Finding[] {
  try {
    return checkMessages(spool, clock.now());
  } catch (error) {
    return [problem('messages', error instanceof Error ? error.message : String(error), '')];
  }
}

function log(logFile: string): Finding {
  try {
    const there = fs.existsSync(logFile) ? logFile : nearestDirectory(logFile);
    fs.accessSync(there, fs.constants.W_OK);
    return ok('log', logFile);
  } catch {
    return problem('log', `${logFile} cannot be written; mail goes on without a log`, 'Make it writable for you.');
  }
}

/** Where syslog(3) sends to, where that is a file. */
const SYSTEM_LOG = '/dev/log';

function systemLog({ settings }: Outtray): Finding[] {
  const missing = process.platform === 'win32' || (process.platform === 'linux' && !fs.existsSync(SYSTEM_LOG));
  if (!settings.log.system || !missing) return [];
  const text = 'log.system is on, but this system has no log to write to; maillog is written all the same';
  return [note('log', text, 'Start a syslog daemon, or set log.system to false.')];
}

function nearestDirectory(file: string): string {
  const directory = path.dirname(file);
  return fs.existsSync(directory) || directory === file ? directory : nearestDirectory(directory);
}

function agent(state: AgentState | null): Finding {
  if (state === null)
    return note('agent', 'not running; nothing is sent by itself', 'Start it with: outtray agent start');
  if (state.paused !== null) return note('agent', 'running, and paused', 'Go on with: outtray resume');
  return ok('agent', `running, version ${state.version}`);
}

function practice(stateDirectory: string): Finding[] {
  const doubt = practiceProblem(stateDirectory);
  return doubt === null ? [] : [problem('practice', doubt, 'Nothing is sent until then.')];
}

function listener({ settings }: Outtray, state: AgentState | null): Finding[] {
  if (!settings.listener.enabled) return [];
  const found = state?.listener ?? null;
  if (found === null) return [note('listener', 'switched on, but no agent runs that would listen', '')];
  if (found.problem !== null)
    return [problem('listener', `${listenerWords(found)}. ${found.problem.text}`, found.problem.remedy)];
  return [ok('listener', listenerWords(found))];
}

async function network(): Promise<Finding> {
  const { interfaceName, gateway } = await createNetworkFacts()();
  if (interfaceName === null) return note('network', 'no way out of this computer is known', '');
  return ok('network', gateway === null ? interfaceName : `${interfaceName}, by way of ${gateway}`);
}

function relays(outtray: Outtray, state: AgentState | null): Finding[] {
  const known = configuredRelays(outtray);
  if (known.length === 0 && state?.practice != null) {
    const text = `none is set up; practising, mail goes to ${state.practice.maildir} and nowhere else`;
    return [note('relay', text, state.practice.on ? '' : 'It waits until: outtray practice on')];
  }
  if (known.length === 0) {
    return [problem('relay', 'none is set up: mail is accepted and waits', 'Add one with: outtray relay add')];
  }
  return known.map(({ name, host, port }) => {
    const status = state?.relays.find((relay) => relay.name === name);
    const where = `${name} (${host}:${port})`;
    if (status?.state === 'reachable') return ok('relay', `${where} can be reached`);
    if (status?.state === 'needs-you') return problem('relay', `${where}: ${status.reason}`, status.remedy);
    if (status?.state === 'unreachable') return note('relay', `${where}: ${status.reason}`, status.remedy);
    return note('relay', `${where} was not asked yet`, `Ask it with: outtray relay test ${name}`);
  });
}

/** The helper process itself, whether or not a password is stored. */
async function keychain(outtray: Outtray): Promise<Finding> {
  const { listener } = outtray.settings;
  const needed =
    (listener.enabled && admissionRule(listener.auth, process.platform, null).passwordNeeded) ||
    configuredRelays(outtray).some(
      ({ auth, passwordCommand }) => auth.method !== 'none' && passwordCommand === undefined,
    );
  try {
    await outtray.keychain.getPassword('(doctor)');
    return ok('keychain', 'answers');
  } catch (error) {
    if (!(error instanceof KeychainError)) throw error;
    return needed
      ? problem('keychain', error.message, error.remedy)
      : note('keychain', `${error.message}; nothing needs it`, '');
  }
}
