/** sm-client.pid in a queue directory that others write to, too. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { claimPidFile, PID_FILE } from '../../core/cli/pid-file.js';

function makeDirectory(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'outtray-pid-'));
  onTestFinished(() => fs.rmSync(directory, { recursive: true }));
  return directory;
}

describe('the process id file', () => {
  it.each<readonly [string, (file: string, other: string) => void]>([
    ['a second name of another file', (file, other) => fs.linkSync(other, file)],
    ['a link', (file, other) => fs.symlinkSync(other, file)],
    ['a pipe', (file) => execFileSync('mkfifo', [file])],
  ])('is not written where %s has its name', (_, plant) => {
    const directory = makeDirectory();
    const other = path.join(directory, 'other');
    fs.writeFileSync(other, 'mine\n');
    plant(path.join(directory, PID_FILE), other);

    expect(() => claimPidFile(directory, 'sendmail -q30m')).toThrow();
    expect(fs.readFileSync(other, 'utf8')).toBe('mine\n');
  });
});
