/**
 * The journal of one message for people: each attempt with when, where to, how far it came, and in whose words.
 * Pure; what comes from a relay has its line ends folded here, and is made harmless by who prints it.
 */
import type { JournalPhase, JournalRecipient, JournalRecord } from '../queue/journal.js';
import { formatSize, formatTime } from './output.js';

/** `ended at ...` */
const PLACES: Readonly<Record<JournalPhase, string>> = {
  connect: 'the connection',
  tls: 'TLS',
  greeting: 'the greeting',
  ehlo: 'EHLO',
  auth: 'the sign-in',
  mail: 'MAIL',
  rcpt: 'RCPT',
  data: 'DATA',
  message: 'the end of the message',
};

const NAMES_SHOWN = 10;

export function attemptLines(records: readonly JournalRecord[]): string[] {
  return records.flatMap((record) => [headLine(record), ...bodyLines(record).map((line) => `    ${line}`)]);
}

function headLine({ at, endedAt, times = 1, relay, host, address, phase }: JournalRecord): string {
  const many = times === 1 ? '' : ` and ${times - 1} more times until ${formatTime(endedAt)}`;
  const where = address === null || address === host ? host : `${host} [${address}]`;
  return `${formatTime(at)}${many}  ${relay} (${where}), ended at ${PLACES[phase]}`;
}

function bodyLines({ problem, reply, bytes, tls, address, recipients, moreRecipients = 0 }: JournalRecord): string[] {
  const said = reply === undefined ? null : oneLine(reply);
  const secured = tls ?? (address === null ? null : 'not encrypted');
  const facts = [secured, bytes === 0 ? null : `${formatSize(bytes)} handed over`].filter((fact) => fact !== null);
  return [
    ...(facts.length === 0 ? [] : [facts.join(', ')]),
    ...(problem === undefined ? [] : [oneLine(problem)]),
    ...(said === null ? [] : [said]),
    ...recipientLines(recipients, said),
    ...(moreRecipients === 0 ? [] : [`and ${moreRecipients} more recipients`]),
  ];
}

/** Those that fared alike in one line. `said` is not repeated. */
function recipientLines(recipients: readonly JournalRecipient[], said: string | null): string[] {
  const alike = new Map<string, { readonly names: string[]; readonly outcome: string; readonly reply: string }>();
  for (const { address, outcome, reply } of recipients) {
    const key = `${outcome} ${reply}`;
    const group = alike.get(key) ?? { names: [], outcome, reply: oneLine(reply) };
    group.names.push(address);
    alike.set(key, group);
  }
  return [...alike.values()].map(({ names, outcome, reply }) => {
    const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : '';
    const words = reply === '' || reply === said ? '' : `: ${reply}`;
    return `${outcome} ${names.slice(0, NAMES_SHOWN).join(', ')}${more}${words}`;
  });
}

function oneLine(text: string): string {
  return text.replace(/\s*\r?\n\s*/g, ' ').trim();
}

/** What became of a message that is not queued any more, as far as its last attempt tells. */
export function fateWords({ endedAt, recipients, moreRecipients = 0 }: JournalRecord): string {
  const of = (outcome: JournalRecipient['outcome']): number =>
    recipients.filter((recipient) => recipient.outcome === outcome).length;
  const at = formatTime(endedAt);
  if (of('failed') > 0) return `not all was sent: ${of('failed')} refused for good on ${at}`;
  // Those that are left out were sent to before the others.
  if (of('sent') > 0 && of('sent') === recipients.length) return `sent on ${at}`;
  if (moreRecipients + of('sent') > 0) return `sent on ${at}, but not to all; it left the queue otherwise`;
  return `it was not sent at its last attempt on ${at}, and left the queue otherwise`;
}
