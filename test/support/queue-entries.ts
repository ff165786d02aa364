/** Queue entries and agent states for tests of what people see: plausible, many if wanted, the same on each run. */
import type { AgentState, QueueEntry, QueueState } from '../../core/bridge/contract.js';
import { countByState } from '../../core/queue/entry.js';

export const NOW = Date.UTC(2026, 10, 20, 14, 5);

const SUBJECTS = [
  '[PATCH 1/3] spool: sync the directory after the rename',
  'Minutes of Thursday, and the date for the next one',
  'Cron <root@laptop> run-parts /etc/cron.daily',
  'Re: Invoice 2026-1183',
  'Photos from the lake',
  'Übersetzung für die Gemeindezeitung',
] as const;

const WORDS: Readonly<Record<QueueState, Pick<QueueEntry, 'reason' | 'next'> & { readonly reply?: string }>> = {
  waiting: {
    reason: 'Cannot reach smtp.example.org: connection refused',
    next: 'It goes by itself when the relay answers',
  },
  sending: { reason: 'A queue run is working on it now.', next: 'It leaves the queue when the relay has taken it.' },
  'will-retry': {
    reason: 'The relay asked to try again later.',
    reply: '450 4.2.1 <busy@example.org> Mailbox busy, try again later',
    next: 'It is tried again by itself.',
  },
  held: { reason: 'Held: set aside by you', next: 'Release it to send it.' },
  scheduled: { reason: 'To be sent later.', next: 'It goes at its time.' },
  failed: {
    reason: 'The relay refused it for good.',
    reply: '550 5.1.1 <nobody@example.org>: Recipient address rejected: User unknown',
    next: 'It is kept. Mend what the relay complains of and release it, edit it, or delete it.',
  },
  'maybe-sent': {
    reason: 'The whole message went to the relay, but no answer came back: it may have been sent.',
    next: 'It is sent again with the same Message-ID, so that a copy can be told.',
  },
  lost: {
    reason: 'Set aside: line 7 of its control file ends early.',
    next: 'Its files are kept as they are. It is not sent.',
  },
};

export function queueEntry(number: number, change: Partial<QueueEntry> = {}): QueueEntry {
  const state = change.state ?? 'waiting';
  const subject = SUBJECTS[number % SUBJECTS.length] ?? '';
  return {
    id: `6AKE${String(number).padStart(6, '0')}0001`,
    state,
    ...WORDS[state],
    sender: 'me@example.net',
    from: 'Meike Brandt <me@example.net>',
    to: `ann${number}@example.org`,
    subject: number < SUBJECTS.length ? subject : `${subject} (${number})`,
    recipients: [{ address: `ann${number}@example.org`, blind: false }],
    sizeBytes: 1200 + number * 37,
    queuedAt: NOW - number * 61_000,
    attempts: state === 'will-retry' ? 2 : 0,
    priority: 30_000 + number,
    relay: 'home',
    ...(state === 'will-retry' || state === 'scheduled' ? { nextAttemptAt: NOW + 600_000 } : {}),
    ...change,
  };
}

export function agentState(entries: Iterable<QueueEntry>, change: Partial<AgentState> = {}): AgentState {
  return {
    counts: countByState(entries),
    relays: [
      {
        name: 'home',
        host: 'smtp.example.org',
        port: 465,
        state: 'reachable',
        reason: '',
        remedy: '',
        since: NOW - 60_000,
      },
    ],
    sending: false,
    paused: null,
    practice: null,
    listener: null,
    settingsFile: '/home/me/.config/outtray/settings.json',
    settingsProblems: [],
    showingOnly: false,
    stuckSince: null,
    stuckAfterMs: 3_600_000,
    showAddresses: true,
    version: '0.1.0',
    ...change,
  };
}
