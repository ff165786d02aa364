/**
 * What the agent listens to: names in the spool, the settings file, the network once it owns the
 * spool. Each is only a reason to look; what is to be seen there is asked afresh.
 */
import path from 'node:path';
import { type NetworkWatch, watchNetwork } from './network/hints.js';
import type { Hint } from './network/relay-state.js';
import type { Paths } from './system/paths.js';
import { collect, watchDirectory } from './system/watch.js';
import { watchNames } from './system/watch-names.js';

export interface WatchOptions {
  readonly paths: Paths;
  /** Instead of the system's network monitor: a program that prints a line for each change. */
  readonly monitorCommand?: readonly string[];
  /** Queue ids of files that came, went or changed. */
  readonly onJobs: (ids: ReadonlySet<string>) => void;
  /** More happened in the spool than was told. */
  readonly onReset: () => void;
  readonly onSettings: () => void;
  readonly onHint: (hint: Hint) => void;
}

export interface Watches {
  /** Listen to the network, too; may be called again. */
  listen(): void;
  stop(): Promise<void>;
}

/** Settings are read when whoever saves them has had time to. */
const SAVING_MS = 150;

export async function startWatches(options: WatchOptions): Promise<Watches> {
  const { paths, monitorCommand, onJobs, onReset, onSettings, onHint } = options;
  const spool = watchNames(paths.spoolDirectory, {
    subdirectories: ['qf', 'df', 'xf'],
    onNames: (names) => onJobs(new Set([...names].filter(tellsOfJob).map((name) => name.slice(2)))),
    onReset,
  });
  // An editor that empties the file before it fills it is given the time; the last of its events may not be told.
  const settingsLater = collect(SAVING_MS, onSettings);
  const settings = await watchDirectory(
    path.dirname(paths.settingsFile),
    (name) => {
      if (name === path.basename(paths.settingsFile)) settingsLater(name);
    },
    onSettings,
  );
  let network: NetworkWatch | null = null;
  return {
    listen() {
      network ??= watchNetwork({ ...(monitorCommand === undefined ? {} : { command: monitorCommand }), onHint });
    },
    async stop() {
      network?.stop();
      spool.stop();
      await settings.stop();
    },
  };
}

/** Control, data and transcript files; a new control file (tf) tells by its change of name. */
function tellsOfJob(name: string): boolean {
  return /^[qhQdx]f./.test(name);
}
