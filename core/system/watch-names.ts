/**
 * Names of what changes in a directory of thousands of files, and in some of its subdirectories where
 * they exist: one watch of the system for each directory, none for files. A name is a reason to
 * look, no more. `onReset`: anything may have changed, names may have been lost. That is so
 * after a burst (the system's own queue of events is bounded, and says nothing when it overflows),
 * and when a directory came, went, or was changed itself. While nothing changes, each directory is asked once a
 * minute whether it is still the one of its path (a parent or a link to it changes without a word); where no
 * watch can be had, onReset comes by the clock until there is one.
 */
import fs from 'node:fs';
import path from 'node:path';

export interface NamesWatch {
  stop(): void;
}

export interface WatchNamesOptions {
  readonly subdirectories: readonly string[];
  readonly onNames: (names: ReadonlySet<string>) => void;
  readonly onReset: () => void;
}

/** A burst about one file is one look. */
const SETTLE_MS = 15;
/** So many events within SETTLE_MS are a burst; the shortest queue of events that a system has is longer. */
const BURST_EVENTS = 1000;
const CALM_MS = 100;
/** Even if it never gets calm. */
const LONGEST_BURST_MS = 2000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
const IDENTITY_MS = 60_000;

interface Watched {
  readonly watcher: fs.FSWatcher;
  readonly identity: string;
}

export function watchNames(directory: string, options: WatchNamesOptions): NamesWatch {
  const { subdirectories, onNames, onReset } = options;
  const watched = new Map<string, Watched>();
  let names = new Set<string>();
  let events = 0;
  let settling: NodeJS.Timeout | undefined;
  let calming: NodeJS.Timeout | undefined;
  let burstEndsAt = 0;
  let retrying: NodeJS.Timeout | undefined;
  let retryMs = FIRST_RETRY_MS;
  let stopped = false;

  const resetSoon = (): void => {
    if (stopped) return;
    names = new Set();
    const now = performance.now();
    if (calming === undefined) burstEndsAt = now + LONGEST_BURST_MS;
    clearTimeout(calming);
    calming = setTimeout(
      () => {
        calming = undefined;
        watchAll();
        onReset();
      },
      Math.max(0, Math.min(CALM_MS, burstEndsAt - now)),
    );
  };

  const settle = (): void => {
    settling = undefined;
    const gathered = names;
    const burst = events > BURST_EVENTS;
    names = new Set();
    events = 0;
    // While a reset is to come, names tell nothing more; but it waits until they have stopped coming.
    if (burst || calming !== undefined) resetSoon();
    else onNames(gathered);
  };

  const hear = (place: string, name: string | null): void => {
    if (stopped) return;
    // It may be gone by now, and another one in its place, with the same number even.
    const itself = name === path.basename(place);
    if (itself) unwatch(place);
    if (name === null || itself || subdirectories.includes(name)) {
      resetSoon();
      return;
    }
    events += 1;
    if (events <= BURST_EVENTS) names.add(name);
    settling ??= setTimeout(settle, SETTLE_MS);
  };

  const unwatch = (place: string): void => {
    watched.get(place)?.watcher.close();
    watched.delete(place);
  };

  const places = [directory, ...subdirectories.map((name) => path.join(directory, name))];

  /** Watches what is there now and is not watched yet; a directory of the same name may be another one. */
  const watchAll = (): void => {
    for (const place of places) {
      const identity = identityOf(place);
      if (identity !== null && watched.get(place)?.identity === identity) continue;
      unwatch(place);
      if (identity === null) {
        if (place === directory) retryLater();
        continue;
      }
      try {
        const watcher = fs.watch(place, (_event, name) => hear(place, name));
        watcher.on('error', () => {
          if (watched.get(place)?.watcher === watcher) unwatch(place);
          else watcher.close();
          resetSoon();
        });
        watched.set(place, { watcher, identity });
      } catch {
        retryLater();
      }
    }
  };

  const retryLater = (): void => {
    if (stopped) return;
    retrying ??= setTimeout(() => {
      retrying = undefined;
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
      watchAll();
      if (retrying === undefined) retryMs = FIRST_RETRY_MS;
      onReset();
    }, retryMs);
  };

  watchAll();
  const asking = setInterval(() => {
    if (places.some((place) => identityOf(place) !== (watched.get(place)?.identity ?? null))) resetSoon();
  }, IDENTITY_MS).unref();
  return {
    stop() {
      stopped = true;
      clearInterval(asking);
      for (const timer of [settling, calming, retrying]) clearTimeout(timer);
      for (const { watcher } of watched.values()) watcher.close();
      watched.clear();
    },
  };
}

/** null: no directory there. */
function identityOf(place: string): string | null {
  try {
    const stat = fs.statSync(place, { bigint: true });
    return stat.isDirectory() ? `${stat.dev}:${stat.ino}` : null;
  } catch {
    return null;
  }
}
