/**
 * What sendmail makes of a relay's refusal (usersmtp.c, sysexits.c): a few words for status lines,
 * the line of its own that it puts into a transcript, and the enhanced code. The relay's reply
 * itself is kept beside these, never replaced by them. Pure.
 */

/** The command that was answered; `message` is the reply to the final dot. */
export type RefusedCommand = 'mail' | 'rcpt' | 'data' | 'message';

export interface Refusal {
  /** `User unknown` */
  readonly words: string;
  /** Code in front of them in a transcript. */
  readonly code: string;
  /** The transcript names whom it is about. */
  readonly addressed: boolean;
  /** Of a run that ends with it (sysexits). */
  readonly exitStatus: number;
}

const NO_USER: Refusal = { words: 'User unknown', code: '550 5.1.1', addressed: true, exitStatus: 67 };
const BAD_DATA: Refusal = { words: 'Data format error', code: '501 5.6.0', addressed: false, exitStatus: 65 };
const UNAVAILABLE: Refusal = { words: 'Service unavailable', code: '554 5.0.0', addressed: false, exitStatus: 69 };

/** Of a 5yz reply. */
export function refusalOf(reply: string, command: RefusedCommand): Refusal {
  const code = reply.slice(0, 3);
  if (command === 'rcpt' && ['550', '551', '553'].includes(code)) return NO_USER;
  if (command === 'mail' && ['501', '553'].includes(code)) return BAD_DATA;
  return UNAVAILABLE;
}

const NO_USER_STATUS: Readonly<Record<string, string>> = { '550': '5.1.1', '551': '5.1.6', '553': '5.1.3' };
const BAD_SENDER_STATUS: Readonly<Record<string, string>> = { '501': '5.5.2', '553': '5.1.3', '552': '5.3.4' };
/** smtptodsn() */
const STATUS: Readonly<Record<string, string>> = {
  '211': '2.0.0',
  '421': '4.3.2',
  '450': '4.2.0',
  '451': '4.3.0',
  '452': '4.3.1',
  '454': '4.3.0',
  '500': '5.5.2',
  '501': '5.5.4',
  '502': '5.5.1',
  '503': '5.5.1',
  '504': '5.5.4',
  '550': '5.2.0',
  '551': '5.1.6',
  '552': '5.2.2',
  '553': '5.1.3',
};

/** The enhanced code of a reply, or the one that sendmail takes for it where it has none, or the relay never promised any. */
export function reportedStatus(reply: string, command: RefusedCommand, promised = true): string {
  // RSET wipes out what DATA was answered.
  if (command === 'data') return reply.startsWith('5') ? '5.5.0' : '4.2.0';
  const code = reply.slice(0, 3);
  const enhanced = promised ? /^([245])\d\d[ -]([245]\.\d{1,3}\.\d{1,3})(?:\s|$)/.exec(reply) : null;
  if (enhanced?.[2] !== undefined) return enhanced[2];
  if (command === 'rcpt' && NO_USER_STATUS[code] !== undefined) return NO_USER_STATUS[code];
  if (command === 'mail' && code.startsWith('5')) return BAD_SENDER_STATUS[code] ?? '5.0.0';
  return STATUS[code] ?? `${code[0] ?? '4'}.0.0`;
}
