/** Our own source in a process of its own, for tests of what several programs do to one file at once. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

const root = path.resolve(import.meta.dirname, '..', '..');

/** Program and arguments; `script` may `await import(SOURCE + 'core/...ts')`. */
export function sourceCommand(script: string): [program: string, ...args: string[]] {
  const source = `const SOURCE = ${JSON.stringify(`${pathToFileURL(root).href}/`)};\n${script}`;
  const hooks = pathToFileURL(path.join(import.meta.dirname, 'source-names.mjs')).href;
  return [process.execPath, '--import', hooks, '--input-type=module', '-e', source];
}

/** Rejects with its complaint when it fails. */
export async function runSource(script: string): Promise<void> {
  const [program, ...args] = sourceCommand(script);
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('exit', resolve));
  const [status, complaint] = await Promise.all([ended, text(child.stderr)]);
  if (status !== 0) throw new Error(`status ${status}: ${complaint}`);
}
