/**
 * One run of a child process with a line in, a line of JSON out and a deadline, after which it is
 * killed. A child that crashes, prints nonsense or cannot be started is a value, not an error.
 */
import { spawn } from 'node:child_process';

export type HelperEnd =
  | { readonly kind: 'reply'; readonly reply: Record<string, unknown> }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'failed'; readonly why: string };

export interface HelperLimits {
  readonly timeoutMs: number;
  readonly env: NodeJS.ProcessEnv;
}

const MAX_OUTPUT = 64 * 1024;

export function runHelper(command: readonly string[], line: string, limits: HelperLimits): Promise<HelperEnd> {
  const [program = '', ...rest] = command;
  return new Promise((resolve) => {
    // Whatever the name of our own file: by that of `outtray` it is told what its first word means.
    const how = { argv0: 'outtray', env: limits.env, windowsHide: true };
    const child = spawn(program, rest, { ...how, stdio: ['pipe', 'pipe', 'ignore'] });
    const settle = (end: HelperEnd): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      child.stdout.destroy();
      resolve(end);
    };
    const timer = setTimeout(() => settle({ kind: 'timeout' }), limits.timeoutMs);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      if (output.includes('\n') || output.length > MAX_OUTPUT) settle(parseReply(output.split('\n', 1)[0] ?? ''));
    });
    child.once('error', (error) => settle({ kind: 'failed', why: error.message }));
    child.once('close', (code, signal) =>
      settle({ kind: 'failed', why: `helper ended with ${signal ?? `exit status ${code}`}` }),
    );
    // A helper that is gone already shows in its end, not here.
    child.stdin.on('error', () => {});
    child.stdin.end(`${line}\n`);
  });
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseReply(line: string): HelperEnd {
  try {
    const reply: unknown = JSON.parse(line);
    if (isRecord(reply)) return { kind: 'reply', reply };
  } catch {
    // Falls through: anything but one JSON object is the same failure.
  }
  return { kind: 'failed', why: 'helper gave no proper reply' };
}
