/**
 * `sendmail -bv`: what would become of addresses, without sending anything. Every good one is
 * deliverable as far as this computer can know: it goes to the relay that serves the sender.
 */
import { loadSettings } from '../config/settings-file.js';
import { chooseRelay } from '../delivery/route.js';
import { qualifiedAddress } from '../mail/address.js';
import { isNewStyle, readAddressList } from '../mail/address-list.js';
import { isRecipientField } from '../mail/header.js';
import { senderOnWire } from '../mail/relay-address.js';
import { rewritingOf } from '../mail/rewriting-settings.js';
import { readInput } from '../submission/input.js';
import { problemsOf } from '../submission/recipients.js';
import type { CommonOptions, SubmissionRequest } from '../submission/request.js';
import { resolveSender } from '../submission/sender.js';
import { ExitStatus } from '../system/exit-status.js';
import { writeOut } from './standard-output.js';
import { findSurroundings, type Surroundings } from './submission-environment.js';

export async function verifyAddresses(request: SubmissionRequest, common: CommonOptions): Promise<number> {
  const surroundings = await findSurroundings(common);
  const { environment } = surroundings;
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
  const relay = relayOf(request, surroundings);
  // As in the queue: a list is added from its end.
  for (const reading of read.flatMap((list) => list.reverse())) {
    const meant = request.noAliases ? [reading] : (environment.aliases.expand(reading) ?? [reading]);
    for (const { text, address } of meant) {
      if (address === null) continue;
      const user = qualifiedAddress(address, environment.hostname);
      writeOut(`${text.trim()}... deliverable: mailer relay, ${relay}user ${user}\n`);
    }
  }
  return problems[0]?.status ?? ExitStatus.OK;
}

/** `host smtp.example.org, ` of the relay that a message of this sender goes through now; nothing where there is none. */
function relayOf(request: SubmissionRequest, { environment, paths }: Surroundings): string {
  const { settings, brokenRelays } = loadSettings(paths.settingsFile);
  const sender = resolveSender(request.sender, request.senderOption, environment);
  const envelopeFrom = senderOnWire(sender.record, rewritingOf(settings, environment.hostname));
  const choice = chooseRelay(
    { envelopeFrom, headerFrom: null },
    { ...brokenRelays, ...settings.relays },
    settings.defaultRelay,
  );
  const host = choice.kind === 'relay' ? settings.relays[choice.name]?.host : undefined;
  return host === undefined ? '' : `host ${host}, `;
}
