/**
 * getopt(3) without permutation, as sendmail uses it: the first word that is no option ends the
 * options, `--` ends them and is dropped, a letter's argument is the rest of its word or the next
 * word. `-q`, `-Q` and `-d` alone take no next word: they have defaults. Pure.
 */

export type OptionWord =
  | { readonly kind: 'option'; readonly letter: string; readonly value: string }
  | { readonly kind: 'illegal'; readonly letter: string }
  | { readonly kind: 'no-argument'; readonly letter: string };

export interface OptionWords {
  readonly options: readonly OptionWord[];
  readonly operands: readonly string[];
}

const LETTERS = 'A:B:b:C:cD:d:e:F:f:Gh:IiL:M:mN:nO:o:p:Q:q:R:r:sTtUV:vX:';
const ALONE = new Map([
  ['q', '0'],
  ['Q', ''],
  ['d', '0-99.1'],
]);

export function splitOptions(words: readonly string[]): OptionWords {
  const options: OptionWord[] = [];
  let index = 0;
  while (index < words.length) {
    const word = words[index] ?? '';
    if (!word.startsWith('-') || word === '-') break;
    index += 1;
    if (word === '--') break;
    for (let at = 1; at < word.length; at += 1) {
      const letter = word.charAt(at);
      const known = letter === ':' ? -1 : LETTERS.indexOf(letter);
      if (known < 0) options.push({ kind: 'illegal', letter });
      else if (LETTERS.charAt(known + 1) !== ':') options.push({ kind: 'option', letter, value: '' });
      else {
        let value: string | undefined = word.slice(at + 1);
        if (value === '') value = word.length === 2 ? ALONE.get(letter) : undefined;
        if (value === undefined && index < words.length) {
          value = words[index];
          index += 1;
        }
        options.push(value === undefined ? { kind: 'no-argument', letter } : { kind: 'option', letter, value });
        break;
      }
    }
  }
  return { options, operands: words.slice(index) };
}
