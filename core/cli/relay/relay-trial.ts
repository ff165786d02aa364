/** `outtray relay test NAME [--json]`: the way to a relay step by step; EX_UNAVAILABLE when one fails. */
import { createSecrets } from '../../credentials/secrets.js';
import type { Relay } from '../../delivery/relay.js';
import { type Step, testRelay } from '../../delivery/relay-test.js';
import { ExitStatus } from '../../system/exit-status.js';
import { printable } from '../../system/log.js';
import { ownOuttray } from '../agent/current-agent.js';
import { parseForm } from '../arguments.js';
import { print, printJson } from '../output.js';
import { relayByName } from './relay-names.js';

export async function tryRelay(args: readonly string[]): Promise<ExitStatus> {
  const { options, words } = parseForm('relay', 'test', args);
  const outtray = ownOuttray();
  const relay = relayByName(outtray, words[0] ?? '');
  const steps: Step[] = [];
  const ok = await testRelay({
    relay,
    hostname: outtray.hostname,
    timeoutMs: outtray.settings.network.probeTimeout,
    getSecret: createSecrets({ keychain: outtray.keychain }).getSecret,
    sender: usualSender(relay),
    onStep: (step) => {
      steps.push(step);
      if (!options.json) printStep(step);
    },
  });
  if (options.json) printJson({ ok, steps });
  else if (ok) print(`Relay ${relay.name} takes mail.`);
  return ok ? ExitStatus.OK : ExitStatus.UNAVAILABLE;
}

/** An address this relay surely serves; none when the settings name only patterns. */
function usualSender({ from, auth }: Relay): string {
  const choices = [...from, auth.user ?? ''];
  return choices.find((choice) => choice.includes('@') && !choice.includes('*')) ?? '';
}

function printStep({ name, ok, milliseconds, detail, remedy, reply }: Step): void {
  print(printable(`${ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(8)}  ${String(milliseconds).padStart(5)} ms  ${detail}`));
  if (reply !== undefined && reply !== detail) print(printable(`                        It said: ${reply}`));
  if (remedy !== '') print(printable(`                        ${remedy}`));
}
