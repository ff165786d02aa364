/** The words about sendmail's options beside what the program takes. */
import { describe, expect, it } from 'vitest';
import { MODE_TEXTS, OPTION_TEXTS, QUEUE_TEXTS, SETTABLE_TEXTS } from '../../../core/cli/option-texts.js';
import { splitOptions } from '../../../core/submission/getopt.js';
import { createDraft } from '../../../core/submission/invocation.js';
import { optionNames, parseOption } from '../../../core/submission/option-names.js';
import { applyOption } from '../../../core/submission/option-values.js';
import { parseCommandLine } from '../../../core/submission/options.js';
import { parseQueueFlag } from '../../../core/submission/queue-flag.js';

const LETTERS = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'];

const isTaken = (letter: string): boolean => splitOptions([`-${letter}`, 'x']).options[0]?.kind !== 'illegal';

function isMode(letter: string): boolean {
  const { action } = parseCommandLine('sendmail', 'sendmail', [`-b${letter}`]);
  return !(action.mode === 'refused' && /Invalid operation|Frozen/.test(action.stdout));
}

/** With nothing behind it: does it fail, or take a default? */
function argumentOf(letter: string): 'none' | 'needed' | 'optional' {
  const [alone] = splitOptions([`-${letter}`]).options;
  if (alone?.kind === 'no-argument') return 'needed';
  const attached = splitOptions([`-${letter}${letter === 'Q' ? 'x' : '0'}`]).options;
  return attached.length === 1 && attached[0]?.kind === 'option' ? 'optional' : 'none';
}

describe('the words about options', () => {
  it('are one for each letter the program takes', () => {
    expect(OPTION_TEXTS.map(({ letter }) => letter).sort()).toEqual(LETTERS.filter(isTaken).sort());
  });

  it.each(OPTION_TEXTS)('say of -$letter whether something follows', ({ letter, argument }) => {
    // Alone, -C means a file of sendmail's; nobody is told to write it so.
    const said = argument === undefined ? 'none' : argument.startsWith('[') || letter === 'C' ? 'optional' : 'needed';
    expect(said).toBe(argumentOf(letter));
  });

  it('are one for each mode', () => {
    expect(MODE_TEXTS.map(({ letter }) => letter).sort()).toEqual(LETTERS.filter(isMode).sort());
  });

  it.each(MODE_TEXTS)('say of -b$letter whether it is refused, or does nothing', ({ letter, does }) => {
    const { action } = parseCommandLine('sendmail', 'sendmail', [`-b${letter}`], { root: true });

    expect(does.startsWith('Refused')).toBe(action.mode === 'refused');
    expect(does.startsWith('Without effect')).toBe(action.mode === 'nothing');
  });

  it.each(QUEUE_TEXTS)('name what -q takes: -q$flag', ({ flag }) => {
    expect(parseQueueFlag(flag).kind).not.toBe('bad');
  });

  it.each(SETTABLE_TEXTS)('know $name as the program does, and by its letter', ({ name, letter }) => {
    expect(parseOption('O', `${name}=1`)).toMatchObject({ name });
    if (letter !== '') expect(parseOption('o', `${letter}1`)).toMatchObject({ name });
  });

  it('leave out no option of -O that has an effect', () => {
    const values = ['1', 's', 'b', 'w', 'time', '/elsewhere', 'true', '9', 'add-to'];
    const change = (name: string): boolean =>
      values.some((value) => {
        const draft = createDraft('sendmail', [], false);
        const before = JSON.stringify(draft);
        applyOption(draft, { name, part: null, value });
        return JSON.stringify({ ...draft, status: 0, said: [] }) !== before;
      });

    const told = new Set(SETTABLE_TEXTS.map(({ name }) => name));

    expect(optionNames().filter((name) => change(name) !== told.has(name))).toEqual([]);
  });
});
