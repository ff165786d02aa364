/**
 * A relay that plays a script: what it does at a command, where that is not what a decent relay does.
 * Whatever a script leaves out is done properly.
 *
 *   { rcpt: '450 4.2.1 busy' }                    a reply, to each of them
 *   { dot: [KEEP, CUT] }                          it takes the message and crashes before a word of it
 *   { mail: first('421 4.7.0 enough', END) }      only the first on each connection
 *   { body: { at: /^line 3$/, does: [STALL] } }   in the middle of a message
 *
 * A line gets its CR LF; what `raw` gives goes out as it is. Nobody has a message that was not kept.
 */
import type { ServerCertificate } from './certificates.js';
import { type RawConnection, startRawRelay } from './raw-relay.js';

/** The message is the relay's responsibility now; a proper reply to the dot includes it. */
export const KEEP = { act: 'keep' } as const;
/** RST. */
export const CUT = { act: 'cut' } as const;
/** FIN; what the client still sends is read. */
export const END = { act: 'end' } as const;
/** Not another word, and what is sent is not read. */
export const DEAF = { act: 'deaf' } as const;
/** Not another word, though what is sent is read. */
export const STALL = { act: 'stall' } as const;
/** TLS begins. */
export const SECURE = { act: 'secure' } as const;

type Act = typeof KEEP | typeof CUT | typeof END | typeof DEAF | typeof STALL | typeof SECURE;
export type Step = string | { readonly raw: string } | Act;

export interface Turn {
  /** The command line; for the dot the message. */
  readonly line: string;
  /** How often this verb has come on this connection; the first is 1. */
  readonly time: number;
}

export type Answer = string | readonly Step[];
/** undefined: as a decent relay does. */
export type Play = Answer | ((turn: Turn) => Answer | undefined);

const VERBS = ['ehlo', 'starttls', 'auth', 'mail', 'rcpt', 'data', 'rset', 'quit'] as const;
type Verb = (typeof VERBS)[number];

export interface RelayScript extends Partial<Readonly<Record<Verb | 'greeting' | 'dot', Play>>> {
  /** EHLO's lines after the first. */
  readonly offers?: readonly string[];
  readonly security?: 'starttls' | 'tls';
  readonly certificate?: () => ServerCertificate;
  /** In the middle of a message, at the first line that matches. */
  readonly body?: { readonly at: RegExp; readonly does: readonly Step[] };
  /** Each byte in a packet of its own, or all replies to an envelope in one; by line when absent. */
  readonly packets?: 'bytes' | 'envelope';
}

export const raw = (text: string): Step => ({ raw: text });
export const first =
  (...steps: readonly Step[]): Play =>
  ({ time }) =>
    time === 1 ? steps : undefined;
export const later =
  (...steps: readonly Step[]): Play =>
  ({ time }) =>
    time > 1 ? steps : undefined;
export const byAddress =
  (replies: Readonly<Record<string, string>>): Play =>
  ({ line }) =>
    replies[addressIn(line)];

export interface KeptMessage {
  readonly to: readonly string[];
  /** One character a byte, dot-stuffing undone. */
  readonly text: string;
}

export interface ScriptedRelay {
  readonly port: number;
  readonly kept: readonly KeptMessage[];
  /** Every line that any client sent. */
  readonly lines: readonly string[];
  readonly connections: () => number;
  /** A client is being kept waiting at this moment. */
  readonly isStalling: () => boolean;
}

export async function startScriptedRelay(script: RelayScript): Promise<ScriptedRelay> {
  const kept: KeptMessage[] = [];
  let connections = 0;
  let stalling = 0;
  const relay = await startRawRelay(async (connection) => {
    connections += 1;
    await play(connection, script, (message) => void kept.push(message), {
      begin: () => {
        stalling += 1;
      },
      end: () => {
        stalling -= 1;
      },
    });
  });
  return { ...relay, kept, connections: () => connections, isStalling: () => stalling > 0 };
}

interface Stalls {
  begin(): void;
  end(): void;
}

