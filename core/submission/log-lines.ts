/** Lines of the mail log about a submission, in the form sendmail gives syslog. Pure. */
import { precedenceClass } from '../mail/header.js';
import type { ControlFile, RecipientRecord } from '../spool/control-file.js';
import { bodyTypeOf, type Composition, messageIdOf } from './compose.js';
import { isBodyType } from './request.js';

export function fromLine(composition: Composition): string {
  const { request, sender, sizeBytes, fields, recipients, login } = composition;
  const { bodyType: given } = composition.request;
  const bodyType = given !== null && isBodyType(given) ? given : bodyTypeOf(composition);
  return [
    `from=${sender.record}`,
    `size=${sizeBytes}`,
    `class=${precedenceClass(fields)}`,
    `nrcpts=${recipients.length}`,
    `msgid=${messageIdOf(composition)}`,
    ...(bodyType === null ? [] : [`bodytype=${bodyType}`]),
    ...(request.protocol === null ? [] : [`proto=${request.protocol}`]),
    `relay=${login}@localhost`,
  ].join(', ');
}

/** One for each recipient: what is aimed at the relay already has no reason for its delay. */
export function queuedLines(control: ControlFile, hostname: string): string[] {
  const ours = `@${hostname.toLowerCase()}`;
  return control.recipients.map((recipient) => {
    const atOurs = recipient.address.includes('@') && recipient.finalRecipient?.toLowerCase().endsWith(ours) === true;
    const how = isAimed(recipient) ? 'mailer=relay' : `mailer=${atOurs ? 'local' : 'esmtp'}`;
    const status = isAimed(recipient) ? '' : 'dsn=4.4.3, ';
    return `to=${recipient.address}, delay=00:00:00, ${how}, pri=${control.priority}, ${status}stat=queued`;
  });
}

function isAimed(recipient: RecipientRecord): boolean {
  return recipient.controllingUser !== undefined;
}
