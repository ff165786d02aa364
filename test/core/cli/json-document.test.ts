/** JSON.md beside the table of commands: what prints JSON is described there. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ALL_COMMANDS } from '../../../core/cli/command-table.js';
import { type JournalRecord, PHASES } from '../../../core/queue/journal.js';
import { attemptRecord } from '../queue/journal-records.js';

const DOCUMENT = fs.readFileSync(path.resolve(import.meta.dirname, '../../../core/cli/JSON.md'), 'utf8');

it('JSON.md has a row for every form of a command that prints JSON, and for no other', () => {
  const printing = Object.entries(ALL_COMMANDS).flatMap(([command, { forms }]) =>
    Object.entries(forms)
      .filter(([, { options }]) => 'json' in options)
      .map(([form]) => `${command} ${form}`.trim()),
  );

  expect(describedForms().sort()).toEqual(printing.sort());
});

it('JSON.md names all that an attempt may have, and where it may end', () => {
  const full: Required<JournalRecord> = {
    ...attemptRecord(),
    ...{ times: 2, reply: '', problem: '', moreRecipients: 1, transcript: [] },
  };
  const paragraph = DOCUMENT.split('\n\n').find((text) => text.startsWith('An **attempt**')) ?? '';

  const words = [...Object.keys(full), ...PHASES].filter((word) => !new RegExp(`[\`{ ]${word}[\`},]`).test(paragraph));

  expect(words).toEqual([]);
});

/** `queue hold`, `release` are forms of one command; the words of a form are no matter. */
function describedForms(): string[] {
  return [...DOCUMENT.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell = '']) => {
    const entries = [...cell.matchAll(/`([^`]+)`/g)].map(([, words = '']) => words.replace(/ [A-Z]+$/, ''));
    const [command = ''] = entries[0]?.split(' ') ?? [];
    return entries.map((entry, index) => (index === 0 ? entry : `${command} ${entry}`));
  });
}
