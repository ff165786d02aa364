/**
 * Lines of the mail log about an attempt, in the form sendmail gives syslog:
 *
 *   to=a@x,b@y, delay=00:00:01, xdelay=00:00:00, mailer=relay, pri=120025, relay=home, dsn=2.0.0, stat=Sent (ok)
 *
 * One line for recipients that fared alike. Pure.
 */
import type { Outcome } from '../delivery/delivery.js';
import { hostLiteral } from '../delivery/relay.js';
import { refusalOf } from '../mail/refusal.js';
import type { ControlFile } from '../spool/control-file.js';
import { statusText } from './settle.js';

export interface Attempt {
  readonly control: ControlFile;
  /** `smtp.example.org` or a relay's address in brackets. */
  readonly relayHost: string;
  readonly startedAt: number;
  readonly endedAt: number;
  /** The relay promised enhanced status codes. */
  readonly enhanced?: boolean;
}

/** `names`: what recipients are called, by address on the wire. */
export function deliveryLines(
  attempt: Attempt,
  outcomes: ReadonlyMap<string, Outcome>,
  names: ReadonlyMap<string, string> = new Map(),
): string[] {
  const alike = new Map<string, string[]>();
  const decidedFirst = [...outcomes].sort(([, a], [, b]) => Number(a.kind === 'sent') - Number(b.kind === 'sent'));
  for (const [wire, outcome] of decidedFirst) {
    const address = names.get(wire) ?? wire;
    const reply = outcome.kind === 'failed' || outcome.kind === 'deferred' ? `reply=${outcome.reply}, ` : '';
    const rest = `dsn=${outcome.status}, ${reply}stat=${stat(outcome, attempt.enhanced)}`;
    const addresses = alike.get(rest);
    if (addresses === undefined) alike.set(rest, [address]);
    else addresses.push(address);
  }
  return [...alike].map(([rest, addresses]) => `to=${addresses.join(',')}, ${common(attempt)}, ${rest}`);
}

function stat(outcome: Outcome, enhanced: boolean | undefined): string {
  return outcome.kind === 'failed' ? refusalOf(outcome.reply, 'rcpt').words : statusText(outcome, enhanced);
}

export function problemLine(
  attempt: Attempt,
  addresses: readonly string[],
  problem: { readonly status: string; readonly stat: string },
): string {
  return `to=${addresses.join(',')}, ${common(attempt)}, dsn=${problem.status}, stat=Deferred: ${problem.stat}`;
}

function common({ control, relayHost, startedAt, endedAt }: Attempt): string {
  const delay = duration(endedAt / 1000 - control.createdAtSeconds);
  const xdelay = duration((endedAt - startedAt) / 1000);
  return `delay=${delay}, xdelay=${xdelay}, mailer=relay, pri=${control.priority}, relay=${relayName(relayHost)}`;
}

/** The host and its address, as far as it is known. */
function relayName(host: string): string {
  const literal = hostLiteral(host);
  return literal === host ? host : `${literal} ${literal}`;
}

/** `[D+]HH:MM:SS`; a clock that went back counts as none. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = `${two(Math.floor(whole / 3600) % 24)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return whole >= 86_400 ? `${Math.floor(whole / 86_400)}+${clock}` : clock;
}
