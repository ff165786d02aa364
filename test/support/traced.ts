/**
 * A program under strace: which files it opens, makes and changes, what it executes, whether it
 * touches a network. Names of files only; nothing of what is in them.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Finished, runProgram } from './outtray-home.js';

export interface Trace extends Finished {
  /** Opened, listed or followed without being changed. */
  readonly read: readonly string[];
  /** Opened for writing, made, renamed, removed, or their mode or owner changed. */
  readonly written: readonly string[];
  readonly executed: readonly string[];
  /** Processes of its own, threads not counted. */
  readonly forks: number;
  /** System calls on sockets, as strace shows them. */
  readonly network: readonly string[];
}

/** One line that says why nothing can be traced; null when it can. */
export function whyNoTrace(): string | null {
  if (spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0) return null;
  return 'no strace that may trace (Debian package strace)';
}

const CHANGES =
  /^(?:creat|mkdir|mknod|rename|link|symlink|unlink|rmdir|truncate|chmod|chown|lchown|fchmodat|fchownat|utime|setxattr)/;

export async function runTraced(
  command: readonly string[],
  input: string,
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<Trace> {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-trace-')), 'trace');
  try {
    const words = ['-f', '-y', '-s', '4096', '-e', 'trace=%file,%network,%process', '-e', 'signal=none', '-o', file];
    const finished = await runProgram('strace', [...words, ...command], input, env, cwd);
    return { ...finished, ...readTrace(fs.readFileSync(file, 'latin1')) };
  } finally {
    fs.rmSync(path.dirname(file), { recursive: true });
  }
}

function readTrace(text: string): Omit<Trace, keyof Finished> {
  const read: string[] = [];
  const written: string[] = [];
  const executed: string[] = [];
  const network: string[] = [];
  let forks = 0;
  for (const line of text.split('\n')) {
    const [, call = '', rest = ''] = /^\d+ +(?:<\.\.\. )?(\w+)\((.*)/.exec(line) ?? [];
    if (call === '') continue;
    // Of AT_FDCWD</where/it/is> and the like, the names in quotes alone.
    const names = [...rest.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, name = '']) => name);
    if (call.startsWith('exec')) executed.push(names[0] ?? '');
    else if (/^(?:clone3?|v?fork)$/.test(call)) forks += rest.includes('CLONE_THREAD') ? 0 : 1;
    else if (/^(?:socket|connect|bind|listen|accept|send|recv|getsockname|getpeername|setsockopt)/.test(call))
      network.push(line);
    else if (CHANGES.test(call) || (call.startsWith('open') && /O_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND)/.test(rest)))
      written.push(...names);
    else if (/^(?:open|readlink|getdents|chdir|execve)/.test(call)) read.push(...names);
  }
  return { read, written, executed, forks, network };
}
