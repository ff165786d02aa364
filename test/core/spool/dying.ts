/** A process that dies before its k-th change to the disk, for every k: what it has done until then stays, and no more comes. */
import fs from 'node:fs';
import { vi } from 'vitest';
import { temporaryDirectory } from './support.js';

const CHANGES = ['writeSync', 'fsyncSync', 'renameSync', 'unlinkSync', 'linkSync', 'ftruncateSync'] as const;

/** Runs `act` and lets it die before its change number `survived + 1`; true when it died. */
function dies(survived: number, act: () => void): boolean {
  let left = survived;
  let dead = false;
  const mayChange = (): void => {
    if (left === 0) dead = true;
    if (dead) throw new Error('killed by the test');
    left -= 1;
  };
  for (const call of CHANGES) {
    const real = fs[call] as (...args: unknown[]) => unknown;
    vi.spyOn(fs, call).mockImplementation(((...args: unknown[]) => {
      mayChange();
      return real(...args);
    }) as never);
  }
  const { openSync } = fs;
  vi.spyOn(fs, 'openSync').mockImplementation((file, flags, mode) => {
    if (flags === 'wx+') mayChange();
    return openSync(file, flags, mode);
  });
  try {
    act();
  } catch (error) {
    if (!dead) throw error;
  } finally {
    vi.restoreAllMocks();
  }
  return dead;
}

/** Every point to die at, from the first change to none. Stops when `act` lives through it all. */
export function atEachChange(
  act: (directory: string) => () => void,
  check: (directory: string, died: boolean) => void,
): number {
  for (let survived = 0; ; survived += 1) {
    const directory = temporaryDirectory();
    const run = act(directory);
    const died = dies(survived, run);
    check(directory, died);
    if (!died) return survived;
  }
}
