/**
 * What was said about one message, read off the lines of a session as they are shown under -v:
 *
 *   >>> RCPT To:<gone@example.net>
 *   >>> DATA
 *   550 5.1.1 User unknown
 *
 * Commands may be pipelined, so a reply belongs to the oldest command not answered yet. It gives
 * the relay's replies to each step, whole lines, and what sendmail keeps of a session for a
 * report: refusals, each after the last command said before it. Pure.
 */
import { bareAddress } from './address.js';

export interface SessionRecord {
  /** Lines of a reply; empty: none was seen. */
  readonly mail: readonly string[];
  readonly data: readonly string[];
  readonly message: readonly string[];
  /** By address as it was on the wire, one character a byte. */
  readonly recipients: ReadonlyMap<string, readonly string[]>;
  /** What was refused, in the order in which the words came. */
  readonly refusals: readonly SessionRefusal[];
}

export interface SessionRefusal {
  readonly step: 'mail' | 'rcpt' | 'data' | 'message' | 'other';
  readonly address?: string;
  /** The command to be shown before it: the last one said, unless it has been shown already. */
  readonly command?: string;
  readonly lines: readonly string[];
}

type Step = Pick<SessionRefusal, 'step' | 'address'>;

export function recordSession(lines: readonly string[]): SessionRecord {
  const replies = { mail: [] as string[], data: [] as string[], message: [] as string[] };
  const recipients = new Map<string, string[]>();
  const refusals: SessionRefusal[] = [];
  const pending: Step[] = [];
  let sender: string | undefined;
  let said: string | undefined;
  let reply: string[] = [];

  const answered = (): void => {
    const { step, address } = pending.shift() ?? { step: 'other' as const };
    // After it nothing that was sent along is about anything.
    const pointless = /^[45]/.test(replies.mail[0] ?? '') && step !== 'other';
    if (step === 'mail' || step === 'data' || step === 'message') replies[step] = reply;
    if (step === 'rcpt' && address !== undefined) recipients.set(address, reply);
    if (step === 'mail' && sender !== undefined && said !== undefined)
      said = /^[45]/.test(reply[0] ?? '') ? sender : said;
    if (/^[45]/.test(reply[0] ?? '') && !pointless) {
      refusals.push({
        step,
        ...(address === undefined ? {} : { address }),
        ...(said === undefined ? {} : { command: said }),
        lines: reply,
      });
      said = undefined;
    }
    reply = [];
  };

  for (const line of lines) {
    if (line.startsWith('>>> ')) {
      const command = line.slice(4);
      const step = stepOf(command);
      if (step.step === 'mail') sender = command;
      pending.push(step);
      // sendmail does not take the dot for a command.
      if (command !== '.') said = command;
    } else if (/^\d{3}-/.test(line)) reply.push(line);
    else if (/^\d{3}(?: |$)/.test(line)) {
      reply.push(line);
      answered();
    }
  }
  return { ...replies, recipients, refusals };
}

function stepOf(command: string): Step {
  if (command === '.') return { step: 'message' };
  const verb = command.split(/[ :]/, 1)[0]?.toUpperCase();
  if (verb === 'MAIL') return { step: 'mail' };
  if (verb === 'DATA') return { step: 'data' };
  if (verb !== 'RCPT') return { step: 'other' };
  // The address may hold anything in quotes; what follows `>` are parameters.
  const path = /^RCPT TO:\s*(<(?:"(?:\\.|[^"\\])*"|[^>"])*>)/i.exec(command)?.[1] ?? '<>';
  return { step: 'rcpt', address: bareAddress(path) };
}
