/**
 * `outtray COMMAND`: finds the command and loads only that. A command gets its words and answers with
 * an exit status of sysexits.h; what it throws becomes one or two lines on standard error.
 */
import { CommandError, ExitStatus } from '../system/exit-status.js';
import { VERSION } from '../system/version.js';
import { print } from './output.js';

/** What each file of commands/ exports as `run`. */
export type RunCommand = (args: readonly string[]) => Promise<ExitStatus>;

interface Entry {
  readonly usage: string;
  readonly does: string;
  readonly load: () => Promise<{ readonly run: RunCommand }>;
}

const COMMANDS: Readonly<Record<string, Entry>> = {
  agent: {
    usage: 'agent [--practice]',
    does: 'send queued mail whenever the relay can be reached; runs until stopped',
    load: () => import('./commands/agent.js'),
  },
  open: {
    usage: 'open [--no-browser]',
    does: 'show the Outbox in the browser',
    load: () => import('./commands/open.js'),
  },
  status: {
    usage: 'status [--json]',
    does: 'what is queued, and whether it can leave',
    load: () => import('./commands/status.js'),
  },
  queue: {
    usage: 'queue [list|show|send|hold|release|remove] [ID...|all] [--json]',
    does: 'look at queued messages and act on them',
    load: () => import('./commands/queue.js'),
  },
  relay: {
    usage: 'relay [list|add|test|password|remove] [NAME] [--json]',
    does: 'the mail servers that mail leaves through',
    load: () => import('./commands/relay.js'),
  },
  pause: {
    usage: 'pause [MINUTES]',
    does: 'send nothing for a while, or until resumed',
    load: () => import('./commands/pause.js'),
  },
  resume: { usage: 'resume', does: 'send again', load: () => import('./commands/resume.js') },
  practice: {
    usage: 'practice [on|off|status] [--json]',
    does: 'switch the practice relay of an agent started with --practice',
    load: () => import('./commands/practice.js'),
  },
  settings: {
    usage: 'settings [path|check|schema] [--json]',
    does: 'where the settings are, and what is wrong with them',
    load: () => import('./commands/settings.js'),
  },
  doctor: {
    usage: 'doctor [--json]',
    does: 'look for what keeps mail from leaving',
    load: () => import('./commands/doctor.js'),
  },
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
  if (word === '--keychain-helper') {
    // Our own child, asked by keychain.ts; not a command for people.
    const { runKeychainHelper } = await import('../credentials/keychain-helper.js');
    await runKeychainHelper();
    return ExitStatus.OK;
  }
  if (word === '--attempt') {
    // Our own child as well, of a submission that does not wait (queue-run.ts).
    const { attemptSubmitted } = await import('./queue-run.js');
    return attemptSubmitted(args);
  }
  if (word === '--runner') {
    const { runRunner } = await import('./queue-runner.js');
    return runRunner(args);
  }
  if (word === '--agent') {
    const { runBackgroundAgent } = await import('./background-agent.js');
    return runBackgroundAgent(args.includes('--practice'));
  }
  if (word === '--version' || word === 'version') {
    print(`outtray ${VERSION}`);
    return ExitStatus.OK;
  }
  if (word === undefined || word === 'help' || word === '--help' || word === '-h') {
    help(args[0]);
    return ExitStatus.OK;
  }
  if (!Object.hasOwn(COMMANDS, word)) throw unknownCommand(word);
  if (args.includes('--help') || args.includes('-h')) {
    help(word);
    return ExitStatus.OK;
  }
  const entry = COMMANDS[word];
  if (entry === undefined) throw unknownCommand(word);
  const { run } = await entry.load();
  return await run(args);
}

function help(name: string | undefined): void {
  if (name !== undefined) {
    const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (entry === undefined) throw unknownCommand(name);
    print(`Usage: outtray ${entry.usage}\n\n${entry.does}`);
    return;
  }
  const width = Math.max(...Object.keys(COMMANDS).map((command) => command.length));
  print('Usage: outtray COMMAND [ARGUMENT...]\n');
  for (const [command, { does }] of Object.entries(COMMANDS)) print(`  ${command.padEnd(width)}  ${does}`);
  print('\n`outtray help COMMAND` shows its usage. Mail comes in through sendmail; mailq lists it.');
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
    case 'NoAgentError':
    case 'KeychainError':
      return ExitStatus.UNAVAILABLE;
    default:
      return ExitStatus.SOFTWARE;
  }
}
