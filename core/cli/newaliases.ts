/**
 * `newaliases`, `sendmail -bi`: there is no database to build, the aliases file is read as it is;
 * so this checks it and says line by line what will not work.
 */
import fs from 'node:fs';
import { loadSubmissionSettings } from '../config/submission-settings.js';
import { parseAliases } from '../submission/aliases.js';
import { ownHostname } from '../submission/identity.js';
import type { CommonOptions } from '../submission/request.js';
import { CommandError, ExitStatus } from '../system/exit-status.js';
import { asBytes, writeError, writeOut } from './standard-output.js';
import { aliasesFile, resolveCommandPaths } from './submission-environment.js';

export async function checkAliases(common: CommonOptions): Promise<number> {
  const paths = resolveCommandPaths(process.env, common);
  const { settings } = await loadSubmissionSettings(paths.settingsFile);
  const file = aliasesFile(settings, paths);
  if (file === null) {
    writeOut('no aliases file: "aliases" in the settings names one\n');
    return ExitStatus.OK;
  }
  const { names, problems } = parseAliases(read(file), ownHostname(settings.hostname));
  for (const { line, words } of problems) writeError(`${asBytes(file)} line ${line}: ${words}\n`);
  writeOut(`${asBytes(file)}: ${names} alias${names === 1 ? '' : 'es'}\n`);
  return problems.length === 0 ? ExitStatus.OK : ExitStatus.DATAERR;
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(ExitStatus.NOINPUT, `cannot read the aliases file: ${words}`, { cause });
  }
}
