/**
 * A program that prints the secret on its first line (`pass show mail/home`, a token fetcher),
 * run without a shell. Its words on standard error are shown, its output never is.
 */
import { spawn } from 'node:child_process';

const TIMEOUT_MS = 30_000;
const MAX_OUTPUT = 64 * 1024;

export class PasswordCommandError extends Error {
  override readonly name = 'PasswordCommandError';
}

export function runPasswordCommand(command: readonly string[], timeoutMs: number = TIMEOUT_MS): Promise<string> {
  const [program = '', ...rest] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    let output = '';
    let complaint = '';
    const settle = (why: string | null): void => {
      clearTimeout(timer);
      // A grandchild may hold the pipes open; it is not waited for.
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
      const secret = output.split(/\r?\n/, 1)[0] ?? '';
      if (why !== null) reject(new PasswordCommandError(`The password command "${program}" ${why}`));
      else if (secret === '') reject(new PasswordCommandError(`The password command "${program}" printed nothing`));
      else resolve(secret);
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      settle(`did not end within ${Math.round(timeoutMs / 1000)} seconds`);
    }, timeoutMs);
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (output.length < MAX_OUTPUT) output += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      if (complaint.length < MAX_OUTPUT) complaint += chunk;
    });
    child.once('error', (error) => {
      const missing = 'code' in error && error.code === 'ENOENT';
      settle(missing ? 'was not found' : `could not be started: ${error.message}`);
    });
    child.once('close', (code, signal) => {
      if (code === 0) return settle(null);
      const words = complaint.trim().split('\n').at(-1) ?? '';
      settle(`ended with ${signal ?? `exit status ${code}`}${words === '' ? '' : `: ${words.slice(0, 200)}`}`);
    });
  });
}
