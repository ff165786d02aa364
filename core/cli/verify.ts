/**
 * `sendmail -bv`: what would become of addresses, without sending anything. Every good one is
 * deliverable as far as this computer can know: it goes to the relay.
 */
import { qualifiedAddress } from '../mail/address.js';
import { isNewStyle, readAddressList } from '../mail/address-list.js';
import { isRecipientField } from '../mail/header.js';
import { readInput } from '../submission/input.js';
import { problemsOf } from '../submission/recipients.js';
import type { CommonOptions, SubmissionRequest } from '../submission/request.js';
import { ExitStatus } from '../system/exit-status.js';
import { writeOut } from './standard-output.js';
import { findSurroundings } from './submission-environment.js';

export async function verifyAddresses(request: SubmissionRequest, common: CommonOptions): Promise<number> {
  const { environment } = findSurroundings(common);
  const lists = [...request.recipients];
  if (request.recipientsFromHeader) {
    const { fields } = await readInput(environment.input, { ignoreDots: request.ignoreDots, sevenBit: false });
    lists.push(...fields.filter(({ name }) => isRecipientField(name)).map(({ value }) => value));
  }
  if (lists.length === 0) {
    writeOut('Recipient names must be specified\n');
    return ExitStatus.USAGE;
  }
  const readings = lists.flatMap((list) => readAddressList(list, !isNewStyle(list), environment.hostname));
  const problems = problemsOf(readings);
  for (const { words } of problems) writeOut(`${words}\n`);
  for (const reading of readings) {
    const meant = request.noAliases ? [reading] : (environment.aliases.expand(reading) ?? [reading]);
    for (const { text, address } of meant) {
      if (address === null) continue;
      const user = qualifiedAddress(address, environment.hostname);
      writeOut(`${text}... deliverable: mailer relay, user ${user}\n`);
    }
  }
  return problems[0]?.status ?? ExitStatus.OK;
}
