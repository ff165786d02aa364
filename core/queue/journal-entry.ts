/** What the journal is told of an attempt, out of what the attempt knows. Pure. */
import type { Delivery } from '../delivery/delivery.js';
import type { Relay, RelayProblem } from '../delivery/relay.js';
import { bytesToText } from '../mail/display.js';
import type { SessionRecord } from '../mail/session-record.js';
import type { JournalPhase, JournalRecord } from './journal.js';
import type { RecipientResult } from './results.js';

/** What the attempt itself knows and its results do not say. */
export interface AttemptFacts {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly relay: Relay;
  readonly session: Pick<Delivery, 'address' | 'tls'>;
  readonly bytes: number;
  readonly lines: readonly string[];
}

export function attemptRecord(
  { startedAt, endedAt, relay, session, bytes, lines }: AttemptFacts,
  results: readonly RecipientResult[],
  said: SessionRecord,
): JournalRecord {
  const recipients = results.flatMap(({ address, outcome }) =>
    outcome === undefined ? [] : [{ address, outcome: outcome.kind, reply: outcome.reply, status: outcome.status }],
  );
  const phase = phaseOf(results, said);
  const reply = phase === 'rcpt' ? recipients[0]?.reply : said[phase].join('\n');
  return {
    at: startedAt,
    endedAt,
    relay: relay.name,
    host: relay.host,
    address: session.address,
    phase,
    ...(reply ? { reply: bytesToText(reply) } : {}),
    bytes,
    tls: session.tls,
    recipients,
    transcript: lines,
  };
}

/** The furthest that an answer came to. */
function phaseOf(
  results: readonly RecipientResult[],
  said: SessionRecord,
): Extract<JournalPhase, 'mail' | 'rcpt' | 'data' | 'message'> {
  const isUncertain = results.some(({ outcome }) => outcome?.kind === 'uncertain');
  if (said.message.length > 0 || isUncertain) return 'message';
  const commands = results.map(({ command }) => command);
  for (const step of ['message', 'data', 'rcpt'] as const) if (commands.includes(step)) return step;
  return said.data.length > 0 ? 'data' : said.recipients.size > 0 ? 'rcpt' : 'mail';
}

/** The relay could not be used. */
export function problemRecord(relay: Relay, problem: RelayProblem, at: number): JournalRecord {
  return {
    at,
    endedAt: at,
    relay: relay.name,
    host: relay.host,
    address: problem.address ?? null,
    phase: problem.phase ?? 'connect',
    ...(problem.reply === undefined ? {} : { reply: problem.reply }),
    problem: problem.message,
    bytes: 0,
    tls: null,
    recipients: [],
  };
}
