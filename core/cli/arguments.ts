/**
 * The command line of `outtray` commands, read by command-table.ts: which form is meant, its long options
 * and words, and for what does not fit a CommandError (EX_USAGE) that ends with the usage line.
 */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { CommandError, ExitStatus } from '../system/exit-status.js';
import { type Form, usageOf } from './command-form.js';
import { ALL_COMMANDS, COMMANDS, type CommandName, type FormName } from './command-table.js';

type Options<C extends CommandName, F extends FormName<C>> = (typeof COMMANDS)[C]['forms'][F] extends {
  readonly options: infer O extends ParseArgsOptionsConfig;
}
  ? O
  : never;

type Parsed<O extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: O; allowPositionals: true; strict: true }>
>;

/** The first word that is no option names the form; without one it is the usual form. */
export function chooseForm<C extends CommandName>(
  name: C,
  args: readonly string[],
): { readonly form: FormName<C>; readonly args: readonly string[] } {
  const { usual, forms } = ALL_COMMANDS[name] ?? { usual: null, forms: {} };
  const at = args.findIndex((arg) => !arg.startsWith('-'));
  const word = args[at] ?? usual;
  if (word === null) throw usageError(`${name} of what? Choose one of ${Object.keys(forms).join(', ')}`, name);
  if (!Object.hasOwn(forms, word))
    throw usageError(`${name} "${word}": choose one of ${Object.keys(forms).join(', ')}`, name);
  return { form: word as FormName<C>, args: args.filter((_, index) => index !== at) };
}

export function parseForm<C extends CommandName, F extends FormName<C>>(
  name: C,
  formName: F,
  args: readonly string[],
): { options: Parsed<Options<C, F>>['values']; words: string[] } {
  const form: Form | undefined = ALL_COMMANDS[name]?.forms[formName];
  if (form === undefined) throw new Error(`there is no form ${name} ${formName}`);
  const fail = (what: string): CommandError => usageError(what, name, formName);
  const [least, most] = form.count;
  let parsed: { values: unknown; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...args], options: form.options, allowPositionals: true, strict: true });
  } catch (error) {
    // Node's sentences: "Unknown option '--x'. To specify a positional argument ...".
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
    throw fail(sentence.replace(/\.$/, ''));
  }
  const values = parsed.values as Readonly<Record<string, unknown>>;
  const extra = parsed.positionals[most];
  if (parsed.positionals.length < least) throw fail(`${form.words} is missing`);
  if (extra !== undefined) throw fail(`"${extra}" is one word too many`);
  for (const [option, { required, choices, does }] of Object.entries(form.options)) {
    const value = values[option];
    if (value === undefined && required === true) throw fail(`--${option} is missing: ${does}`);
    if (value !== undefined && choices !== undefined && !choices.includes(String(value)))
      throw fail(`--${option} "${String(value)}": choose one of ${choices.join(', ')}`);
  }
  return { options: values as Parsed<Options<C, F>>['values'], words: parsed.positionals };
}

/** Of a form, or of the command as a whole. */
export function usageError(what: string, name: CommandName, formName?: string): CommandError {
  const form = formName === undefined ? undefined : ALL_COMMANDS[name]?.forms[formName];
  const usage =
    form === undefined || formName === undefined
      ? `outtray ${name} ${Object.keys(COMMANDS[name].forms).join('|')}`
      : usageOf(name, formName, form);
  return new CommandError(ExitStatus.USAGE, `${what}\nUsage: ${usage}\nMore: outtray help ${name}`);
}
