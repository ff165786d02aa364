/**
 * Triggers in, runs out: any number of requests while a run is under way become one more run
 * that serves them all. Never two at a time; but each relay has a runner of its own, so that one
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

/** `relays` are asked for at each request; `run` is one relay's. */
export function createRelayRunners(
  relays: (request: RunRequest) => Iterable<string>,
  run: (relay: string, request: RunRequest) => Promise<void>,
  onFault: (relay: string, error: unknown) => void,
  onIdle: () => void,
): Runner {
  const runners = new Map<string, Runner>();
  const runnerOf = (relay: string): Runner => {
    const known = runners.get(relay);
    if (known !== undefined) return known;
    const fresh = createRunner(
      (request) => run(relay, request),
      (error) => onFault(relay, error),
      onIdle,
    );
    runners.set(relay, fresh);
    return fresh;
  };
  return {
    request(request) {
      for (const relay of relays(request)) runnerOf(relay).request(request);
    },
    get running() {
      return [...runners.values()].some((runner) => runner.running);
    },
    async idle() {
      await Promise.all([...runners.values()].map((runner) => runner.idle()));
    },
  };
}

export function merge(a: RunRequest, b: RunRequest): RunRequest {
  const flush = a.flush === 'all' || b.flush === 'all' ? 'all' : new Set([...a.flush, ...b.flush]);
  return { scheduled: a.scheduled || b.scheduled, flush };
}
