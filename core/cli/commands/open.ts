/**
 * `outtray open [--no-browser]`: the Outbox of the running agent in the system's browser. The
 * address is printed too: it opens once, within two minutes. Without an agent, one is run here.
 */
import { ExitStatus } from '../../system/exit-status.js';
import { askForDoor } from '../agent/current-agent.js';
import { runForeground } from '../agent/foreground-agent.js';
import { parseForm } from '../arguments.js';
import { showInBrowser } from '../browser.js';
import { print } from '../output.js';

export async function run(args: readonly string[]): Promise<ExitStatus> {
  const { options } = parseForm('open', '', args);
  const show = async (address: string): Promise<void> => {
    print(address);
    if (options['no-browser'] === true) return;
    const shown = await showInBrowser(address, process.env);
    if (!shown) print('There is no browser to open here. The address opens once, within two minutes.');
  };
  const address = await askForDoor();
  if (address !== null) {
    await show(address);
    return ExitStatus.OK;
  }
  print('No agent is running, so one runs here until you stop it with Ctrl-C.');
  return await runForeground(false, async (service) => show(await service.openDoor()));
}
