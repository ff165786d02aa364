/**
 * Where aliases come from: the user's own file `aliases` beside the settings, and those that the setting
 * `aliases` names, such as /etc/aliases. The own file comes first. A file that somebody else than the user
 * or root could have written is not used: it decides who gets the mail.
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseAliasFile } from './alias-file.js';
import { type Aliases, createAliases } from './aliases.js';

export interface AliasSource {
  readonly file: string;
  /** One character a byte; null: not used. */
  readonly text: string | null;
  /** Why not; null of an own file that is not there. */
  readonly problem: string | null;
}

/** Settings, and whether a flag named them rather than the user: then what they name lies beside them, or is the system's. */
export interface AliasSettings {
  readonly file: string;
  readonly byFlag: boolean;
}

/** Read when somebody local is looked up. A file that cannot be used is remarked on, and mail taken without it. */
export function openAliases(
  configured: readonly string[],
  settings: AliasSettings,
  hostname: string,
  remark: (words: string) => void,
): Aliases {
  const load = () =>
    readAliasSources(configured, settings).flatMap(({ file, text, problem }) => {
      if (problem !== null) remark(`the aliases file ${file} ${problem}; it is not used`);
      return text === null ? [] : [parseAliasFile(text, hostname)];
    });
  return createAliases(load, hostname);
}

const OF_THE_SYSTEM = '/etc/aliases';

export function readAliasSources(configured: readonly string[], settings: AliasSettings): AliasSource[] {
  const directory = path.dirname(settings.file);
  const own = path.join(directory, 'aliases');
  const named = configured.map((file) => path.resolve(directory, file));
  return [...new Set([own, ...named])].map((file) =>
    settings.byFlag && file !== OF_THE_SYSTEM && !isIn(directory, file)
      ? { file, text: null, problem: 'lies elsewhere than the settings that -C names' }
      : readSource(file, !named.includes(file)),
  );
}

/** Wherever links lead. */
function isIn(directory: string, file: string): boolean {
  try {
    return path.dirname(fs.realpathSync(file)) === fs.realpathSync(directory);
  } catch {
    return path.dirname(file) === directory;
  }
}

function readSource(file: string, optional: boolean): AliasSource {
  let fd: number;
  try {
    // A pipe in its place must not keep a submission waiting.
    fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (optional && isMissing(error)) return { file, text: null, problem: null };
    return { file, text: null, problem: `cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
  try {
    const problem = whyUnsafe(fs.fstatSync(fd));
    return { file, text: problem === null ? fs.readFileSync(fd, 'latin1') : null, problem };
  } catch (error) {
    return { file, text: null, problem: `cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    fs.closeSync(fd);
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function whyUnsafe(stat: fs.Stats): string | null {
  if (!stat.isFile()) return 'is no file';
  const user = process.getuid?.();
  if (user === undefined) return null;
  if (stat.uid !== user && stat.uid !== 0) return `belongs to user ${stat.uid}, neither you nor root`;
  if ((stat.mode & 0o002) !== 0) return 'can be written by everybody: chmod o-w';
  // A group that is one user's own has the user's number.
  if ((stat.mode & 0o020) !== 0 && stat.gid !== stat.uid) return `can be written by group ${stat.gid}: chmod g-w`;
  return null;
}
