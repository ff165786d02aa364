/**
 * `outtray doctor [--json]`: looks for what keeps mail from leaving; EX_UNAVAILABLE when it finds a
 * problem.
 */
import { ExitStatus } from '../../system/exit-status.js';
import { printable } from '../../system/log.js';
import { parseForm } from '../arguments.js';
import { examine } from '../doctor/doctor-checks.js';
import { print, printJson } from '../output.js';

const MARK = { ok: 'ok      ', note: 'note    ', problem: 'PROBLEM ' } as const;

export async function run(args: readonly string[]): Promise<ExitStatus> {
  const { options } = parseForm('doctor', '', args);
  const findings = await examine();
  if (options.json) printJson(findings);
  for (const { check, level, text, remedy } of options.json ? [] : findings) {
    print(printable(`${MARK[level]}${check.padEnd(9)} ${text}`));
    if (remedy !== '') print(printable(`${' '.repeat(18)}${remedy}`));
  }
  return findings.some(({ level }) => level === 'problem') ? ExitStatus.UNAVAILABLE : ExitStatus.OK;
}
