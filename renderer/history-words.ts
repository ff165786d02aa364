/**
 * The words for one attempt to send a message: where it went, where it ended, who fared how. `outtray queue show`
 * has its own in core/cli/attempt-lines.ts, for a terminal; a test keeps the two from telling different things.
 * Pure, and what comes from a relay is made safe to show here.
 */
import type { JournalRecord } from '../core/bridge/contract.js';
import { sizeWords } from './state-words.js';
import { cleanBlock, cleanLine } from './text.js';
import { type Place, timedWords } from './time-words.js';

type Outcome = JournalRecord['recipients'][number]['outcome'];

export interface Fate {
  readonly outcome: Outcome;
  /** `Put off`; the names follow. */
  readonly words: string;
  readonly names: string;
  /** The relay's words, which may be several lines; empty when it had none. */
  readonly reply: string;
}

export interface AttemptWords {
  /** `Fri 15:05`, or for the same trouble again and again `14 times, Thu 09:00 to Fri 15:05`. */
  readonly when: string;
  /** Relay, host, address, encryption, bytes. */
  readonly where: string;
  /** Where it ended and why; empty when there was no trouble. */
  readonly ended: string;
  /** What the relay said to all of it, where no recipient has it below; may be several lines. */
  readonly reply: string;
  readonly fates: readonly Fate[];
  /** Recipients of whom the journal keeps no more than the number; empty when it names all. */
  readonly more: string;
  readonly session: string;
  readonly sessionLines: number;
}

/** `It went as far as ...`; the command stands beside where the session lines have it. */
const PLACES: Readonly<Record<JournalRecord['phase'], string>> = {
  connect: 'the connection',
  tls: 'TLS',
  greeting: 'the greeting',
  ehlo: 'EHLO',
  auth: 'the sign-in',
  mail: 'the sender (MAIL)',
  rcpt: 'the recipients (RCPT)',
  data: 'the start of the message (DATA)',
  message: 'the end of the message',
};

const FATES: Readonly<Record<Outcome, string>> = {
  sent: 'Sent',
  deferred: 'Put off',
  failed: 'Failed for good',
  uncertain: 'Maybe sent',
};

const NAMES_SHOWN = 10;

export function attemptWords(record: JournalRecord, now: number, place: Place = {}): AttemptWords {
  const { problem = '', phase, recipients, moreRecipients = 0, transcript = [] } = record;
  const fates = fatesOf(recipients);
  const reply = replyWords(record.reply ?? '');
  const why = cleanLine(problem).replace(/\.$/, '');
  const wentWell = recipients.length > 0 && recipients.every(({ outcome }) => outcome === 'sent') && why === '';
  return {
    when: whenWords(record, now, place),
    where: whereWords(record),
    ended: wentWell ? '' : `It went as far as ${PLACES[phase]}${why === '' ? '' : `: ${why}`}.`,
    reply: fates.some((fate) => cleanLine(fate.reply) === cleanLine(reply)) ? '' : reply,
    fates,
    more: moreRecipients === 0 ? '' : `and ${moreRecipients} more ${moreRecipients === 1 ? 'recipient' : 'recipients'}`,
    session: cleanBlock(transcript.join('\n')),
    sessionLines: transcript.length,
  };
}

function whenWords({ at, endedAt, times = 1 }: JournalRecord, now: number, place: Place): string {
  const [first, last] = [timedWords(at, now, place), timedWords(endedAt, now, place)];
  if (times === 1) return first;
  return first === last ? `${times} times, ${first}` : `${times} times, ${first} to ${last}`;
}

function whereWords({ relay, host, address, tls, bytes }: JournalRecord): string {
  const server = address === null || address === host ? host : `${host} [${address}]`;
  const security = tls ?? (address === null ? '' : 'not encrypted');
  const handed = bytes === 0 ? '' : `${sizeWords(bytes)} handed over`;
  return [`${cleanLine(relay)} (${cleanLine(server)})`, cleanLine(security), handed]
    .filter((part) => part !== '')
    .join(', ');
}

/** Those that fared alike together. */
function fatesOf(recipients: JournalRecord['recipients']): Fate[] {
  const alike = new Map<string, { readonly outcome: Outcome; readonly reply: string; readonly names: string[] }>();
  for (const { address, outcome, reply } of recipients) {
    const key = `${outcome} ${reply}`;
    const group = alike.get(key) ?? { outcome, reply, names: [] };
    group.names.push(cleanLine(address));
    alike.set(key, group);
  }
  return [...alike.values()].map(({ outcome, reply, names }) => {
    const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : '';
    return {
      outcome,
      words: FATES[outcome],
      names: `${names.slice(0, NAMES_SHOWN).join(', ')}${more}`,
      reply: replyWords(reply),
    };
  });
}

/** Verbatim but for what cannot be seen. */
function replyWords(reply: string): string {
  return cleanBlock(reply).trim();
}
