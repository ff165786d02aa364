/**
 * Watch the files directly in one directory. Events say only "look at this name again": they
 * may come late, twice, or for a file that is gone, and after `onReset` anything may have
 * changed. A directory that disappears is watched again when it is back. Where the system has no
 * watches left (Linux counts them for each user), onReset comes by the clock instead.
 */
import path from 'node:path';
import { watch } from 'chokidar';

export interface DirectoryWatch {
  stop(): Promise<void>;
}

const POLL_MS = 30_000;

export function watchDirectory(
  directory: string,
  onName: (name: string) => void,
  onReset: () => void,
): Promise<DirectoryWatch> {
  const watcher = watch(directory, { depth: 0, ignoreInitial: true, atomic: false, alwaysStat: false });
  watcher.on('all', (_event, file) => {
    if (path.dirname(file) === directory) onName(path.basename(file));
  });
  let polling: NodeJS.Timeout | undefined;
  watcher.on('error', () => {
    if (polling !== undefined) return;
    onReset();
    polling = setInterval(onReset, POLL_MS);
  });
  const stop = (): Promise<void> => {
    clearInterval(polling);
    // When a file goes just as chokidar 5 closes, chokidar adds its directory again and is open
    // once more, heard by nobody and keeping the process alive.
    watcher.add = () => watcher;
    return watcher.close();
  };
  return new Promise((resolve) => {
    watcher.once('ready', () => resolve({ stop }));
  });
}

/** Gather names for a moment and hand each over once, so that a burst about one file is one look. */
export function collect(milliseconds: number, onNames: (names: ReadonlySet<string>) => void): (name: string) => void {
  let names = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  return (name) => {
    names.add(name);
    if (timer !== undefined) return;
    timer = setTimeout(() => {
      const gathered = names;
      names = new Set();
      timer = undefined;
      onNames(gathered);
    }, milliseconds);
  };
}
