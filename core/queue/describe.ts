/**
 * From a job in the spool to what people read about it: state, reason, what happens next. The
 * reason is never empty: "why has it not gone" has an answer for every message. Pure.
 */

import { bytesToText, cleanText, displayHeader } from '../mail/display.js';
import { isGreylisting } from '../mail/greylisting.js';
import type { Rewriting } from '../mail/rewriting.js';
import type { ControlFile } from '../spool/control-file.js';
import type { JobSnapshot, Uncertain } from '../spool/spool.js';
import type { EntryRecipient, QueueEntry } from './entry.js';
import { wireAddress } from './envelope.js';
import { heldWords, showBytes, type Words, withDoubt } from './held-words.js';
import type { Progress } from './progress.js';
import { dueAt, isRepeated } from './schedule.js';
import { BIG_BYTES } from './slow-lane.js';

/** What is known about the relay that serves a message, in words. */
export type RelayView =
  | { readonly kind: 'none'; readonly reason: string }
  | {
      readonly kind: 'relay';
      readonly name: string;
      /** null: nothing stands in the way as far as is known. */
      readonly trouble: {
        readonly reason: string;
        readonly remedy: string;
        readonly reply?: string;
        readonly nextLookAt?: number;
      } | null;
    };

export interface DescribeContext {
  relayFor(control: ControlFile): RelayView;
  /** Somebody runs the queue: an agent that owns the spool. */
  readonly attended: boolean;
  /** undefined: not paused; null: until resumed. */
  readonly pausedUntil: number | null | undefined;
  readonly whenUncertain: 'retry' | 'hold';
  /** How addresses are written on the wire. */
  readonly rewriting: Rewriting;
  readonly now: number;
  readonly undoWindowMs: number;
  readonly askWhenLateMs: number;
  /** Of a message that this process hands over at this moment. */
  progress(id: string): Progress | null;
}

const UNDO_HINT = 'Hold or delete it to stop it, or choose Send Now.';
const FLUSH_HINT = 'Start the agent, or send it with: sendmail -Ac -q';

export function describeJob(job: JobSnapshot, context: DescribeContext): QueueEntry {
  const { control } = job;
  if (control === undefined) return describeLost(job);
  const relay = context.relayFor(control);
  const words = job.kind === 'Qf' || job.damage !== undefined ? lostWords(job) : wordsFor(job, control, relay, context);
  return {
    id: job.id,
    ...words,
    sender: showBytes(control.sender),
    from: firstHeader(control, 'From'),
    to: firstHeader(control, 'To') || control.recipients.map((recipient) => showBytes(recipient.address)).join(', '),
    subject: firstHeader(control, 'Subject'),
    recipients: describeRecipients(control, context.rewriting),
    sizeBytes: job.dataBytes,
    queuedAt: control.createdAtSeconds * 1000,
    ...(control.lastAttemptSeconds === 0 || control.attempts === 0
      ? {}
      : { lastAttemptAt: control.lastAttemptSeconds * 1000 }),
    attempts: control.attempts,
    priority: control.priority,
    ...(relay.kind === 'relay' ? { relay: relay.name } : {}),
  };
}

function wordsFor(job: JobSnapshot, control: ControlFile, relay: RelayView, context: DescribeContext): Words {
  if (job.kind === 'hf') return withDoubt(heldWords(control.quarantineReason ?? '', context), job.uncertain);
  if (job.locked) return sendingWords(context.progress(job.id));
  if (job.uncertain !== undefined) return uncertainWords(job.id, control, job.uncertain, context);
  const state = control.attempts > 0 ? 'will-retry' : 'waiting';
  if (relay.kind === 'none') return { state, reason: relay.reason, next: 'It waits until a relay serves it.' };
  const due = dueAt(job.id, control, context.undoWindowMs);
  const nextAttemptAt = Math.max(due, relay.trouble?.nextLookAt ?? 0);
  if (context.pausedUntil !== undefined) {
    const until =
      context.pausedUntil === null
        ? 'until you resume it'
        : `until ${new Date(context.pausedUntil).toLocaleTimeString()}`;
    return { state, reason: `Sending is paused ${until}.`, next: 'Resume sending, or choose Send Now.' };
  }
  if (control.attempts === 0 && context.attended && due > context.now && due - context.now <= context.undoWindowMs) {
    const at = new Date(due).toLocaleTimeString();
    return { state, reason: `It leaves at ${at}; until then it can be undone.`, next: UNDO_HINT, nextAttemptAt };
  }
  if (relay.trouble !== null) {
    const { reason, remedy, reply } = relay.trouble;
    return { state, reason, next: remedy, nextAttemptAt, ...(reply === undefined ? {} : { reply }) };
  }
  // Before the first attempt the only status is that of a relay that could not be used then.
  const deferred = control.attempts > 0 ? deferredReply(control) : undefined;
  if (deferred !== undefined) {
    const next = context.attended ? 'It is tried again by itself.' : FLUSH_HINT;
    const reason = isGreylisting(deferred)
      ? `The relay wants mail of a new sender tried again in some minutes (greylisting): ${deferred}`
      : `Put off: ${deferred}`;
    return { state, reason, reply: deferred, next, nextAttemptAt };
  }
  return context.attended
    ? { state, reason: 'It goes with the next queue run.', next: 'Nothing to do.', nextAttemptAt }
    : { state, reason: 'No agent is running to send it.', next: FLUSH_HINT };
}

