/**
 * What the index keeps of a message: the entry that is shown, and of the control file only what decides
 * its state and words when something becomes known about a relay. Texts are copies of
 * their own; a piece of a control file would keep all of that file in memory. Pure.
 */
import type { ControlFile } from '../spool/control-file.js';
import type { JobSnapshot } from '../spool/spool.js';
import { remember } from '../system/remember.js';
import type { QueueEntry } from './entry.js';

export interface SlimJob {
  readonly entry: QueueEntry;
  /** Good for saying anew what depends on the relays, and for nothing else. */
  readonly rest: JobSnapshot;
}

export function slimJob(job: JobSnapshot, entry: QueueEntry): SlimJob {
  const { control, ...rest } = job;
  return {
    entry: ownEntry(entry),
    rest: control === undefined ? rest : { ...rest, control: decisive(control) },
  };
}

/** The entry with all that depends on the relays taken from `fresh`; the same one when nothing differs. */
export function withFreshWords(entry: QueueEntry, fresh: QueueEntry): QueueEntry {
  const same =
    entry.state === fresh.state &&
    entry.reason === fresh.reason &&
    entry.next === fresh.next &&
    entry.reply === fresh.reply &&
    entry.nextAttemptAt === fresh.nextAttemptAt &&
    entry.relay === fresh.relay;
  if (same) return entry;
  const { state, reason, next, reply, nextAttemptAt, relay } = fresh;
  const { reply: _reply, nextAttemptAt: _nextAttemptAt, relay: _relay, ...lasting } = entry;
  return {
    ...lasting,
    state,
    reason,
    next,
    ...(reply === undefined ? {} : { reply: own(reply) }),
    ...(nextAttemptAt === undefined ? {} : { nextAttemptAt }),
    ...(relay === undefined ? {} : { relay }),
  };
}

/** Entries are plain values made by one function, so their keys come in one order. */
export function sameEntry(a: QueueEntry, b: QueueEntry): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function decisive(control: ControlFile): ControlFile {
  const { version, createdAtSeconds, lastAttemptSeconds, attempts, priority, flags, sender } = control;
  const { quarantineReason, message } = control;
  const status = message ?? control.recipients.find((recipient) => recipient.message !== undefined)?.message;
  const from = control.headers.find((header) => header.name.toLowerCase() === 'from');
  return {
    version,
    createdAtSeconds,
    lastAttemptSeconds,
    attempts,
    priority,
    flags,
    ...(quarantineReason === undefined ? {} : { quarantineReason: own(quarantineReason) }),
    ...(status === undefined ? {} : { message: own(status) }),
    sender: own(sender),
    macros: NONE,
    recipients: NONE,
    headers: from === undefined ? NONE : ownFrom(from.value),
  };
}

const NONE: readonly never[] = [];

function ownEntry(entry: QueueEntry): QueueEntry {
  return {
    ...entry,
    id: own(entry.id),
    reason: own(entry.reason),
    ...(entry.reply === undefined ? {} : { reply: own(entry.reply) }),
    sender: own(entry.sender),
    from: own(entry.from),
    to: own(entry.to),
    subject: own(entry.subject),
    recipients: entry.recipients.map((recipient) => ({
      ...recipient,
      address: own(recipient.address),
      ...(recipient.status === undefined ? {} : { status: own(recipient.status) }),
    })),
  };
}

/** Senders and statuses are the same in many messages: one copy serves them. */
const own = remember((text) => Buffer.from(text, 'utf16le').toString('utf16le'), 2000);

const ownFrom = remember((value): ControlFile['headers'] => [{ condition: '', name: 'From', value: own(value) }], 2000);
