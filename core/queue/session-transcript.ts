/**
 * A session as `sendmail -v` shows it: what is said in the order of its own dialogue (MAIL and its
 * answer first, then all the rest of the envelope, though the client sends it along), and after
 * each answer that decides about a recipient what became of it:
 *
 *   550 5.1.1 No such user
 *   gone@example.net... User unknown
 *
 * What was sent along with a refused MAIL is about nothing and is not shown.
 */
import type { Outcome } from '../delivery/delivery.js';
import { textToBytes } from '../mail/display.js';
import { type RefusedCommand, refusalOf } from '../mail/refusal.js';
import { statusText } from './settle.js';

export interface SessionTranscript {
  /** A line of the session as it comes. */
  readonly listen: (line: string) => void;
  /** The next message. `names`: what its recipients are called, by address on the wire, as they go out. */
  begin(names: ReadonlyMap<string, string>): void;
  /** Of whom nothing has been said yet. */
  conclude(outcomes: ReadonlyMap<string, Outcome>): void;
  /** The relay promised enhanced status codes (RFC 2034). */
  readonly enhanced: boolean;
}

type Step = RefusedCommand | 'EHLO' | 'other';

/** `fail` gets what was refused for good. */
export function createSessionTranscript(
  show: (line: string) => void,
  fail: (line: string) => void = show,
): SessionTranscript {
  let names: ReadonlyMap<string, string> = new Map();
  let told = new Set<string>();
  const pending: { readonly step: Step; readonly address: string }[] = [];
  let held: string[] = [];
  let hidden = 0;
  let reply: string[] = [];
  let last: RefusedCommand = 'mail';
  let enhanced = false;

  const command = (line: string): void => {
    const step = stepOf(line.slice(4));
    const waits = pending.some((earlier) => earlier.step === 'mail');
    pending.push({ step, address: /<(.*?)>(?: |$)/.exec(line)?.[1] ?? '' });
    if (waits) held.push(line);
    else show(line);
  };

  const answered = (): void => {
    const lines = reply;
    reply = [];
    const asked = pending.shift();
    const refused = /^[45]/.test(lines.at(-1) ?? '');
    if (hidden > 0) {
      hidden -= 1;
      return;
    }
    for (const line of lines) show(line);
    if (asked === undefined) return;
    if (asked.step === 'EHLO') enhanced = lines.some((line) => /^250[ -]ENHANCEDSTATUSCODES\b/i.test(line));
    if (asked.step === 'mail') {
      if (refused) hidden = pending.length;
      else for (const line of held) show(line);
      held = [];
    }
    if (asked.step !== 'EHLO' && asked.step !== 'other' && refused) last = asked.step;
    const name = names.get(asked.address);
    if (asked.step !== 'rcpt' || !refused || name === undefined) return;
    told.add(asked.address);
    const text = lines.at(-1) ?? '';
    const { words, addressed } = refusalOf(text, 'rcpt');
    if (text.startsWith('4')) show(`${name}... Deferred: ${lines.join(' ')}`);
    else fail(addressed ? `${name}... ${words}` : words);
  };

  return {
    listen(line) {
      if (line.startsWith('>>> ')) return command(line);
      reply.push(line);
      if (!/^\d{3}-/.test(line)) answered();
    },
    begin(next) {
      names = next;
      told = new Set();
    },
    conclude(outcomes) {
      const alike = new Map<string, { readonly fellows: string[]; readonly say: typeof show }>();
      for (const [address, name] of names) {
        const outcome = outcomes.get(address);
        if (outcome === undefined || told.has(address)) continue;
        const said = wordsOf(outcome, last, enhanced);
        const known = alike.get(said.text);
        const one = known ?? { fellows: [], say: outcome.kind === 'failed' ? fail : show };
        if (known === undefined) alike.set(said.text, one);
        if (said.addressed) one.fellows.push(name);
      }
      for (const [text, { fellows, say }] of alike)
        say(fellows.length === 0 ? text : `${fellows.join(',')}... ${text}`);
    },
    get enhanced() {
      return enhanced;
    },
  };
}

function wordsOf(outcome: Outcome, command: RefusedCommand, enhanced: boolean): { text: string; addressed: boolean } {
  if (outcome.kind !== 'failed') return { text: textToBytes(statusText(outcome, enhanced)), addressed: true };
  // sendmail has no words for it.
  if (outcome.own === true && outcome.status === '5.6.7')
    return { text: textToBytes(outcome.reply.replace(/^\S+ \S+ /, '')), addressed: true };
  const { words, addressed } = refusalOf(outcome.reply, command);
  return { text: words, addressed };
}

function stepOf(command: string): Step {
  if (command === '.') return 'message';
  const verb = command.split(/[ :]/, 1)[0]?.toUpperCase();
  if (verb === 'MAIL') return 'mail';
  if (verb === 'RCPT') return 'rcpt';
  if (verb === 'DATA') return 'data';
  return verb === 'EHLO' ? 'EHLO' : 'other';
}
