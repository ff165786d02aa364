/** States and entries for the tables of the tray and notice tests: everything calm unless said otherwise. */
import type { AgentState, QueueCounts, QueueEntry, RelayStatus } from '../../core/bridge/contract.js';
import { countByState } from '../../core/queue/entry.js';

/** A Friday, ten past noon by the wall clock of wherever the test runs. */
export const NOON = new Date(2026, 10, 20, 12, 10).getTime();
export const MINUTE = 60_000;

export function counts(some: Partial<QueueCounts> = {}): QueueCounts {
  return { ...countByState([]), ...some };
}

export function relay(some: Partial<RelayStatus> = {}): RelayStatus {
  return {
    name: 'home',
    host: 'smtp.example.org',
    port: 465,
    state: 'reachable',
    reason: '',
    remedy: '',
    since: NOON,
    ...some,
  };
}

export function agentState(some: Partial<AgentState> = {}): AgentState {
  return {
    counts: counts(),
    relays: [relay()],
    sending: false,
    paused: null,
    practice: null,
    listener: null,
    settingsFile: '/home/me/.config/outtray/settings.json',
    settingsProblems: [],
    showingOnly: false,
    stuckSince: null,
    stuckAfterMs: 60 * MINUTE,
    showAddresses: true,
    version: '0.1.0',
    ...some,
  };
}

export function entry(some: Partial<QueueEntry> = {}): QueueEntry {
  return {
    id: '6AKCAoWd001945',
    state: 'waiting',
    reason: 'Not tried yet.',
    next: 'It is sent with the next run.',
    sender: 'me@example.org',
    from: 'Me <me@example.org>',
    to: 'ann@example.org',
    subject: 'Lunch',
    recipients: [{ address: 'ann@example.org', blind: false }],
    sizeBytes: 120,
    queuedAt: NOON,
    attempts: 0,
    priority: 30_000,
    ...some,
  };
}
