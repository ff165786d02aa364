/**
 * The computer of the recorded cases (test/corpus): named laptop.example.org, with alice (uid 4242,
 * `Alice Example,,,`) beside root. Its programs run in namespaces of its own, that name and those
 * users and hosts laid over the system's; nothing of the system's own is written. One process keeps
 * the namespaces as long as the laptop stands. The laptop is in memory where it can be: nobody
 * here asks what survives a power cut.
 */
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

const HOST = 'laptop.example.org';
export const ALICE = 4242;

/** What it printed, one character a byte. */
export interface ProgramResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunAs {
  readonly user?: 'root' | 'alice';
  /** The whole environment but for PATH; TZ is UTC unless named. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Laptop {
  /** A directory that everybody may search; removed with the laptop. */
  readonly directory: string;
  /** Home directory of alice. */
  readonly home: string;
  /** A file of `directory` that the programs find at `place`, where one must be already. */
  overlay(place: string, content: string): void;
  /** The same with a file that is somewhere already. */
  overlayFile(place: string, file: string): void;
  /** Words, environment, input and output are one character a byte. */
  run(command: readonly string[], input?: string, as?: RunAs): Promise<ProgramResult>;
  /** The same, each piece of input given when the program has answered what came before, as SMTP asks for. */
  converse(command: readonly string[], pieces: readonly string[], as?: RunAs): Promise<ProgramResult>;
  remove(): void;
}

/** One line that says why there can be none; null when there can. */
export function whyNoLaptop(): string | null {
  if (process.getuid?.() !== 0) return 'other users and a host name of its own need root';
  if (spawnSync('unshare', ['--uts', '--mount', 'true']).status !== 0) return 'no namespaces may be made here';
  return null;
}

export function createLaptop(): Laptop {
  const directory = fs.mkdtempSync(path.join(fastDirectory(), 'outtray-laptop-'));
  fs.chmodSync(directory, 0o755);
  const home = makeDirectory(path.join(directory, 'home'), 0o755, ALICE, ALICE);
  const mounts: string[] = [];
  const overlay = (place: string, content: string): void => {
    const file = path.join(directory, path.basename(place));
    fs.writeFileSync(file, content, { mode: 0o644 });
    overlayFile(place, file);
  };
  const overlayFile = (place: string, file: string): void => {
    mounts.push(`mount --bind '${file}' '${place}'`);
  };
  let keeper: Keeper | null = null;
  const place = (): Keeper => {
    keeper ??= keepNamespaces(directory, mounts);
    return keeper;
  };
  overlay('/etc/passwd', `${readEtc('passwd')}alice:x:${ALICE}:${ALICE}:Alice Example,,,:${home}:/bin/sh\n`);
  overlay('/etc/group', `${readEtc('group')}alice:x:${ALICE}:\n`);
  overlay('/etc/hosts', `127.0.0.1 localhost\n127.0.1.1 ${HOST} laptop\n::1 ${HOST}\n`);
  return {
    directory,
    home,
    overlay,
    overlayFile,
    run: (command, input = '', as = {}) => runWithFile(directory, place(), command, input, as),
    converse: (command, pieces, as = {}) => converseIn(directory, place(), command, pieces, as),
    remove: () => {
      keeper?.end();
      fs.rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Where files cost least. */
export function fastDirectory(): string {
  const memory = '/dev/shm';
  return fs.existsSync(memory) ? memory : os.tmpdir();
}

interface Keeper {
  readonly pid: number;
  end(): void;
}

/** What is laid over what is settled with the first program that runs. */
function keepNamespaces(directory: string, mounts: readonly string[]): Keeper {
  const ready = path.join(directory, 'ready');
  spawnSync('mkfifo', [ready]);
  const script = [`hostname ${HOST}`, ...mounts, `echo > '${ready}'`, 'exec cat'].join(' && ');
  // It ends with its standard input, and so with the test whatever becomes of that.
  const child = spawn('unshare', ['--uts', '--mount', 'sh', '-c', script], { stdio: ['pipe', 'ignore', 'inherit'] });
  fs.readFileSync(ready);
  return { pid: child.pid ?? 0, end: () => child.stdin.end() };
}

export function makeDirectory(directory: string, mode: number, uid: number, gid: number): string {
  fs.mkdirSync(directory);
  fs.chmodSync(directory, mode);
  fs.chownSync(directory, uid, gid);
  return directory;
}

async function runWithFile(
  directory: string,
  keeper: Keeper,
  command: readonly string[],
  input: string,
  as: RunAs,
): Promise<ProgramResult> {
  // A file: of a socket, which Node's pipes are, sendmail asks who is at the other end.
  const stdin = path.join(directory, `input.${randomUUID()}`);
  fs.writeFileSync(stdin, input, 'latin1');
  const result = await start(directory, keeper, command, fs.openSync(stdin, 'r'), as).result;
  fs.unlinkSync(stdin);
  return result;
}

async function converseIn(
  directory: string,
  keeper: Keeper,
  command: readonly string[],
  pieces: readonly string[],
  as: RunAs,
): Promise<ProgramResult> {
  const fifo = path.join(directory, `input.${randomUUID()}`);
  spawnSync('mkfifo', [fifo]);
  // For reading, too: so neither this nor the program's own opening waits for the other side.
  const writing = fs.openSync(fifo, 'r+');
  const { stdout, result } = start(directory, keeper, command, fs.openSync(fifo, 'r'), as);
  const left = [...pieces];
  let said = '';
  let open = true;
  const end = (): void => {
    if (open) fs.closeSync(writing);
    open = false;
  };
  stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString('latin1');
    // The last line of a reply has no hyphen behind its code.
    if (!open || !/(?:^|\n)\d{3} [^\n]*\n$/.test(said)) return;
    said = '';
    fs.writeSync(writing, left.shift() ?? '', null, 'latin1');
    if (left.length === 0) end();
  });
  const ended = await result;
  end();
  fs.unlinkSync(fifo);
  return ended;
}

function start(
  directory: string,
  keeper: Keeper,
  command: readonly string[],
  input: number,
  { user = 'root', env = {} }: RunAs,
): { readonly stdout: Readable; readonly result: Promise<ProgramResult> } {
  const asAlice = ['setpriv', `--reuid=${ALICE}`, `--regid=${ALICE}`, '--clear-groups'];
  const words = (user === 'alice' ? asAlice : [])
    .concat('env', '-i', `PATH=${process.env['PATH'] ?? ''}`, 'TZ=UTC')
    .concat(Object.entries(env).map(([name, value]) => `${name}=${value}`))
    .concat(command);
  // A script: of the words given to spawn, any byte beyond ASCII would become two.
  const script = path.join(directory, `run.${randomUUID()}`);
  const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  fs.writeFileSync(script, `exec ${quoted}`, 'latin1');
  const child = spawn('nsenter', [`--target=${keeper.pid}`, '--uts', '--mount', 'sh', script], {
    stdio: [input, 'pipe', 'pipe'],
  }) as ChildProcessByStdio<null, Readable, Readable>;
  fs.closeSync(input);
  const finish = async (): Promise<ProgramResult> => {
    const [stdout, stderr, [status]] = await Promise.all([
      buffer(child.stdout),
      buffer(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    fs.unlinkSync(script);
    return { status, stdout: stdout.toString('latin1'), stderr: stderr.toString('latin1') };
  };
  return { stdout: child.stdout, result: finish() };
}

function readEtc(name: string): string {
  return fs.readFileSync(path.join('/etc', name), 'utf8');
}
