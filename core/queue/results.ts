/**
 * What an attempt came to for each recipient: its outcome put together with the relay's own words
 * from the session, in the order of the control file; and the status that the whole envelope
 * gets from it, as sendmail picks it: the first that is put off, unless somebody was refused,
 * then the last refusal. Pure.
 */
import type { Outcome } from '../delivery/delivery.js';
import { textToBytes } from '../mail/display.js';
import { type RefusedCommand, refusalOf } from '../mail/refusal.js';
import type { Rewriting } from '../mail/rewriting.js';
import type { SessionRecord } from '../mail/session-record.js';
import type { ControlFile, RecipientRecord } from '../spool/control-file.js';
import { wireAddress } from './envelope.js';

export interface RecipientResult {
  readonly recipient: RecipientRecord;
  /** As it was on the wire. */
  readonly address: string;
  /** undefined: not attempted. */
  readonly outcome: Outcome | undefined;
  /** The command whose reply decided; null: no reply did. */
  readonly command: RefusedCommand | null;
  /** First line of that reply, one character a byte. */
  readonly reply: string | undefined;
}

/** In the order of the control file. */
export function resultsOf(
  control: ControlFile,
  outcomes: ReadonlyMap<string, Outcome>,
  session: SessionRecord | null,
  rewriting: Rewriting,
): RecipientResult[] {
  return control.recipients.map((recipient) => {
    const address = wireAddress(control, recipient.address, rewriting);
    const outcome = outcomes.get(address);
    return { recipient, address, outcome, ...decidedBy(address, outcome, session) };
  });
}

type Deciding = Pick<RecipientResult, 'command' | 'reply'>;

function decidedBy(address: string, outcome: Outcome | undefined, session: SessionRecord | null): Deciding {
  if (outcome === undefined || outcome.kind === 'uncertain' || isOwn(outcome))
    return { command: null, reply: undefined };
  const steps: readonly (readonly [RefusedCommand, readonly string[] | undefined])[] = [
    ['mail', session?.mail],
    ['rcpt', session?.recipients.get(textToBytes(address))],
    ['data', session?.data],
    ['message', session?.message],
  ];
  // Of a message to hundreds the session holds several transactions, each with replies of its own.
  const code = outcome.kind === 'sent' ? '2' : (/^[45]\d\d/.exec(outcome.reply)?.[0] ?? '');
  const isDeciding = (lines: readonly string[] | undefined): boolean =>
    code !== '' && lines?.[0]?.startsWith(code) === true;
  const found = outcome.kind === 'sent' ? steps[1] : steps.find(([, lines]) => isDeciding(lines));
  if (found !== undefined && isDeciding(found[1])) return { command: found[0], reply: found[1]?.[0] };
  // A reply that nobody wrote down, or one of our own about an address that cannot be said.
  if (outcome.kind === 'sent' || code === '') return { command: null, reply: undefined };
  const wasTaken = steps[1]?.[1]?.[0]?.startsWith('2') === true;
  return { command: wasTaken ? 'message' : 'rcpt', reply: textToBytes(outcome.reply) };
}

/** Nobody asked the relay. */
export function isOwn(outcome: Outcome | undefined): boolean {
  return outcome?.kind === 'failed' && outcome.own === true;
}

/** For the M line of a recipient that was put off, and for stat=. */
export function resultWords({ outcome, command }: Pick<RecipientResult, 'outcome' | 'command'>): string {
  if (outcome === undefined) return '';
  if (outcome.kind === 'failed') return refusalOf(outcome.reply, command ?? 'rcpt').words;
  return outcome.kind === 'sent' ? 'Sent' : `Deferred: ${outcome.reply}`;
}

const STEPS: readonly (RefusedCommand | null)[] = ['mail', 'rcpt', 'data', 'message', null];

/** In the order in which the relay spoke: recipients go out from the last to the first. */
export function inSpeakingOrder(results: readonly RecipientResult[]): RecipientResult[] {
  return [...results].reverse().sort((a, b) => STEPS.indexOf(a.command) - STEPS.indexOf(b.command));
}

/** sysexits of the first that was refused for good; 0: none was. */
export function exitStatusOf(results: readonly RecipientResult[]): number {
  const first = inSpeakingOrder(results).find(({ outcome }) => outcome?.kind === 'failed');
  return first?.outcome === undefined ? 0 : refusalOf(first.outcome.reply, first.command ?? 'rcpt').exitStatus;
}

export function envelopeStatus(results: readonly RecipientResult[]): string | undefined {
  let status: string | undefined;
  for (const result of inSpeakingOrder(results)) {
    const kind = result.outcome?.kind;
    if (kind === 'failed') status = resultWords(result);
    else if (kind === 'deferred' || kind === 'uncertain') status ??= resultWords(result);
  }
  return status;
}
