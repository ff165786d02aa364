/**
 * `newaliases`, `sendmail -bi`: there is no database to build, aliases files are read as they are; so
 * this checks them all and says line by line what will not work, in sendmail's words where it has some.
 */
import { loadSubmissionSettings } from '../config/submission-settings.js';
import { ownHostname } from '../submission/identity.js';
import type { CommonOptions } from '../submission/request.js';
import { ExitStatus } from '../system/exit-status.js';
import { checkAliasSources } from './alias-check.js';
import { asBytes, writeOut } from './standard-output.js';
import { aliasSettings, resolveCommandPaths } from './submission-environment.js';

export async function checkAliases(common: CommonOptions): Promise<number> {
  const paths = resolveCommandPaths(process.env, common);
  const { settings } = await loadSubmissionSettings(paths.settingsFile);
  const source = aliasSettings(paths, common);
  const sources = checkAliasSources(settings.aliases, source, ownHostname(settings.hostname));
  let status: ExitStatus = ExitStatus.OK;
  for (const { file, content, problem, problems } of sources) {
    const name = asBytes(file);
    for (const { line, words, warning } of problems) {
      writeOut(`${name}: line ${line}: ${words}\n`);
      if (warning !== true) status ||= ExitStatus.DATAERR;
    }
    if (content !== null) writeOut(`${name}: ${summary(content.entries)}\n`);
    else if (problem !== null) {
      writeOut(`${name}: ${asBytes(problem)}; not used\n`);
      status ||= ExitStatus.NOINPUT;
    } else if (sources.length === 1) writeOut(`${name}: does not exist: nobody has an alias\n`);
  }
  return status;
}

/** `25 aliases, longest 29 bytes, 357 bytes total` */
function summary(entries: readonly { readonly key: string; readonly value: string }[]): string {
  const longest = entries.reduce((most, { value }) => Math.max(most, value.length), 0);
  const total = entries.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
  return `${entries.length} aliases, longest ${longest} bytes, ${total} bytes total`;
}
