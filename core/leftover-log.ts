/**
 * Says in the log what lies in the spool and is no message (spool/leftovers.ts): each thing once, not at
 * every run. What was said is remembered in the state directory, and forgotten when the thing is gone.
 */
import fs from 'node:fs';
import path from 'node:path';
import { findLeftovers } from './spool/leftovers.js';
import type { Clock } from './system/clock.js';
import type { MailLog } from './system/log.js';

/** An agent runs the queue every few minutes; once in a while is enough. */
const LOOK_AGAIN_AFTER_MS = 10 * 60 * 1000;

export interface LeftoverLogOptions {
  readonly spoolDirectory: string;
  readonly stateDirectory: string;
  readonly log: MailLog;
  readonly clock: Pick<Clock, 'now'>;
}

/** Call it after any run; it never throws. */
export function createLeftoverLog({ spoolDirectory, stateDirectory, log, clock }: LeftoverLogOptions): () => void {
  const memory = path.join(stateDirectory, 'leftovers.json');
  let lookedAt = -Infinity;
  return () => {
    const now = clock.now();
    if (Math.abs(now - lookedAt) < LOOK_AGAIN_AFTER_MS) return;
    lookedAt = now;
    try {
      const remembered = readMemory(memory);
      const said = new Set(remembered[spoolDirectory]);
      const found = [...new Set(findLeftovers(spoolDirectory, now).map(({ logged }) => logged))];
      const fresh = found.filter((words) => !said.has(words));
      if (fresh.length === 0 && found.length === said.size) return;
      // First remembered, then said: where nothing can be remembered, the log would grow with each run.
      writeMemory(memory, { ...remembered, [spoolDirectory]: found });
      for (const words of fresh) log.write(null, words);
    } catch {
      // No mail waits for this; outtray doctor says what it finds itself.
    }
  };
}

/** By spool: one state directory may serve several. */
type Memory = Readonly<Record<string, readonly string[]>>;

function readMemory(file: string): Memory {
  try {
    const said: unknown = JSON.parse(fs.readFileSync(file, 'utf8'));
    if (typeof said !== 'object' || said === null) return {};
    return Object.fromEntries(Object.entries(said).filter(([, words]) => isTexts(words)));
  } catch {
    return {};
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((words) => typeof words === 'string');
}

/** Whole or not at all; two that write at once only say something twice. */
function writeMemory(file: string, memory: Memory): void {
  const kept = Object.fromEntries(Object.entries(memory).filter(([, words]) => words.length > 0));
  const temporary = `${file}.${process.pid}`;
  try {
    fs.writeFileSync(temporary, JSON.stringify(kept), { mode: 0o600 });
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}
