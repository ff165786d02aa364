/**
 * `outtray COMMAND`: finds the command and loads only that. A command gets its words and answers with
 * an exit status of sysexits.h; what it throws becomes one or two lines on standard error.
 */
import { CommandError, ExitStatus } from '../system/exit-status.js';
import { VERSION } from '../system/version.js';
import { COMMANDS, type CommandName } from './command-table.js';
import { commandHelp, overview } from './help.js';
import { print } from './output.js';

/** What each file of commands/ exports as `run`. */
export type RunCommand = (args: readonly string[]) => Promise<number>;

const LOAD: Readonly<Record<CommandName, () => Promise<{ readonly run: RunCommand }>>> = {
  agent: () => import('./commands/agent.js'),
  open: () => import('./commands/open.js'),
  status: () => import('./commands/status.js'),
  queue: () => import('./commands/queue.js'),
  relay: () => import('./commands/relay.js'),
  pause: () => import('./commands/pause.js'),
  resume: () => import('./commands/resume.js'),
  practice: () => import('./commands/practice.js'),
  listener: () => import('./commands/listener.js'),
  settings: () => import('./commands/settings.js'),
  doctor: () => import('./commands/doctor.js'),
  completion: () => import('./commands/completion.js'),
  man: () => import('./commands/man.js'),
};

/** Our own children, asked by other parts of the program; not commands for people. */
const INTERNAL: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  '--keychain-helper': async () => {
    await (await import('../credentials/keychain-helper.js')).runKeychainHelper();
    return ExitStatus.OK;
  },
  '--attempt': async (args) => (await import('./queue-run.js')).attemptSubmitted(args),
  '--runner': async (args) => (await import('./queue-runner.js')).runRunner(args),
  '--agent': async (args) =>
    (await import('./agent/background-agent.js')).runBackgroundAgent(args.includes('--practice')),
  '--names': async (args) => (await import('./completion/names.js')).printNames(args[0]),
};

/** `args` without the program's name. Resolves with the exit status; prints its own errors. */
export async function outtray(args: readonly string[]): Promise<number> {
  try {
    return await dispatch(args);
  } catch (error) {
    if (error instanceof CommandError) {
      process.stderr.write(`outtray: ${error.message}\n`);
      return error.status;
    }
    const words = error instanceof Error ? error.message : String(error);
    // Errors of the keychain say apart from what is wrong what the person can do.
    const remedy = error instanceof Error && 'remedy' in error ? `\n${String(error.remedy)}` : '';
    process.stderr.write(`outtray: ${words}${remedy}\n`);
    return statusOf(error);
  }
}

async function dispatch([word, ...args]: readonly string[]): Promise<number> {
  if (word === '--version' || word === 'version') {
    print(`outtray ${VERSION}`);
    return ExitStatus.OK;
  }
  if (word === undefined || word === 'help' || word === '--help' || word === '-h') {
    const [name] = args;
    if (name !== undefined && !isCommand(name)) throw unknownCommand(name);
    print(name === undefined ? overview() : commandHelp(name));
    return ExitStatus.OK;
  }
  const internal = Object.hasOwn(INTERNAL, word) ? INTERNAL[word] : undefined;
  if (internal !== undefined) return await internal(args);
  if (!isCommand(word)) throw unknownCommand(word);
  if (args.includes('--help') || args.includes('-h')) {
    print(commandHelp(word));
    return ExitStatus.OK;
  }
  const { run } = await LOAD[word]();
  return await run(args);
}

function isCommand(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}

function unknownCommand(word: string): CommandError {
  return new CommandError(
    ExitStatus.USAGE,
    `no command "${word}"; there are ${Object.keys(COMMANDS).join(', ')} and help`,
  );
}

/** Errors that are no CommandError: by name, because their classes belong to rooms loaded later. */
function statusOf(error: unknown): ExitStatus {
  switch (error instanceof Error ? error.name : '') {
    case 'SpoolError':
      return error instanceof Error && 'kind' in error && error.kind === 'not-ours'
        ? ExitStatus.NOPERM
        : ExitStatus.CANTCREAT;
    case 'SilentAgentError':
      return ExitStatus.TEMPFAIL;
    case 'NoAgentError':
    case 'KeychainError':
      return ExitStatus.UNAVAILABLE;
    default:
      return ExitStatus.SOFTWARE;
  }
}
