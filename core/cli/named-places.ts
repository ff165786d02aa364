/**
 * What flags may name: a settings file (-C), a queue directory (-O QueueDirectory). Some programs
 * pass words of strangers on to us (the fifth argument of PHP's mail() is known for it), and those
 * must not make us read or write wherever they please. So settings must be a file of the user's own that
 * nobody else could have put there, and a directory that holds anything but a queue is none.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { CommonOptions, Invocation } from '../submission/request.js';
import { ExitStatus } from '../system/exit-status.js';
import { resolvePaths } from '../system/paths.js';
import { asBytes } from './standard-output.js';
import { resolveCommandPaths } from './submission-environment.js';

export interface PlaceRefusal {
  readonly status: ExitStatus;
  /** For standard output, as bytes. */
  readonly words: string;
}

/** null: go on. */
export function refusePlaces(common: CommonOptions, action: Invocation['action']): PlaceRefusal | null {
  const { settingsFile, spoolDirectory } = resolveCommandPaths(process.env, common);
  if (common.settingsFile !== null) {
    const words = whyNoSettings(settingsFile);
    if (words !== null)
      return { status: ExitStatus.OSFILE, words: `${common.settingsFile}: line 0: cannot open: ${words}\n` };
  }
  // A runner has a file of its own there.
  const isRunner = action.mode === 'run' && action.run.intervalSeconds !== null;
  const putsFiles = action.mode === 'deliver' || action.mode === 'smtp' || isRunner;
  if (!putsFiles || spoolDirectory === resolvePaths(process.env).spoolDirectory) return null;
  const other = somethingElseIn(spoolDirectory);
  if (other === null) return null;
  const words = `${asBytes(spoolDirectory)} is no queue directory: it holds ${other}\n`;
  return { status: ExitStatus.CONFIG, words };
}

const OTHERS_MAY_WRITE = 0o002;
const GROUP_MAY_WRITE = 0o020;

/** Missing settings are refused, too: else mail would leave by other settings than the user meant. */
function whyNoSettings(file: string): string | null {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return 'No such file or directory';
  // A device might be read for ever.
  if (!stat.isFile()) return 'Not a regular file';
  const us = process.geteuid?.();
  if (us === undefined) return null;
  if (stat.uid !== us && stat.uid !== 0) return 'File of another user';
  const directory = fs.statSync(path.dirname(fs.realpathSync(file)));
  const writers = whoMayWrite(stat);
  if (writers !== null) return `${writers} writable file`;
  const makers = whoMayWrite(directory);
  return makers === null ? null : `${makers} writable directory`;
}

/** Besides the owner. A group that is one user's own has the user's number. */
function whoMayWrite({ mode, uid, gid }: fs.Stats): string | null {
  if ((mode & OTHERS_MAY_WRITE) !== 0) return 'World';
  return (mode & GROUP_MAY_WRITE) !== 0 && gid !== uid ? 'Group' : null;
}

/** Files and subdirectories of a queue, sendmail's notes beside them, what file systems and repositories put in empty directories. */
const OF_A_QUEUE = /^(?:[A-Za-z]f[A-Za-z0-9]*|sm-client\.(?:pid|st)|lost\+found|\..*)$/;

/** Enough to tell a queue from a folder of something else. */
const NAMES_LOOKED_AT = 200;

function somethingElseIn(directory: string): string | null {
  try {
    const names = fs.opendirSync(directory);
    try {
      for (let looked = 0; looked < NAMES_LOOKED_AT; looked += 1) {
        // Bun opens it here only.
        const entry = names.readSync();
        if (entry === null) return null;
        if (!OF_A_QUEUE.test(entry.name)) return asBytes(entry.name);
      }
    } finally {
      names.closeSync();
    }
  } catch {
    // Missing, or not to be used: whoever uses it says why.
  }
  return null;
}
