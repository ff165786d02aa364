/**
 * Lines of the mail log about an attempt, in the form sendmail gives syslog:
 *
 *   to=a@x,b@y, ctladdr=alice (4242/4242), delay=00:00:01, xdelay=00:00:00, mailer=relay, pri=120025,
 *     relay=smtp.example.org [192.0.2.1], dsn=2.0.0, stat=Sent (ok)
 *
 * One line for each recipient that was answered for itself, in the order of the answers, one for those
 * that fared alike. Pure.
 */
import { hostLiteral } from '../delivery/relay.js';
import { bytesToText } from '../mail/display.js';
import { refusalOf } from '../mail/refusal.js';
import type { ControlFile } from '../spool/control-file.js';
import { inSpeakingOrder, type RecipientResult } from './results.js';
import { statusText } from './settle.js';

export interface Attempt {
  readonly control: ControlFile;
  /** `alice (4242/4242)`: a user of this computer who answers for it. */
  readonly controllingUser?: string | undefined;
  /** As the settings have it: a name or an address. */
  readonly relayHost: string;
  /** Its address that we went to; null: nobody went anywhere. */
  readonly relayAddress: string | null;
  readonly startedAt: number;
  readonly endedAt: number;
  /** The relay promised enhanced status codes. */
  readonly enhanced?: boolean;
}

export function deliveryLines(attempt: Attempt, results: readonly RecipientResult[]): string[] {
  const lines: { readonly key: string; readonly addresses: string[]; readonly rest: string }[] = [];
  const seen = new Set<string>();
  const ordered = inSpeakingOrder(results);
  const sent = ordered.filter(({ outcome }) => outcome?.kind === 'sent');
  for (const result of [...ordered.filter((one) => !sent.includes(one)), ...sent]) {
    const { outcome, command, address, recipient } = result;
    if (outcome === undefined || seen.has(address)) continue;
    seen.add(address);
    const reply = outcome.kind === 'failed' || outcome.kind === 'deferred' ? `reply=${outcome.reply}, ` : '';
    const rest = `dsn=${outcome.status}, ${reply}stat=${statOf(result, attempt.enhanced)}`;
    const key = command === 'rcpt' && outcome.kind !== 'sent' ? address : ` ${rest}`;
    const alike = lines.find((line) => line.key === key);
    if (alike === undefined) lines.push({ key, addresses: [bytesToText(recipient.address)], rest });
    else alike.addresses.push(bytesToText(recipient.address));
  }
  return lines.map(({ addresses, rest }) => `to=${addresses.join(',')}, ${common(attempt)}, ${rest}`);
}

function statOf({ outcome, command }: RecipientResult, enhanced: boolean | undefined): string {
  if (outcome === undefined) return '';
  return outcome.kind === 'failed' ? refusalOf(outcome.reply, command ?? 'rcpt').words : statusText(outcome, enhanced);
}

export function problemLine(
  attempt: Attempt,
  addresses: readonly string[],
  problem: { readonly status: string; readonly stat: string },
): string {
  return `to=${addresses.join(',')}, ${common(attempt)}, dsn=${problem.status}, stat=Deferred: ${problem.stat}`;
}

function common({ control, controllingUser, relayHost, relayAddress, startedAt, endedAt }: Attempt): string {
  const delay = duration(endedAt / 1000 - control.createdAtSeconds);
  const xdelay = duration((endedAt - startedAt) / 1000);
  const who = controllingUser === undefined ? '' : `ctladdr=${controllingUser}, `;
  const relay = `${hostLiteral(relayHost)}${relayAddress === null ? '' : ` [${relayAddress}]`}`;
  return `${who}delay=${delay}, xdelay=${xdelay}, mailer=relay, pri=${control.priority}, relay=${relay}`;
}

/** `[D+]HH:MM:SS`; a clock that went back counts as none. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = `${two(Math.floor(whole / 3600) % 24)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return whole >= 86_400 ? `${Math.floor(whole / 86_400)}+${clock}` : clock;
}
