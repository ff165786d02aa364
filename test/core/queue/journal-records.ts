/** Records of attempts as a queue run makes them. */
import type { JournalRecord } from '../../../core/queue/journal.js';

/** It was taken. */
export function attemptRecord(more: Partial<JournalRecord> = {}): JournalRecord {
  return {
    at: 1_795_200_000_000,
    endedAt: 1_795_200_000_500,
    relay: 'home',
    host: 'smtp.example.org',
    address: '192.0.2.1',
    phase: 'message',
    bytes: 1234,
    tls: 'TLSv1.3',
    recipients: [{ address: 'ann@example.org', outcome: 'sent', reply: '250 2.0.0 ok', status: '2.0.0' }],
    ...more,
  };
}

/** The relay could not be used. */
export function troubleRecord(at: number, more: Partial<JournalRecord> = {}): JournalRecord {
  return {
    at,
    endedAt: at + 500,
    relay: 'home',
    host: 'smtp.example.org',
    address: null,
    phase: 'connect',
    problem: 'nobody listens at smtp.example.org port 465',
    bytes: 0,
    tls: null,
    recipients: [],
    ...more,
  };
}
