/**
 * The person's editor on a file, in this terminal. `$VISUAL` and `$EDITOR` may hold options, as everywhere. Ctrl-C
 * is the editor's as long as it runs; a signal that would end us ends the editor, and we put things back.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { CommandError, ExitStatus } from '../../system/exit-status.js';
import type { Environment } from '../../system/paths.js';

const USUAL = process.platform === 'win32' ? ['notepad.exe'] : ['editor', 'vi', 'nano'];
const OURS_TO_END = ['SIGTERM', 'SIGHUP'] as const;
const THEIRS = ['SIGINT', 'SIGQUIT'] as const;

/** Throws CommandError (EX_UNAVAILABLE) when there is none. */
export function chooseEditor(env: Environment): string {
  const found = [env.VISUAL, env.EDITOR].find((text) => text !== undefined && text.trim() !== '');
  const editor = found ?? USUAL.find((name) => isOnPath(name, env.PATH ?? ''));
  if (editor !== undefined) return editor;
  throw new CommandError(
    ExitStatus.UNAVAILABLE,
    'there is no editor here: name one in EDITOR, or edit with --to, --from, --subject',
  );
}

/** Throws CommandError (EX_UNAVAILABLE) unless it ends with 0. */
export async function runEditor(editor: string, file: string): Promise<void> {
  const ended = await new Promise<number | string>((resolve, reject) => {
    // Heard before there is a child: it may be quicker than we are.
    const endIt = (signal: NodeJS.Signals): void => {
      asked = signal;
      child?.kill(signal);
    };
    const leaveIt = (): void => {};
    for (const signal of OURS_TO_END) process.on(signal, endIt);
    for (const signal of THEIRS) process.on(signal, leaveIt);
    const stopListening = (): void => {
      for (const signal of OURS_TO_END) process.off(signal, endIt);
      for (const signal of THEIRS) process.off(signal, leaveIt);
    };
    let asked: NodeJS.Signals | null = null;
    let child: ChildProcess | null = null;
    child = start(editor, file);
    if (asked !== null) child.kill(asked);
    child.on('error', (error) => {
      stopListening();
      reject(new CommandError(ExitStatus.UNAVAILABLE, `the editor "${editor}" does not start: ${error.message}`));
    });
    child.on('close', (status, signal) => {
      stopListening();
      resolve(status ?? signal ?? 'unknown');
    });
  });
  if (ended === 0) return;
  const how = typeof ended === 'number' ? `exit status ${ended}` : ended;
  throw new CommandError(ExitStatus.UNAVAILABLE, `the editor "${editor}" ended with ${how}`);
}

/** Without a shell between us where it says nothing that only a shell knows: signals then go to the editor itself. */
function start(editor: string, file: string): ChildProcess {
  if (process.platform === 'win32') return spawn(`${editor} "${file}"`, { stdio: 'inherit', shell: true });
  const [program = '', ...options] = editor.trim().split(/ +/);
  if (/^[\w@%+:,./ -]+$/.test(editor)) return spawn(program, [...options, file], { stdio: 'inherit' });
  return spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' });
}

function isOnPath(name: string, places: string): boolean {
  return places.split(path.delimiter).some((place) => {
    try {
      fs.accessSync(path.join(place, name), fs.constants.X_OK);
      return place !== '';
    } catch {
      return false;
    }
  });
}
