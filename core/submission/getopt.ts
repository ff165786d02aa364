/**
 * getopt(3) without permutation, as sendmail uses it: the first word that is no option ends the
 * options, a word that begins with `--` ends them and is dropped, a letter's argument is the rest
 * of its word or the next word. `-q`, `-Q`, `-C` with no argument behind them, and `-d` always,
 * have defaults (sendmail's obsolete()). The first error ends the reading. Pure.
 */

export type OptionWord =
  | { readonly kind: 'option'; readonly letter: string; readonly value: string }
  | { readonly kind: 'illegal'; readonly letter: string }
  | { readonly kind: 'no-argument'; readonly letter: string }
  /** Argument `.` of -Q, which is what sendmail itself puts there for none. */
  | { readonly kind: 'bad-quarantine' };

export interface OptionWords {
  readonly options: readonly OptionWord[];
  readonly operands: readonly string[];
}

const LETTERS = 'A:B:b:C:cD:d:e:F:f:Gh:IiL:M:mN:nO:o:p:Q:q:R:r:sTtUV:vX:';
const DEFAULTS = new Map([
  ['-q', '-q0'],
  ['-Q', '-Q.'],
  ['-C', '-Csendmail.cf'],
]);

export function splitOptions(given: readonly string[]): OptionWords {
  const words = withDefaults(given);
  if (words === null) return { options: [{ kind: 'bad-quarantine' }], operands: [] };
  const options: OptionWord[] = [];
  let index = 0;
  while (index < words.length) {
    const word = words[index] ?? '';
    if (!word.startsWith('-') || word === '-') break;
    index += 1;
    if (word.startsWith('--')) break;
    for (let at = 1; at < word.length; at += 1) {
      const letter = word.charAt(at);
      const known = letter === ':' ? -1 : LETTERS.indexOf(letter);
      if (known < 0) return { options: [...options, { kind: 'illegal', letter }], operands: [] };
      if (LETTERS.charAt(known + 1) !== ':') {
        options.push({ kind: 'option', letter, value: '' });
        continue;
      }
      let value: string | undefined = word.slice(at + 1);
      if (value === '') {
        value = words[index];
        index += 1;
      }
      if (value === undefined) return { options: [...options, { kind: 'no-argument', letter }], operands: [] };
      options.push({ kind: 'option', letter, value });
      break;
    }
  }
  return { options, operands: words.slice(index) };
}

/** null for `-Q.`. Reads words more simply than getopt: `-vq` is not seen to lack an argument. */
function withDefaults(given: readonly string[]): readonly string[] | null {
  const words = [...given];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const next = words[index + 1];
    if (!word.startsWith('-') || word.startsWith('--')) break;
    if (word.startsWith('-Q.') || (word.startsWith('-Q') && next === '.')) return null;
    if (word === '-d') words[index] = '-d0-99.1';
    else if (word.length === 2 && LETTERS.includes(`${word.charAt(1)}:`) && next !== undefined && !next.startsWith('-'))
      index += 1;
    else words[index] = DEFAULTS.get(word) ?? word;
  }
  return words;
}
