/**
 * A run that is asked to stop ends after the message at hand, so that no relay's answer is lost; asked
 * twice by SIGTERM or SIGINT it does not wait, and that message is Maybe sent. SIGHUP never hurries, however
 * often it comes, and gives way to the others.
 */
import { ExitStatus } from '../system/exit-status.js';

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export interface StopWatch {
  readonly signal: AbortSignal;
  /** What was asked; null: nothing yet. */
  readonly asked: StopSignal | null;
  end(): void;
}

export function watchForStop(
  signals: readonly StopSignal[],
  onAsked: (signal: StopSignal) => void = () => {},
): StopWatch {
  const stopping = new AbortController();
  let asked: StopSignal | null = null;
  const hear = (signal: StopSignal): void => {
    if (signal === 'SIGHUP' && asked !== null) return;
    if (asked !== null && asked !== 'SIGHUP') process.exit(process.exitCode ?? ExitStatus.OK);
    if (asked === null) onAsked(signal);
    asked = signal;
    stopping.abort();
  };
  for (const signal of signals) process.on(signal, hear);
  return {
    signal: stopping.signal,
    get asked() {
      return asked;
    },
    end() {
      for (const signal of signals) process.off(signal, hear);
    },
  };
}
