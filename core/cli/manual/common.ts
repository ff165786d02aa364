/** What several pages say: exit statuses, files, environment. Pure. */
import { ExitStatus } from '../../system/exit-status.js';
import { resolvePaths } from '../../system/paths.js';
import { type Block, heading, item, paragraph } from './roff.js';

type StatusName = keyof typeof ExitStatus;

/** Each name has words, or this does not compile. */
const STATUS_TEXTS: Readonly<Record<StatusName, string>> = {
  OK: 'All is done: of a submission, the whole message is on the disk and will be found after a power cut.',
  USAGE:
    'The command line is wrong, or an address is. Good recipients of the same message are queued all the same, and the text says so.',
  DATAERR: 'The message or file is wrong.',
  NOINPUT: 'What is named is not there.',
  NOUSER: 'The relay does not know a recipient.',
  NOHOST: 'The host is not known.',
  UNAVAILABLE: 'It cannot be done: too large a message, one that goes in circles, a relay that refuses, no agent.',
  SOFTWARE: 'An unknown option name, or a mistake in the program.',
  OSERR: 'The system has no more processes or memory.',
  OSFILE: 'A file of the system, or the settings file that is asked for, cannot be read.',
  CANTCREAT: 'The queue or a file cannot be written.',
  IOERR: 'Reading or writing failed; the disk may be full.',
  TEMPFAIL: 'Try again later.',
  PROTOCOL: 'The other side made no sense.',
  NOPERM: 'You may not do that.',
  CONFIG: 'The settings, or the place of the queue, are wrong.',
};

export function exitStatuses(names: readonly StatusName[] = Object.keys(ExitStatus) as StatusName[]): Block[] {
  return [
    heading('Exit status'),
    paragraph('As in sysexits.h. Of a submission, anything but 0 means that you must look.'),
    ...names.map((name) => item(`${ExitStatus[name]}${name === 'OK' ? '' : ` (EX_${name})`}`, STATUS_TEXTS[name])),
  ];
}

type FileName = 'settings' | 'queue' | 'runner' | 'log' | 'state' | 'practice';

/** Places worked out as the program does, for somebody whose home is ~. */
export function files(...names: readonly FileName[]): Block[] {
  const home = '/home/~';
  const paths = resolvePaths({ HOME: home }, 'linux');
  const shown = (file: string): string => `\`${file.replace(home, '~')}\``;
  const all: Readonly<Record<FileName, Block>> = {
    settings: item(shown(paths.settingsFile), 'Settings; see outtray-settings(5).'),
    queue: item(
      shown(paths.spoolDirectory),
      "The queue, in sendmail's format; a real sendmail may work on it at the same time.",
    ),
    runner: item(
      shown(`${paths.spoolDirectory}/sm-client.pid`),
      'Process id and command line of a runner (`sendmail -q30m`), locked while it lives.',
    ),
    log: item(shown(paths.logFile), "The log, in syslog's form."),
    state: item(shown(paths.stateDirectory), 'Locks, the pause, the socket of the agent; no message depends on it.'),
    practice: item(shown(paths.practiceMaildir), 'The Maildir of the practice relay.'),
  };
  return [
    heading('Files'),
    ...names.map((name) => all[name]),
    paragraph('Elsewhere than on Linux they are under Application Support or AppData.'),
  ];
}

export function environment(): Block[] {
  return [
    heading('Environment'),
    item(
      '`OUTTRAY_HOME`',
      'A directory for all of these files: `settings.json`, `clientmqueue`, `log/maillog`, `state`, `practice`.',
    ),
    item('`XDG_CONFIG_HOME`, `XDG_DATA_HOME`, `XDG_STATE_HOME`', 'Where the above begin, as usual.'),
    item('`HOME`', 'Without it, the home directory of the user in the password database.'),
  ];
}
