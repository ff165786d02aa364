/**
 * The tables of commands and of sendmail's options as completion needs them, the same for every shell: what
 * may follow, with a word or two about it. Pure.
 */
import type { Form } from '../command-form.js';
import { ALL_COMMANDS } from '../command-table.js';
import { MODE_TEXTS, OPTION_TEXTS, type OptionText, QUEUE_TEXTS } from '../option-texts.js';

export interface Word {
  readonly word: string;
  readonly does: string;
}

/** A form of a command, after whose words the rest is completed. */
export interface Place {
  /** `relay add`; `pause` where a command has one form. */
  readonly path: readonly string[];
  readonly options: readonly (Word & { readonly argument: 'none' | 'free' | readonly string[] })[];
  /** What its words may be. */
  readonly names: Form['names'];
  readonly many: boolean;
}

export const COMMAND_WORDS: readonly Word[] = [
  ...Object.entries(ALL_COMMANDS).map(([word, { does }]) => ({ word, does: short(does) })),
  { word: 'help', does: 'what there is to say of a command' },
];

/** Options of commands with several forms, where no form is named. */
export const USUAL_PLACES: readonly Place[] = Object.entries(ALL_COMMANDS).flatMap(([name, { usual, forms }]) => {
  const form = usual === null || usual === '' ? undefined : forms[usual];
  return form === undefined ? [] : [place([name], form)];
});

/** Commands with several forms, and these. */
export const FORM_WORDS: ReadonlyMap<string, readonly Word[]> = new Map(
  Object.entries(ALL_COMMANDS).flatMap(([name, { forms }]) => {
    const words = Object.entries(forms).filter(([form]) => form !== '');
    return words.length === 0 ? [] : [[name, words.map(([word, { does }]) => ({ word, does: short(does) }))] as const];
  }),
);

export const PLACES: readonly Place[] = Object.entries(ALL_COMMANDS).flatMap(([name, { forms }]) =>
  Object.entries(forms).map(([form, entry]) => place(form === '' ? [name] : [name, form], entry)),
);

function place(path: readonly string[], { options, names, count: [, most] }: Form): Place {
  return {
    path,
    names,
    many: most > 1,
    options: Object.entries(options).map(([option, { type, choices, does }]) => ({
      word: `--${option}`,
      does: short(does),
      argument: type === 'boolean' ? 'none' : (choices ?? 'free'),
    })),
  };
}

/** Options of sendmail and mailq that are written as one word. */
export const SENDMAIL_WORDS: readonly Word[] = [
  ...OPTION_TEXTS.filter(({ letter }) => !'bqIU'.includes(letter)).map(asWord),
  ...MODE_TEXTS.filter(({ does }) => !/^(?:Refused|Without effect)/.test(does)).map(({ letter, does }) => ({
    word: `-b${letter}`,
    does: short(does),
  })),
  ...queueWords(),
  ...['i', 'b', 'd', 'q'].map((letter) => ({ word: `-od${letter}`, does: `delivery mode ${letter}` })),
];

export const MAILQ_WORDS: readonly Word[] = [
  { word: '-v', does: 'more of each message' },
  { word: '-Ac', does: 'the queue of submissions' },
  ...queueWords().filter(({ word }) => /^-q[IRSQL!]/.test(word)),
];

function queueWords(): Word[] {
  return QUEUE_TEXTS.map(({ flag, does }) => ({ word: `-q${flag.replace(/text|name/, '')}`, does: short(does) }));
}

function asWord({ letter, does }: OptionText): Word {
  return { word: `-${letter}`, does: short(does) };
}

/** Options of sendmail whose next word is a file. */
export const FILE_OPTIONS: readonly string[] = OPTION_TEXTS.filter(({ argument }) => argument === 'file').map(
  ({ letter }) => `-${letter}`,
);

/** One line without marks; nothing in it that a shell might read as its own. */
function short(text: string): string {
  const [first = ''] = text.split(/[:;.] | \(|\.$|;$/);
  return first.replace(/[`'"\\$[\]{}<>:]/g, '').trim();
}
