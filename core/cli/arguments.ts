/**
 * The command line of `outtray` commands: long options, words, and for what does not fit a
 * CommandError (EX_USAGE) that ends with the command's own usage line.
 */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { CommandError, ExitStatus } from '../system/exit-status.js';

/** `words`: how many are allowed, least and most. */
export interface Grammar<O extends ParseArgsOptionsConfig> {
  readonly usage: string;
  readonly options: O;
  readonly words: readonly [least: number, most: number];
}

type Parsed<O extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: O; allowPositionals: true; strict: true }>
>;

export function parseCommandLine<O extends ParseArgsOptionsConfig>(
  args: readonly string[],
  { usage, options, words }: Grammar<O>,
): { options: Parsed<O>['values']; words: string[] } {
  const [least, most] = words;
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    const { positionals } = parsed;
    if (positionals.length < least) throw usageError('something is missing', usage);
    const extra = positionals[most];
    if (extra !== undefined) throw usageError(`"${extra}" is one word too many`, usage);
    return { options: parsed.values, words: positionals };
  } catch (error) {
    if (error instanceof CommandError) throw error;
    // Node's sentences: "Unknown option '--x'. To specify a positional argument ...".
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
    throw usageError(sentence.replace(/\.$/, ''), usage);
  }
}

export function usageError(what: string, usage: string): CommandError {
  return new CommandError(ExitStatus.USAGE, `${what}\nUsage: ${usage}`);
}

/** One of these words, or a usage error that names them. */
export function oneOf<W extends string>(text: string, choices: readonly W[], what: string, usage: string): W {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw usageError(`${what} "${text}": choose one of ${choices.join(', ')}`, usage);
}

export const JSON_OPTION = { json: { type: 'boolean' } } as const;
