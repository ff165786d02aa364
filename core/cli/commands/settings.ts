/**
 * `outtray settings [path|check|schema] [--json]`: where the settings file is, what is wrong with
 * it (EX_CONFIG when anything is), and its JSON Schema for editors.
 */
import { loadSettings } from '../../config/settings-file.js';
import { settingsJsonSchema } from '../../config/settings-schema.js';
import { ExitStatus } from '../../system/exit-status.js';
import { resolvePaths } from '../../system/paths.js';
import { chooseForm, parseForm } from '../arguments.js';
import { print, printJson } from '../output.js';

export async function run(args: readonly string[]): Promise<ExitStatus> {
  const { form, args: rest } = chooseForm('settings', args);
  const { options } = parseForm('settings', form, rest);
  const file = resolvePaths(process.env).settingsFile;
  switch (form) {
    case 'path':
      if (options.json) printJson({ file });
      else print(file);
      return ExitStatus.OK;
    case 'schema':
      printJson(settingsJsonSchema());
      return ExitStatus.OK;
    case 'check':
      return check(file, options.json === true);
  }
}

function check(file: string, json: boolean): ExitStatus {
  const { problems } = loadSettings(file);
  if (json) printJson({ file, problems });
  else if (problems.length === 0) print(`${file}: nothing wrong`);
  for (const { line, key, message } of json ? [] : problems)
    print(`${file}:${line}: ${key === '' ? '' : `${key} `}${message}`);
  return problems.length === 0 ? ExitStatus.OK : ExitStatus.CONFIG;
}
