/**
 * The part of a report that shows the session: what sendmail writes into a message's transcript
 * (xf) while it talks to a relay. Refusals only, each after the command that brought it:
 *
 *   ... while talking to [127.0.0.1]:
 *   >>> DATA
 *   <<< 550 5.1.1 User unknown
 *   550 5.1.1 gone@example.net... User unknown
 *
 * Pure; strings hold one byte a character.
 */
import { textToBytes } from '../mail/display.js';
import { refusalOf } from '../mail/refusal.js';
import type { SessionRecord, SessionRefusal } from '../mail/session-record.js';
import { inSpeakingOrder, isOwn, type RecipientResult, resultWords } from './results.js';

export function reportTranscript(
  results: readonly RecipientResult[],
  session: SessionRecord | null,
  host: string,
): string[] {
  const lines: string[] = [];
  const ordered = inSpeakingOrder(results);
  const told = new Set<RecipientResult>();
  const tell = (about: readonly RecipientResult[]): void => {
    for (const result of about) told.add(result);
    lines.push(...ownWords(about));
  };
  for (const refusal of session?.refusals ?? []) {
    if (lines.length === 0) lines.push(`... while talking to ${host}:`);
    if (refusal.command !== undefined) lines.push(`>>> ${refusal.command}`);
    lines.push(...refusal.lines.map((line) => `<<< ${line}`));
    tell(ordered.filter((result) => isAbout(refusal, result) && !told.has(result)));
  }
  // What was not said by the relay, or by one whose words nobody wrote down.
  const untold = ordered.filter(
    (result) => !told.has(result) && result.outcome !== undefined && result.outcome.kind !== 'sent',
  );
  const byWords = new Map<string, RecipientResult[]>();
  for (const result of untold) {
    const words = resultWords(result);
    byWords.set(words, [...(byWords.get(words) ?? []), result]);
  }
  for (const about of byWords.values()) tell(about);
  return lines;
}

function isAbout({ step, address }: SessionRefusal, { command, address: own, outcome }: RecipientResult): boolean {
  if (outcome?.kind !== 'failed' && outcome?.kind !== 'deferred') return false;
  if (step !== command) return false;
  return step !== 'rcpt' || address === textToBytes(own);
}

/** About recipients that fared alike. */
function ownWords(about: readonly RecipientResult[]): string[] {
  const [first] = about;
  if (first?.outcome === undefined) return [];
  const names = about.map(({ recipient }) => recipient.address).join(',');
  if (first.outcome.kind === 'failed') {
    const { code, words, addressed } = refusalOf(first.outcome.reply, first.command ?? 'rcpt');
    const line = addressed ? `${code} ${names}... ${words}` : `${code} ${words}`;
    return isOwn(first.outcome) ? [textToBytes(first.outcome.reply), line] : [line];
  }
  return [`${names}... ${deferral(first)}`];
}

function deferral({ reply, outcome }: RecipientResult): string {
  return `Deferred: ${reply ?? textToBytes(outcome?.reply ?? '')}`;
}
