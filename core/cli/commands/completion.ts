/** `outtray completion bash|zsh|fish`: the script for that shell, on standard output. */
import { ExitStatus } from '../../system/exit-status.js';
import { chooseForm, parseForm } from '../arguments.js';
import { COMPLETION } from '../completion/scripts.js';

export async function run(args: readonly string[]): Promise<number> {
  const { form, args: rest } = chooseForm('completion', args);
  parseForm('completion', form, rest);
  process.stdout.write(COMPLETION[form]());
  return ExitStatus.OK;
}
