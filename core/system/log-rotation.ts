/**
 * Keeps a log that many processes append to below a size. Who counts what it wrote itself asks for the
 * size of the file now and then only: at its first line, after each 64 kB of its own, after a minute.
 */
import type { Clock } from './clock.js';
import { type Exclusively, type Rotation, rotate } from './rotate.js';

const LOOK_AFTER_BYTES = 64 * 1024;
const LOOK_AFTER_MS = 60_000;

export interface LogRotationOptions {
  /** As it is now. */
  limits(): Rotation;
  readonly exclusively: Exclusively;
  readonly clock: Pick<Clock, 'steady'>;
}

/** To be called after each write with its size. It never throws: a log that is too large stops nothing. */
export function createLogRotation(file: string, options: LogRotationOptions): (bytes: number) => void {
  const { limits, exclusively, clock } = options;
  let since = 0;
  let lookedAt = -Infinity;
  return (bytes) => {
    since += bytes;
    const now = clock.steady();
    const rotation = limits();
    if (since < Math.min(LOOK_AFTER_BYTES, rotation.maxBytes) && now - lookedAt < LOOK_AFTER_MS) return;
    since = 0;
    lookedAt = now;
    try {
      rotate(file, rotation, exclusively);
    } catch {
      // Names that cannot be changed: it grows.
    }
  };
}