async function play(
  connection: RawConnection,
  script: RelayScript,
  keep: (message: KeptMessage) => void,
  stalls: Stalls,
): Promise<void> {
  const times = new Map<string, number>();
  let open = true;
  let secured = false;
  let accepted: string[] = [];
  let held = '';

  const say = async (text: string, more: boolean): Promise<void> => {
    if (!open) return;
    held += text;
    if (more) return;
    const now = held;
    held = '';
    if (script.packets !== 'bytes') return void connection.say(now);
    for (const byte of now) {
      connection.say(byte);
      await new Promise(setImmediate);
    }
  };

  const stall = async (): Promise<void> => {
    open = false;
    stalls.begin();
    while ((await connection.line()) !== null);
    stalls.end();
  };

  const perform = async (steps: readonly Step[], text: string, more = false): Promise<void> => {
    for (const step of steps) {
      if (typeof step === 'string') await say(`${step}\r\n`, more);
      else if ('raw' in step) await say(step.raw, more);
      else if (step === KEEP) keep({ to: accepted, text });
      else if (step === CUT) connection.cut();
      else if (step === END) connection.end();
      else if (step === SECURE) connection.secure(certificateOf(script));
      else {
        if (step === DEAF) connection.deafen();
        await stall();
      }
      if (step === SECURE) secured = true;
      if (step === CUT || step === END) open = false;
    }
  };

  /** What the script has for it, else the answer of a decent relay. */
  const answer = async (part: Verb | 'greeting' | 'dot', line: string, decent: Answer): Promise<readonly Step[]> => {
    const time = (times.get(part) ?? 0) + 1;
    times.set(part, time);
    const planned = script[part];
    const chosen = (typeof planned === 'function' ? planned({ line, time }) : planned) ?? decent;
    const steps = typeof chosen === 'string' ? [chosen] : chosen;
    const more = script.packets === 'envelope' && (part === 'mail' || part === 'rcpt');
    await perform(steps, part === 'dot' ? line : '', more);
    return steps;
  };

  const readMessage = async (): Promise<string | null> => {
    const lines: string[] = [];
    let interrupted = false;
    for (let line = await connection.line(); line !== '.'; line = await connection.line()) {
      if (line === null) return null;
      lines.push(line.replace(/^\./, ''));
      if (interrupted || script.body?.at.test(line) !== true) continue;
      interrupted = true;
      await perform(script.body.does, '');
    }
    return lines.map((line) => `${line}\r\n`).join('');
  };

  if (script.security === 'tls') await perform([SECURE], '');
  await answer('greeting', '', '220 scripted.example.net ESMTP');
  for (let line = await connection.line(); line !== null; line = await connection.line()) {
    const word = line.split(/[ :]/, 1)[0]?.toLowerCase() ?? '';
    const verb = VERBS.find((known) => known === word);
    if (verb === undefined) await say('500 5.5.1 What?\r\n', false);
    else if (verb === 'ehlo') await answer('ehlo', line, ehloReply(script, secured));
    else if (verb === 'starttls') await answer('starttls', line, ['220 2.0.0 go', SECURE]);
    else if (verb === 'auth') await answer('auth', line, '235 2.7.0 welcome');
    else if (verb === 'quit') await answer('quit', line, ['221 2.0.0 bye', END]);
    else if (verb === 'rcpt') {
      const steps = await answer('rcpt', line, '250 2.1.5 ok');
      if (steps.some((step) => isLine(step, '2'))) accepted.push(addressIn(line));
    } else if (verb === 'data') {
      const steps = await answer('data', line, accepted.length === 0 ? '503 5.5.1 No recipients' : '354 go ahead');
      if (!steps.some((step) => isLine(step, '3'))) continue;
      const text = await readMessage();
      // Cut off before its end, it is none.
      if (text === null) return;
      await answer('dot', text, [KEEP, '250 2.0.0 kept']);
      accepted = [];
    } else {
      accepted = [];
      await answer(verb, line, '250 2.0.0 ok');
    }
  }
}

function certificateOf({ certificate }: RelayScript): ServerCertificate {
  if (certificate === undefined) throw new Error('a relay with TLS needs a certificate');
  return certificate();
}

function ehloReply({ offers = [], security }: RelayScript, secured: boolean): string {
  const lines = ['scripted.example.net', ...(security === 'starttls' && !secured ? ['STARTTLS'] : []), ...offers];
  return lines.map((text, index) => `250${index === lines.length - 1 ? ' ' : '-'}${text}`).join('\r\n');
}

function isLine(step: Step, digit: string): boolean {
  return (typeof step === 'string' ? step : 'raw' in step ? step.raw : '').startsWith(digit);
}

function addressIn(line: string): string {
  return /<([^>]*)>/.exec(line)?.[1] ?? '';
}
