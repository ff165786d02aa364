/**
 * Changes to settings.json made by a command or a window: comments and layout stay, the result
 * is checked against the schema before it replaces the file (temporary file, sync, rename).
 */
import fs from 'node:fs';
import path from 'node:path';
import { applyEdits, modify } from 'jsonc-parser';
import { CommandError, ExitStatus } from '../system/exit-status.js';
import { validateSettings } from './settings-file.js';
import { parseSettingsText } from './settings-text.js';

export interface SettingsChange {
  readonly path: readonly (string | number)[];
  /** undefined removes the key. */
  readonly value: unknown;
}

const FORMATTING = { formattingOptions: { insertSpaces: true, tabSize: 2, eol: '\n' } };

/** Throws CommandError (EX_CONFIG) when the file is not JSON, or when the change would add a problem. */
export function editSettings(file: string, changes: readonly SettingsChange[]): void {
  const before = readOrEmpty(file);
  const known = parseSettingsText(before);
  // Where JSON is broken the parser guesses; a guess must not be written back.
  const problem = known.problems[0];
  if (problem !== undefined || known.value === undefined) {
    throw new CommandError(
      ExitStatus.CONFIG,
      `${file} line ${problem?.line ?? 1}: ${problem?.message ?? 'not JSON'}. Mend it first.`,
    );
  }
  let after = before;
  for (const change of changes) after = applyEdits(after, modify(after, [...change.path], change.value, FORMATTING));
  const keyed = (text: string): Set<string> =>
    new Set(validateSettings(parseSettingsText(text)).problems.map((problem) => `${problem.key} ${problem.message}`));
  const old = keyed(before);
  const fresh = [...keyed(after)].find((problem) => !old.has(problem));
  if (fresh !== undefined) throw new CommandError(ExitStatus.CONFIG, `Not changed: ${fresh}`);
  replaceFile(file, after.endsWith('\n') ? after : `${after}\n`);
}

function readOrEmpty(file: string): string {
  try {
    const text = fs.readFileSync(file, 'utf8');
    return text.trim() === '' ? '{}\n' : text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '{}\n';
    throw new CommandError(ExitStatus.NOINPUT, `${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function replaceFile(file: string, text: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  // A link to settings kept elsewhere (a dotfiles repository) stays a link.
  const target = fs.existsSync(file) ? fs.realpathSync(file) : file;
  const temporary = `${target}.${process.pid}.new`;
  const descriptor = fs.openSync(temporary, 'wx', 0o600);
  try {
    fs.writeSync(descriptor, text);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
  fs.renameSync(temporary, target);
}