function sendingWords(progress: Progress | null): Words {
  const next = 'It leaves the queue when the relay has taken it.';
  if (progress === null || progress.totalBytes < BIG_BYTES)
    return { state: 'sending', reason: 'A queue run is working on it now.', next };
  const percent = Math.floor((100 * progress.sentBytes) / progress.totalBytes);
  const megabytes = Math.max(1, Math.round(progress.totalBytes / 1e6));
  const reason =
    percent < 100
      ? `It is being sent: ${percent} % of ${megabytes} MB.`
      : 'All of it is sent; the relay has yet to take it.';
  return { state: 'sending', reason, next: percent < 100 ? `${next} It can still be stopped.` : next };
}

function uncertainWords(id: string, control: ControlFile, uncertain: Uncertain, context: DescribeContext): Words {
  const { times = 1 } = uncertain;
  const often = times > 1 ? ` ${times} times` : '';
  const reason = `The whole message went to the relay${often}, but no answer came back: it may have been sent.`;
  if (!isRepeated(uncertain, context.whenUncertain))
    return { state: 'maybe-sent', reason, next: 'Ask a recipient; then send it again or delete it.' };
  const nextAttemptAt = dueAt(id, control, context.undoWindowMs);
  return {
    state: 'maybe-sent',
    reason,
    next: 'It is sent again with the same Message-ID, so that a copy can be told.',
    nextAttemptAt,
  };
}

function lostWords(job: JobSnapshot): Words {
  return {
    state: 'lost',
    reason: `${job.kind === 'Qf' ? 'Set aside' : 'Not usable'}: ${job.damage ?? 'marked as lost by an earlier run'}.`,
    next: 'Its files are kept as they are. It is not sent.',
  };
}

function describeLost(job: JobSnapshot): QueueEntry {
  return {
    id: job.id,
    ...lostWords(job),
    sender: '',
    from: '',
    to: '',
    subject: '',
    recipients: [],
    sizeBytes: job.dataBytes,
    queuedAt: Number(job.dataChangedAtNs / 1_000_000n),
    attempts: 0,
    priority: 0,
  };
}

function describeRecipients(control: ControlFile, rewriting: Rewriting): EntryRecipient[] {
  const visible = control.headers
    .filter((header) => /^(resent-)?(to|cc)$|^apparently-to$/i.test(header.name))
    .flatMap((header) =>
      bytesToText(withoutEscapes(header.value))
        .toLowerCase()
        .split(/[\s,;:<>()]+/),
    );
  const seen = new Set(visible.filter((word) => word !== ''));
  return control.recipients.map((recipient) => {
    const address = wireAddress(control, recipient.address, rewriting);
    const words = [address, wireAddress(control, recipient.address, { hostname: '' }).replace(/@$/, '')];
    return {
      address: cleanText(address),
      ...(recipient.message === undefined ? {} : { status: showBytes(recipient.message) }),
      blind: seen.size > 0 && !words.some((word) => seen.has(word.toLowerCase())),
    };
  });
}

function deferredReply(control: ControlFile): string | undefined {
  // The envelope may tell of a recipient that is gone, or that a warning was sent.
  const own = control.recipients.find((recipient) => recipient.message !== undefined)?.message;
  const text = own ?? control.message;
  return text === undefined ? undefined : showBytes(text.replace(/^Deferred: /, ''));
}

function firstHeader(control: ControlFile, name: string): string {
  const found = control.headers.find((header) => header.name.toLowerCase() === name.toLowerCase());
  return found === undefined ? '' : displayHeader(withoutEscapes(found.value));
}

/** Header fields of a control file mark some bytes (FORMAT.md). */
function withoutEscapes(value: string): string {
  return value.replace(/\u00ff([\u0080-\u009f\u00ff])/g, '$1');
}
