/**
 * From a relay's reply to what becomes of a recipient: one table, pure. Temporary unless proven
 * permanent: only a complete 5yz reply about this recipient or this message fails it. Replies
 * about the session (421, 500, 503, 530 ...) defer, since the next attempt may go another way.
 *
 * Codes: RFC 5321 §4.2, enhanced codes: RFC 3463 and RFC 2034; defaults where a relay gives
 * none are those of sendmail. 552 to RCPT is RFC 821's "too many recipients", to be taken as
 * 452 (RFC 5321 §4.5.3.1.10) unless the enhanced code says something else.
 */
import type { Outcome } from './delivery.js';

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

export function outcomeOfReply(rawReply: string, phase: ReplyPhase): Outcome {
  const reply = joinReply(rawReply);
  const code = /^\d{3}(?=\s|$)/.exec(reply)?.[0] ?? '';
  const status = enhancedStatus(reply);
  if (phase === 'message' && code.startsWith('2')) return { kind: 'sent', reply, status };
  // No answer: before the dot the relay has no message, after it we cannot know.
  if (!(phase === 'message' ? /^[245]/ : /^[2345]/).test(code))
    return { kind: phase === 'message' ? 'uncertain' : 'deferred', reply, status };
  if (code.startsWith('5') && isAboutThisMail(code, reply, phase)) return { kind: 'failed', reply, status };
  return { kind: 'deferred', reply, status: asTemporary(status) };
}

/** Whether a reply to MAIL or DATA says that this session may not send at all. */
export function asksForSignIn(reply: string): boolean {
  return SIGN_IN_CODES.has(reply.slice(0, 3));
}

function isAboutThisMail(code: string, reply: string, phase: ReplyPhase): boolean {
  if (SESSION_CODES.has(code)) return false;
  const enhanced = /^\d{3} ([245])\.(\d{1,3})\.(\d{1,3})/.exec(reply);
  if (enhanced?.[1] === '4') return false;
  const tooManyRecipients = enhanced === null || (enhanced[2] === '5' && enhanced[3] === '3');
  return !(phase === 'rcpt' && code === '552' && tooManyRecipients);
}
