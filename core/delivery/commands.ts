/**
 * MAIL and RCPT as sendmail says them: its letters, its parameters in its order, each only where
 * the relay offers the extension. nodemailer writes the commands and reads the replies; what it
 * writes for these two is replaced here (DSN parameters for each recipient, BODY=7BIT, AUTH= and BY=
 * are beyond its envelope). RFC 1870, 6152, 3461, 4954, 2852, 6531, 8689.
 */
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { DeliveryRecipient, DeliveryRequest } from './delivery.js';
import type { Relay } from './relay.js';

/** Commands of one transaction; RCPT by address. */
export interface EnvelopeCommands {
  readonly mail: string;
  readonly recipients: ReadonlyMap<string, string>;
}

type Sender = Omit<DeliveryRequest, 'openMessage' | 'beforeFinalDot'>;

export function envelopeCommands(
  request: Sender,
  recipients: readonly DeliveryRecipient[],
  extensions: readonly string[],
  nowSeconds: number,
): EnvelopeCommands {
  return {
    mail: `MAIL From:<${request.from}>${mailParameters(request, recipients, extensions, nowSeconds)}`,
    recipients: new Map(
      recipients.map((recipient) => [
        recipient.address,
        `RCPT To:<${recipient.address}>${recipientParameters(request, recipient, extensions)}`,
      ]),
    ),
  };
}

function mailParameters(
  request: Sender,
  recipients: readonly DeliveryRecipient[],
  extensions: readonly string[],
  nowSeconds: number,
): string {
  const { sizeBytes, bodyType, envelopeId, ret, auth, deliverBy } = request;
  const international =
    request.international === true || [request.from, ...recipients.map(({ address }) => address)].some(isInternational);
  const bySeconds = deliverBy === undefined ? 0 : deliverBy.deadlineSeconds - nowSeconds;
  return written(extensions, [
    ['SIZE', sizeBytes > 0 && `SIZE=${sizeBytes}`],
    ['8BITMIME', bodyType !== undefined && `BODY=${bodyType}`],
    ['DSN', envelopeId !== undefined && `ENVID=${envelopeId}`],
    ['DSN', ret !== undefined && `RET=${ret}`],
    ['AUTH', auth !== undefined && `AUTH=${auth}`],
    ['DELIVERBY', deliverBy !== undefined && `BY=${bySeconds};${deliverBy.mode}${deliverBy.trace ? 'T' : ''}`],
    ['SMTPUTF8', international && 'SMTPUTF8'],
    ['REQUIRETLS', request.requireTls === true && 'REQUIRETLS'],
  ]);
}

function recipientParameters(
  { deliverBy }: Sender,
  { notify, originalRecipient }: DeliveryRecipient,
  extensions: readonly string[],
): string {
  // Nobody there will say that the time is up, so the sender is told of a delay (RFC 2852 §4.1.4.2).
  const watched = deliverBy?.mode === 'N' && !offers(extensions, 'DELIVERBY');
  const words = watched ? withDelay(notify) : notify;
  return written(extensions, [
    ['DSN', words !== undefined && `NOTIFY=${words.join(',')}`],
    ['DSN', originalRecipient !== undefined && `ORCPT=${originalRecipient}`],
  ]);
}

function withDelay(notify: DeliveryRecipient['notify']): DeliveryRecipient['notify'] {
  if (notify === undefined) return ['FAILURE', 'DELAY'];
  return notify.includes('NEVER') || notify.includes('DELAY') ? notify : [...notify, 'DELAY'];
}

function written(
  extensions: readonly string[],
  parameters: readonly (readonly [extension: string, parameter: string | false])[],
): string {
  return parameters
    .map(([extension, parameter]) => (parameter !== false && offers(extensions, extension) ? ` ${parameter}` : ''))
    .join('');
}

export function isInternational(address: string): boolean {
  return /[^\u0000-\u007f]/.test(address);
}

export function offers(extensions: readonly string[], keyword: string): boolean {
  return extensions.some((line) => line.split(/[ =]/, 1)[0]?.toUpperCase() === keyword);
}

/** What counts of the relay's offers in a session: a promise of TLS says nothing in plain text (RFC 8689 §2). */
export function offersThatCount(
  extensions: readonly string[],
  { security }: Pick<Relay, 'security'>,
): readonly string[] {
  return security === 'none' ? extensions.filter((line) => !/^REQUIRETLS\b/i.test(line)) : extensions;
}

/** nodemailer's writer of command lines. It has no public way to change one; test/core/delivery/commands.test.ts watches over it. */
interface CommandWriter {
  _sendCommand?: (text: string, shown?: string) => void;
}

/** What was really said for MAIL and RCPT. */
export interface SaidCommands {
  /** Why the relay cannot have been told the envelope as it should be; null: it was. */
  objection(accepted: readonly string[]): string | null;
}

const OTHER_CLIENT = 'The installed nodemailer is not one that this program was made for';

/**
 * From now on `current` says what MAIL and RCPT are. A command that has no replacement is not
 * said at all: `refuse` has to end the session. Throws where nodemailer has no such writer.
 */
export function replaceCommands(
  connection: SMTPConnection,
  current: () => EnvelopeCommands | null,
  refuse: (error: Error) => void,
): SaidCommands {
  const writer = connection as unknown as CommandWriter;
  if (typeof writer._sendCommand !== 'function') throw new Error(`${OTHER_CLIENT}: it writes its commands otherwise`);
  const write = writer._sendCommand.bind(connection);
  const said = new Set<string>();
  writer._sendCommand = (text, shown) => {
    if (!/^(?:MAIL|RCPT)/i.test(text)) return write(text, shown);
    const wanted = replacement(text, current());
    if (wanted === undefined)
      return refuse(new Error(`${OTHER_CLIENT}: it says ${JSON.stringify(text.slice(0, 200))}`));
    if (/^MAIL/i.test(text)) said.clear();
    said.add(wanted);
    write(wanted, shown);
  };
  return {
    objection(accepted) {
      const commands = current();
      const wanted = [commands?.mail, ...accepted.map((address) => commands?.recipients.get(address))];
      const isSaid = wanted.every((command) => command !== undefined && said.has(command));
      return isSaid ? null : `${OTHER_CLIENT}: it left out a part of the envelope`;
    },
  };
}

function replacement(text: string, commands: EnvelopeCommands | null): string | undefined {
  if (text.startsWith('MAIL FROM:<')) return commands?.mail;
  const address = /^RCPT TO:<([^>]*)>/.exec(text)?.[1];
  return address === undefined ? undefined : commands?.recipients.get(address);
}
