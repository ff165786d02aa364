/**
 * Where Outtray keeps things. `OUTTRAY_HOME=DIR` puts everything under DIR; otherwise XDG
 * directories, Application Support or AppData. The home directory comes from HOME or, where there is
 * none of ours, from the password database; nothing here asks the network for anything.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export interface Paths {
  /** settings.json, JSON with comments. */
  readonly settingsFile: string;
  /** The client spool: sendmail's clientmqueue. */
  readonly spoolDirectory: string;
  /** Log in sendmail's syslog form. */
  readonly logFile: string;
  /** Locks, pause, the agent's socket; nothing a message depends on. */
  readonly stateDirectory: string;
  /** Where the practice relay stores what it receives. */
  readonly practiceMaildir: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** As in Debian's password file: nobody can make it, and so no mail is taken that nobody would find. */
const NO_HOME = '/nonexistent';

/**
 * Home directory. HOME counts unless it is that of somebody else, as under sudo, su and a cron that was started
 * from a shell: there mail would be refused, or what we make would be closed to its owner. Nor does one that is not
 * there, such as /nonexistent, which root could make.
 */
export function homeDirectory(env: Environment): string {
  if (env.HOME !== undefined && path.isAbsolute(env.HOME)) return homeOfOther(env.HOME) ?? env.HOME;
  if (env.USERPROFILE !== undefined && path.isAbsolute(env.USERPROFILE)) return env.USERPROFILE;
  try {
    return os.userInfo().homedir;
  } catch {
    return NO_HOME;
  }
}

/** Our own instead of it, where it belongs to another user or nobody; null: it may stay. */
function homeOfOther(home: string): string | null {
  const us = process.geteuid?.();
  if (us === undefined) return null;
  try {
    const owner = fs.statSync(home, { throwIfNoEntry: false })?.uid;
    return owner === us ? null : passwordHome(us);
  } catch {
    return passwordHome(us);
  }
}

/** Read by ourselves: the runtime says HOME again. null when the password file does not know us. */
function passwordHome(uid: number): string | null {
  try {
    const lines = fs.readFileSync('/etc/passwd', 'utf8').split('\n');
    const home = lines.map((line) => line.split(':')).find((fields) => fields[2] === String(uid))?.[5];
    return home === undefined || home === '' ? null : home;
  } catch {
    return null;
  }
}

export function resolvePaths(env: Environment, platform: NodeJS.Platform = process.platform): Paths {
  const base = env.OUTTRAY_HOME;
  if (base !== undefined && base !== '') return pathsUnder(path.resolve(base));
  const home = homeDirectory(env);
  if (platform === 'darwin') return pathsUnder(path.join(home, 'Library', 'Application Support', 'Outtray'));
  if (platform === 'win32')
    return pathsUnder(path.join(env.LOCALAPPDATA ?? path.join(home, 'AppData', 'Local'), 'Outtray'));
  const xdg = (name: string, fallback: string): string => {
    const value = env[name];
    return path.join(value !== undefined && path.isAbsolute(value) ? value : path.join(home, fallback), 'outtray');
  };
  const data = xdg('XDG_DATA_HOME', '.local/share');
  const state = xdg('XDG_STATE_HOME', '.local/state');
  return {
    settingsFile: path.join(xdg('XDG_CONFIG_HOME', '.config'), 'settings.json'),
    spoolDirectory: path.join(data, 'clientmqueue'),
    logFile: path.join(state, 'log', 'maillog'),
    stateDirectory: state,
    practiceMaildir: path.join(data, 'practice'),
  };
}

function pathsUnder(directory: string): Paths {
  return {
    settingsFile: path.join(directory, 'settings.json'),
    spoolDirectory: path.join(directory, 'clientmqueue'),
    logFile: path.join(directory, 'log', 'maillog'),
    stateDirectory: path.join(directory, 'state'),
    practiceMaildir: path.join(directory, 'practice'),
  };
}
