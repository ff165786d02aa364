/**
 * `sendmail -bv`: what would become of addresses, without sending anything. Every good one is
 * deliverable as far as this computer can know: it goes to the relay that serves the sender.
 */
import { type LoadedSettings, loadSettings } from '../config/settings-file.js';
import { chooseRelay } from '../delivery/route.js';
import { isNewStyle, readAddressList } from '../mail/address-list.js';
import { isRecipientField } from '../mail/header.js';
import { recipientOnWire, senderOnWire } from '../mail/relay-address.js';
import type { Rewriting } from '../mail/rewriting.js';
import { rewritingOf } from '../mail/rewriting-settings.js';
import type { SubmissionEnvironment } from '../submission/environment.js';
import { readInput } from '../submission/input.js';
import { problemsOf } from '../submission/recipients.js';
import type { CommonOptions, SubmissionRequest } from '../submission/request.js';
import { resolveSender } from '../submission/sender.js';
import { ExitStatus } from '../system/exit-status.js';
import { writeOut } from './standard-output.js';
import { findSurroundings } from './submission-environment.js';

export async function verifyAddresses(request: SubmissionRequest, common: CommonOptions): Promise<number> {
  const { environment, paths } = await findSurroundings(common);
  writeOut('Notice: -bv may give misleading output for non-privileged user\n');
  const lists = [...request.recipients];
  if (request.recipientsFromHeader) {
    const { fields } = await readInput(environment.input, { ignoreDots: request.ignoreDots, sevenBit: false });
    lists.push(...fields.filter(({ name }) => isRecipientField(name)).map(({ value }) => value));
  }
  if (lists.length === 0) {
    writeOut('Recipient names must be specified\n');
    return ExitStatus.USAGE;
  }
  const read = lists.map((list) => readAddressList(list, !isNewStyle(list), environment.hostname));
  const problems = problemsOf(read.flat());
  for (const { words } of problems) writeOut(`${words}\n`);
  const loaded = loadSettings(paths.settingsFile);
  const rewriting = rewritingOf(loaded.settings, environment.hostname);
  const relay = relayOf(request, environment, loaded, rewriting);
  // What was only repaired has no status of its own.
  const told = problems.map((problem) => problem.status).find((its) => its !== ExitStatus.OK);
  let status = problems.length === 0 ? ExitStatus.OK : (told ?? ExitStatus.USAGE);
  // As in the queue: a list is added from its end.
  for (const reading of read.flatMap((list) => list.reverse())) {
    const expansion = request.noAliases ? null : environment.aliases.expand(reading);
    for (const step of common.verbose ? (expansion?.steps ?? []) : []) writeOut(`${step}\n`);
    for (const words of expansion?.remarks ?? []) {
      writeOut(`${words}\n`);
      status ||= ExitStatus.USAGE;
    }
    for (const { text, address } of expansion?.recipients ?? [reading]) {
      if (address === null) continue;
      const user = recipientOnWire(text, rewriting);
      writeOut(`${text.trim()}... deliverable: mailer relay, ${relay}user ${user}\n`);
    }
  }
  return status;
}

/** `host smtp.example.org, ` of the relay that a message of this sender goes through now; nothing where there is none. */
function relayOf(
  request: SubmissionRequest,
  environment: SubmissionEnvironment,
  { settings, brokenRelays }: Pick<LoadedSettings, 'settings' | 'brokenRelays'>,
  rewriting: Rewriting,
): string {
  const sender = resolveSender(request.sender, request.senderOption, environment);
  const envelopeFrom = senderOnWire(sender.record, rewriting);
  const choice = chooseRelay(
    { envelopeFrom, headerFrom: null },
    { ...brokenRelays, ...settings.relays },
    settings.defaultRelay,
  );
  const host = choice.kind === 'relay' ? settings.relays[choice.name]?.host : undefined;
  return host === undefined ? '' : `host ${host}, `;
}
