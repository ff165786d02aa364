/** Recorded jobs of the real sendmail, temporary spools, and a control file to start from. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { type ControlFile, parseControlFile } from '../../../core/spool/control-file.js';
import { openJob } from '../../../core/spool/create-job.js';

export const CORPUS = path.resolve(import.meta.dirname, '../../corpus');

/** Paths under the corpus of every recorded control file. */
export function recordedControlFiles(): string[] {
  return fs
    .readdirSync(CORPUS, { recursive: true, encoding: 'utf8' })
    .filter((file) => /^[qhQ]f/.test(path.basename(file)))
    .sort();
}

export function recorded(file: string): Buffer {
  return fs.readFileSync(path.join(CORPUS, file));
}

/** Removed with the test. */
export function temporaryDirectory(mode = 0o700): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-spool-'));
  fs.chmodSync(directory, mode);
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export function sampleControl(changes: Partial<ControlFile> = {}): ControlFile {
  return { ...parseControlFile(recorded('001-simple/qf')), ...changes };
}

/** Puts a job into the spool the way submission does. */
export function submit(directory: string, changes: Partial<ControlFile> = {}, body = 'Hello.\n'): string {
  const job = openJob(directory);
  job.writeBody(Buffer.from(body, 'latin1'));
  job.commit(sampleControl(changes));
  return job.id;
}

export function names(directory: string): string[] {
  return fs.readdirSync(directory).sort();
}

export interface LockHolder {
  kill(): Promise<void>;
}

/** Locks `file` from another process until the test ends; rejects when the lock is refused. */
export async function holdLock(file: string, mode: 'shared' | 'exclusive'): Promise<LockHolder> {
  const program = path.join(import.meta.dirname, 'hold-lock.mjs');
  const child = spawn(process.execPath, [program, file, mode], { stdio: ['pipe', 'pipe', 'inherit'] });
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(kill);
  const [answer] = await once(child.stdout, 'data');
  if (String(answer) !== 'held\n') {
    await kill();
    throw new Error('the lock was refused');
  }
  return { kill };
}
