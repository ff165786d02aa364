/** What a command of `outtray` is made of, and its usage line. The commands are in command-table.ts. Pure. */

export interface OptionEntry {
  readonly type: 'boolean' | 'string';
  readonly multiple?: boolean;
  /** What a string is called in usage lines. */
  readonly argument?: string;
  /** Nothing else will do. */
  readonly choices?: readonly string[];
  readonly required?: boolean;
  readonly does: string;
}

export interface Form {
  /** What may follow, as usage lines show it. */
  readonly words: string;
  /** How many words, least and most. */
  readonly count: readonly [least: number, most: number];
  /** What the words are, for completion: names of relays, one queue id, any (or all), or these words themselves. */
  readonly names?: 'relays' | 'message' | 'messages' | readonly string[];
  readonly does: string;
  readonly options: Readonly<Record<string, OptionEntry>>;
}

export interface Command {
  readonly does: string;
  /** Without a word behind the command; '' where it has but one form. null: there must be one. */
  readonly usual: string | null;
  readonly forms: Readonly<Record<string, Form>>;
}

/** `outtray relay test NAME [--json]`. */
export function usageOf(name: string, formName: string, { words, options }: Form): string {
  const parts = Object.entries(options).map(([option, entry]) => {
    const text = `--${option}${entry.type === 'string' ? ` ${entry.choices?.join('|') ?? entry.argument}` : ''}`;
    return entry.required === true ? text : `[${text}]${entry.multiple === true ? '...' : ''}`;
  });
  return ['outtray', name, formName, words, ...parts].filter((part) => part !== '').join(' ');
}
