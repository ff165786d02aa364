/**
 * Signals that end the program. While a message is being stored, what is stored of it is undone first;
 * a signal after it is queued ends the program, too, but with 0 unless somebody was refused: the mail is taken.
 * While it is tried at once the attempt hears signals itself, and the program ends behind it. A second
 * signal disturbs none of this: listeners stay.
 */
import { ExitStatus } from '../system/exit-status.js';

/** Numbers are the same wherever there are signals. */
const SIGNALS = [
  ['SIGHUP', 1],
  ['SIGINT', 2],
  ['SIGTERM', 15],
] as const;

let pending: (() => void) | null = null;
let handling = false;
/** Of a program that has nothing to undo. */
let settled: ExitStatus = ExitStatus.OK;
let attempting = false;
let postponed = false;
/** A signal that came while the program was busy may still wait for its listener. */
let unheard = false;

const listeners = SIGNALS.map(([signal, number]) => {
  const end = (): void => {
    if (attempting) {
      postponed = true;
      return;
    }
    pending?.();
    process.exit(pending === null ? settled : 128 + number);
  };
  return { signal, end };
});

export function onInterrupt(undo: (() => void) | null, status: ExitStatus = ExitStatus.OK): void {
  pending = undo;
  settled = status;
  unheard = true;
  if (handling) return;
  handling = true;
  for (const { signal, end } of listeners) process.on(signal, end);
}

/**
 * Lets signals end the program as they always do, without a word from us. False: not yet, since there
 * is something to undo, or signals to be heard that came meanwhile; the caller must wait without
 * blocking once more.
 */
export function leaveSignalsAlone(): boolean {
  if (pending !== null) return false;
  if (handling && unheard) {
    unheard = false;
    return false;
  }
  if (handling) for (const { signal, end } of listeners) process.removeListener(signal, end);
  handling = false;
  return listeners.every(({ signal }) => process.listenerCount(signal) === 0);
}

/** Signals are its own as long as this lasts. */
export async function attemptAtOnce(attempt: () => Promise<unknown>): Promise<void> {
  attempting = true;
  process.exitCode = settled;
  try {
    await attempt();
  } finally {
    attempting = false;
  }
}

/** The signal that the last attempt has ended for was meant for the program. */
export function endIfAsked(): void {
  if (postponed) process.exit(settled);
}
