/** The completion of each shell, and the names of files that shells look for. Pure. */
import type { Shell } from '../command-table.js';
import { bashScript } from './bash.js';
import { fishMailq, fishOuttray, fishScript, fishSendmail } from './fish.js';
import { zshScript } from './zsh.js';

export const COMPLETION: Readonly<Record<Shell, () => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** By path below `completion/`. Shells that load a command's completion when it is asked for look for its name. */
export function completionFiles(): ReadonlyMap<string, string> {
  return new Map([
    ...['outtray', 'sendmail', 'mailq'].map((name) => [`bash/${name}`, bashScript()] as const),
    ['zsh/_outtray', zshScript()],
    ['fish/outtray.fish', fishOuttray()],
    ['fish/sendmail.fish', fishSendmail()],
    ['fish/mailq.fish', fishMailq()],
  ]);
}
