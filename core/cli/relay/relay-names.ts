/** The relay a command names, as the settings have it now, or an error that names those there are. */
import type { Outtray } from '../../assemble.js';
import type { Relay } from '../../delivery/relay.js';
import { CommandError, ExitStatus } from '../../system/exit-status.js';

export function configuredRelays({ settings }: Outtray): Relay[] {
  return Object.entries(settings.relays).map(([name, relay]) => ({ ...relay, name }));
}

export function relayByName(outtray: Outtray, name: string): Relay {
  const relays = configuredRelays(outtray);
  const found = relays.find((relay) => relay.name === name);
  if (found !== undefined) return found;
  const broken = outtray.settingsProblems.find(
    ({ key }) => key === `relays.${name}` || key.startsWith(`relays.${name}.`),
  );
  if (broken !== undefined) {
    const where = `${outtray.paths.settingsFile}:${broken.line}: ${broken.key} ${broken.message}`;
    throw new CommandError(ExitStatus.CONFIG, `relay "${name}" is set up wrongly: ${where}`);
  }
  const known =
    relays.length === 0
      ? 'none is set up; add one with: outtray relay add'
      : `there is ${relays.map((relay) => relay.name).join(', ')}`;
  throw new CommandError(ExitStatus.USAGE, `no relay "${name}"; ${known}`);
}
