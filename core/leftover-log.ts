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
      const said = new Set(readMemory(memory));
      const found = findLeftovers(spoolDirectory, now).map(({ logged }) => logged);
      const fresh = found.filter((words) => !said.has(words));
      for (const words of fresh) log.write(null, words);
      if (fresh.length > 0 || found.length < said.size)
        fs.writeFileSync(memory, JSON.stringify(found), { mode: 0o600 });
    } catch {
      // No mail waits for this; outtray doctor says what it finds itself.
    }
  };
}

function readMemory(file: string): string[] {
  try {
    const said: unknown = JSON.parse(fs.readFileSync(file, 'utf8'));
    return Array.isArray(said) ? said.filter((words) => typeof words === 'string') : [];
  } catch {
    return [];
  }
}
