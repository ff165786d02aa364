/**
 * From a relay's reply to what becomes of a recipient: one table, pure. Temporary unless proven
 * permanent: only a complete 5yz reply about this recipient or this message fails it. Replies
 * about the session (421, 500, 503, 530 ...) defer, since the next attempt may go another way, and so do
 * those about how much the relay takes (reply-words.ts), which are about all that waits for it. Errors
 * without a reply are told apart in transaction.ts by whether the dot was sent, and explained in explain.ts.
 *
 * Codes: RFC 5321 §4.2, enhanced codes: RFC 3463 and RFC 2034; defaults where a relay gives
 * none are those of sendmail. 552 to RCPT is RFC 821's "too many recipients", to be taken as
 * 452 (RFC 5321 §4.5.3.1.10) unless the enhanced code says something else.
 */
import { isGreylisting } from '../mail/greylisting.js';
import type { DeferralCause, Outcome } from './delivery.js';
import { isSendingLimit } from './reply-words.js';

/** The command that was answered; `message` is the reply to the final dot. */
export type ReplyPhase = 'mail' | 'rcpt' | 'data' | 'message';

const DEFAULT_STATUS: Readonly<Record<string, string>> = {
  '421': '4.3.2',
  '450': '4.2.0',
  '451': '4.3.0',
  '452': '4.3.1',
  '454': '4.7.0',
  '500': '5.5.2',
  '501': '5.5.4',
  '502': '5.5.1',
  '503': '5.5.1',
  '504': '5.5.4',
  '530': '5.7.0',
  '550': '5.2.0',
  '551': '5.1.6',
  '552': '5.2.2',
  '553': '5.1.3',
};

/** About the session or its state, never about a recipient or a message. */
const SESSION_CODES: ReadonlySet<string> = new Set(['500', '502', '503', '504', '521', '530', '534', '535', '538']);

/** Relay asks for a sign-in or encryption that this session lacks: a person has to change the settings. */
const SIGN_IN_CODES: ReadonlySet<string> = new Set(['530', '534', '535', '538']);

/** Characters of a reply that are kept, as sendmail's MAXLINE: they are written down for each recipient. */
const REPLY_LIMIT = 2048;

/** Its lines, as they may be shown, stored and mailed: none is longer than people read, and none holds what would end it. */
export function cleanReply(reply: string): string[] {
  return reply
    .replace(/\0/g, '')
    .split(/\r?\n/)
    .map((line) => line.slice(0, REPLY_LIMIT).replace(/\r/g, ' '));
}

/** One line, code first: `550-5.1.1 No\n550 5.1.1 such user` becomes `550 5.1.1 No such user`. */
export function joinReply(reply: string): string {
  const lines = cleanReply(reply).filter((line) => line.trim() !== '');
  const [first = '', ...rest] = lines;
  const prefix = /^\d{3}[ -]\d\.\d{1,3}\.\d{1,3}(?= |$)/.exec(first)?.[0] ?? first.slice(0, 4);
  const head = first.replace(/^(\d{3})-/, '$1 ');
  const tail = rest.map((line) =>
    line.slice(4).startsWith(prefix.slice(4)) ? line.slice(prefix.length).trim() : line.slice(4).trim(),
  );
  return [head, ...tail].join(' ').trim().slice(0, REPLY_LIMIT);
}

/** Enhanced code of a reply; the table's where the relay gave none or one that contradicts its basic code. */
export function enhancedStatus(reply: string): string {
  const match = /^([245])\d\d[ -]([245]\.\d{1,3}\.\d{1,3})(?:\s|$)/.exec(reply);
  if (match?.[2] !== undefined && match[2][0] === match[1]) return match[2];
  return DEFAULT_STATUS[reply.slice(0, 3)] ?? `${/^[245]/.test(reply) ? reply[0] : '4'}.0.0`;
}

/** The same code as temporary: what a deferred recipient is logged with. */
export function asTemporary(status: string): string {
  return `4${status.slice(1)}`;
}

/** A reply taken apart for the rules. */
interface Said {
  readonly phase: ReplyPhase;
  readonly reply: string;
  readonly code: string;
  /** Class, subject and detail of its enhanced code; absent: it has none. */
  readonly enhanced: readonly string[] | undefined;
}

type Verdict = { readonly kind: Outcome['kind']; readonly why?: DeferralCause };

/** The first that holds decides. */
const RULES: readonly (readonly [holds: (said: Said) => boolean, verdict: Verdict])[] = [
  [({ phase, code }) => phase === 'message' && code.startsWith('2'), { kind: 'sent' }],
  // No answer: before the dot the relay has no message, after it we cannot know.
  [({ phase, code }) => phase === 'message' && !/^[245]/.test(code), { kind: 'uncertain' }],
  [({ code }) => !/^[45]/.test(code), { kind: 'deferred' }],
  [({ code }) => code === '421', { kind: 'deferred', why: 'busy' }],
  [({ code }) => SESSION_CODES.has(code), { kind: 'deferred' }],
  [isTooManyRecipients, { kind: 'deferred', why: 'too-many-recipients' }],
  [({ reply }) => isGreylisting(reply), { kind: 'deferred', why: 'greylisted' }],
  [({ reply }) => isSendingLimit(reply), { kind: 'deferred', why: 'busy' }],
  [isPolicy, { kind: 'deferred', why: 'policy' }],
  [
    ({ code, enhanced }) => code !== '454' && isTemporary(code, enhanced) && enhanced?.[1] === '7',
    { kind: 'deferred', why: 'busy' },
  ],
  [({ code, enhanced }) => isTemporary(code, enhanced), { kind: 'deferred' }],
  [() => true, { kind: 'failed' }],
];

export function outcomeOfReply(rawReply: string, phase: ReplyPhase): Outcome {
  const reply = joinReply(rawReply);
  const code = /^\d{3}(?=\s|$)/.exec(reply)?.[0] ?? '';
  const enhanced = /^\d{3} ([245])\.(\d{1,3})\.(\d{1,3})(?= |$)/.exec(reply)?.slice(1);
  const said = { phase, reply, code, enhanced };
  const { kind, why } = RULES.find(([holds]) => holds(said))?.[1] ?? { kind: 'deferred' };
  const status = enhancedStatus(reply);
  if (kind !== 'deferred') return { kind, reply, status };
  return { kind, reply, status: asTemporary(status), ...(why === undefined ? {} : { why }) };
}

/** Whether a reply to MAIL or DATA says that this session may not send at all. */
export function asksForSignIn(reply: string): boolean {
  return SIGN_IN_CODES.has(reply.slice(0, 3));
}

function isTemporary(code: string, enhanced: Said['enhanced']): boolean {
  return code.startsWith('4') || enhanced?.[0] === '4';
}

/**
 * Not one of them too many for the relay, all of them too many for one transaction: the others have room in
 * the next. A full mailbox has a code of its own.
 */
function isTooManyRecipients({ phase, reply, code, enhanced }: Said): boolean {
  if (phase !== 'rcpt' || (code !== '452' && code !== '552')) return false;
  if (enhanced !== undefined) return enhanced[1] === '5' && enhanced[2] === '3';
  return code === '552' || /too many recipients/i.test(reply);
}

/**
 * 4.7.1 after MAIL: as often the policy of one domain or a filter in trouble as that of the relay towards us. Several
 * messages in a row that fare so tell.
 */
function isPolicy({ phase, code, enhanced }: Said): boolean {
  return phase !== 'mail' && isTemporary(code, enhanced) && enhanced?.[1] === '7' && enhanced[2] === '1';
}
