/**
 * What shells ask for while somebody types: names of relays, queue ids. From the settings and the names of files
 * alone, so that a key press waits for nothing; what cannot be read has no names.
 */
import fs from 'node:fs';
import { isRecord } from '../../config/settings-source.js';
import { readSettingsText } from '../../config/settings-text.js';
import { spoolFiles } from '../../spool/spool-files.js';
import { ExitStatus } from '../../system/exit-status.js';
import { resolvePaths } from '../../system/paths.js';
import { print } from '../output.js';

/** `outtray --names relays|message|messages` */
export function printNames(what: string | undefined): ExitStatus {
  const names = what === 'relays' ? relayNames() : what === 'message' || what === 'messages' ? queueIds() : [];
  if (names.length > 0) print(names.join('\n'));
  return ExitStatus.OK;
}

function relayNames(): string[] {
  const relays = readSettingsText(resolvePaths(process.env).settingsFile).value?.relays;
  // A name that the settings refuse is none here, either.
  return isRecord(relays) ? Object.keys(relays).filter((name) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) : [];
}

function queueIds(): string[] {
  const { controlDirectory } = spoolFiles(resolvePaths(process.env).spoolDirectory);
  try {
    const names = fs.readdirSync(controlDirectory).sort();
    return names.flatMap((name) => /^[qhQ]f([0-9A-Za-z]+)$/.exec(name)?.[1] ?? []);
  } catch {
    return [];
  }
}
