/**
 * `sendmail -bv`: what would become of addresses, without sending anything. Every good one is
 * deliverable as far as this computer can know: it goes to the relay that serves the sender.
 */
import { type LoadedSettings, loadSettings } from '../config/settings-file.js';
import { chooseRelay } from '../delivery/route.js';
import { recipientOnWire, senderOnWire } from '../mail/relay-address.js';
import type { Rewriting } from '../mail/rewriting.js';
import { rewritingOf } from '../mail/rewriting-settings.js';
import type { Aliases } from '../submission/aliases.js';
import { readInput } from '../submission/input.js';
import type { CommonOptions, SubmissionRequest } from '../submission/request.js';
import type { Sender } from '../submission/sender.js';
import { whyLoop } from '../submission/storage.js';
import { beginSubmission, hasNewStyleField, readHeaderRecipients, readOperands } from '../submission/submit.js';
import { ExitStatus } from '../system/exit-status.js';
import { noLog } from '../system/log.js';
import { tellingSteps } from './alias-steps.js';
import { writeOut } from './standard-output.js';
import { findSurroundings } from './submission-environment.js';

export async function verifyAddresses(request: SubmissionRequest, common: CommonOptions): Promise<number> {
  const { environment: found, paths } = await findSurroundings(common);
  writeOut('Notice: -bv may give misleading output for non-privileged user\n');
  const told = { remarks: false };
  const aliases = common.verbose ? tellingSteps(found.aliases, writeOut) : found.aliases;
  const environment = { ...found, log: noLog, aliases: tellingRemarks(aliases, told) };
  // All go to the relay: none is sorted before another.
  const submission = beginSubmission({ ...request, deliveryMode: 'q', errorMode: 'p' }, environment);
  const { verdict } = submission.judge;
  const { oldStyle } = readOperands(submission);
  if (request.recipients.length === 0 && !request.recipientsFromHeader) {
    writeOut('Recipient names must be specified\n');
    return ExitStatus.USAGE;
  }
  let loop = whyLoop(request, { fields: [] });
  if (request.recipientsFromHeader) {
    const input = await readInput(environment.input, { ignoreDots: request.ignoreDots, sevenBit: false });
    readHeaderRecipients(submission, input, oldStyle && !hasNewStyleField(input));
    loop = whyLoop(request, input);
  }
  const { records } = submission.recipients;
  if (loop !== null) {
    writeOut(`${loop}\n`);
    return ExitStatus.UNAVAILABLE;
  }
  if (records.length === 0 && request.recipientsFromHeader && verdict.refusals.length === 0)
    writeOut('No recipient addresses found in header\n');
  const loaded = loadSettings(paths.settingsFile);
  const rewriting = rewritingOf(loaded.settings, environment.hostname);
  const relay = relayOf(submission.sender, loaded, rewriting);
  for (const { address } of records)
    writeOut(`${address.trim()}... deliverable: mailer relay, ${relay}user ${recipientOnWire(address, rewriting)}\n`);
  return verdict.status === ExitStatus.OK && told.remarks ? ExitStatus.USAGE : verdict.status;
}

/** Remarks on standard output as they are found, instead of the log. */
function tellingRemarks(aliases: Aliases, told: { remarks: boolean }): Aliases {
  return {
    expand(reading) {
      const expansion = aliases.expand(reading);
      if (expansion === null) return null;
      for (const words of expansion.remarks) writeOut(`${words}\n`);
      told.remarks ||= expansion.remarks.length > 0;
      return { ...expansion, remarks: [] };
    },
  };
}

/** `host smtp.example.org, ` of the relay that a message of this sender goes through now; nothing where there is none. */
function relayOf(
  sender: Sender,
  { settings, brokenRelays }: Pick<LoadedSettings, 'settings' | 'brokenRelays'>,
  rewriting: Rewriting,
): string {
  const envelopeFrom = senderOnWire(sender.record, rewriting);
  const choice = chooseRelay(
    { envelopeFrom, headerFrom: null },
    { ...brokenRelays, ...settings.relays },
    settings.defaultRelay,
  );
  const host = choice.kind === 'relay' ? settings.relays[choice.name]?.host : undefined;
  return host === undefined ? '' : `host ${host}, `;
}
