/** What `outtray doctor` says about aliases: files that are not used, names that lead nowhere or in a circle. */
import type { Outtray } from '../../assemble.js';
import { NOT_DELIVERED_TO } from '../../submission/aliases.js';
import { checkAliasSources } from '../alias-check.js';
import { type Finding, note, ok, problem } from './finding.js';

const REMEDY = 'Mend that line; newaliases looks again.';

export function checkAliasFiles({ settings, paths, hostname }: Outtray): Finding[] {
  const source = { file: paths.settingsFile, byFlag: false };
  return checkAliasSources(settings.aliases, source, hostname).flatMap((checked): Finding[] => {
    const { file, content } = checked;
    if (checked.problem !== null) return [problem('aliases', `${file} ${checked.problem}; it is not used`, '')];
    if (content === null) return [];
    const found = checked.problems
      .filter(({ warning }) => warning !== true)
      .map(({ line, words }) => {
        const text = `${file}:${line}: ${words}`;
        // Usual in the file of an administrator, whose mail system has them.
        return words.endsWith(NOT_DELIVERED_TO) ? note('aliases', text, '') : problem('aliases', text, REMEDY);
      });
    return found.length > 0 ? found : [ok('aliases', `${file}, ${content.table.size} names`)];
  });
}
