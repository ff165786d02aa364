/** `outtray help`: the table of commands as text for a terminal. Pure. */
import { type Command, type OptionEntry, usageOf } from './command-form.js';
import { ALL_COMMANDS, type CommandName } from './command-table.js';

export function overview(): string {
  const rows = Object.entries(ALL_COMMANDS).map(([name, { does }]): Row => [name, does]);
  return [
    'Usage: outtray COMMAND [ARGUMENT...]',
    '',
    ...align(rows),
    '',
    '`outtray help COMMAND` says more of one, `outtray man` all. Mail comes in through sendmail; mailq lists it.',
  ].join('\n');
}

export function commandHelp(name: CommandName): string {
  const { does, forms } = ALL_COMMANDS[name] ?? { does: '', forms: {} };
  const options = optionsOf(forms);
  const usages = Object.entries(forms).map(([formName, form]): Row => [usageOf(name, formName, form), form.does]);
  const [only, second] = usages;
  return [
    ...(only !== undefined && second === undefined
      ? [`Usage: ${only[0]}`, '', only[1]]
      : [`Usage: outtray ${name} ${Object.keys(forms).join('|')}`, '', does, '', ...usages.flatMap(inTwoLines)]),
    ...(options.size === 0 ? [] : ['', ...align([...options].map((entry) => optionRow(entry)))]),
  ].join('\n');
}

/** Of all forms, each once; what every form has comes last. */
export function optionsOf(forms: Command['forms']): Map<string, OptionEntry> {
  const all = new Map(Object.values(forms).flatMap((form) => Object.entries(form.options)));
  const json = all.get('json');
  if (json !== undefined) {
    all.delete('json');
    all.set('json', json);
  }
  return all;
}

type Row = readonly [term: string, words: string];

export function optionRow([name, { type, argument, does }]: readonly [string, OptionEntry]): Row {
  return [`--${name}${type === 'string' ? ` ${argument}` : ''}`, does];
}

function inTwoLines([usage, does]: Row): string[] {
  return [`  ${usage}`, `      ${does}`];
}

function align(rows: readonly Row[]): string[] {
  const width = Math.max(...rows.map(([term]) => term.length));
  return rows.map(([term, words]) => `  ${term.padEnd(width)}  ${words}`);
}
