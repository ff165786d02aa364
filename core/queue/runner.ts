/**
 * Triggers in, runs out: any number of requests while the queue is gone through become one more pass
 * that serves them all. Never two at a time. What was chosen is with the relays then (relay-work.ts), and one
 * that stalls keeps no other's mail waiting.
 */
export interface RunRequest {
  /** Due messages. */
  readonly scheduled: boolean;
  /** Messages to try whatever the schedule says: all of them, or these. */
  readonly flush: 'all' | ReadonlySet<string>;
}

export const SCHEDULED: RunRequest = { scheduled: true, flush: new Set() };

export interface Runner {
  request(request: RunRequest): void;
  readonly running: boolean;
  /** Resolves when nothing is running and nothing is asked for. */
  idle(): Promise<void>;
}

/** `run` must not reject for what happens to mail; if it does, `onFault` is told and the next request starts afresh. */
export function createRunner(
  run: (request: RunRequest) => Promise<void>,
  onFault: (error: unknown) => void,
  onIdle: () => void,
): Runner {
  let wanted: RunRequest | null = null;
  let current: Promise<void> | null = null;

  const loop = async (): Promise<void> => {
    while (wanted !== null) {
      const request = wanted;
      wanted = null;
      try {
        await run(request);
      } catch (error) {
        onFault(error);
      }
    }
    current = null;
    onIdle();
  };

  return {
    request(request) {
      wanted = wanted === null ? request : merge(wanted, request);
      current ??= loop();
    },
    get running() {
      return current !== null;
    },
    async idle() {
      while (current !== null) await current;
    },
  };
}

export function merge(a: RunRequest, b: RunRequest): RunRequest {
  const flush = a.flush === 'all' || b.flush === 'all' ? 'all' : new Set([...a.flush, ...b.flush]);
  return { scheduled: a.scheduled || b.scheduled, flush };
}
