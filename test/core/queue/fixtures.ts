import type { ControlFile, RecipientRecord } from '../../../core/spool/control-file.js';
import type { JobSnapshot } from '../../../core/spool/spool.js';

export const NOW_SECONDS = 1_795_216_250;
export const NOW = NOW_SECONDS * 1000;

export function recipient(address: string, extra: Partial<RecipientRecord> = {}): RecipientRecord {
  return { flags: 'PFD', address, finalRecipient: `RFC822; ${address}`, ...extra };
}

/** A message as the shim leaves it, from alice to bob. */
export function control(extra: Partial<ControlFile> = {}): ControlFile {
  return {
    version: 8,
    createdAtSeconds: NOW_SECONDS,
    lastAttemptSeconds: 0,
    attempts: 0,
    priority: 30_022,
    flags: 's',
    macros: [],
    sender: 'alice',
    recipients: [recipient('bob@example.net')],
    headers: [
      { condition: 'F', name: 'From', value: ' Alice <alice@laptop.example.org>' },
      { condition: '', name: 'To', value: ' bob@example.net' },
      { condition: '', name: 'Subject', value: ' test' },
    ],
    ...extra,
  };
}

export function snapshot(extra: Partial<JobSnapshot> = {}): JobSnapshot {
  return {
    id: '6AKNAoWd001945',
    kind: 'qf',
    control: control(),
    dataBytes: 7,
    dataChangedAtNs: BigInt(NOW) * 1_000_000n,
    locked: false,
    ...extra,
  };
}
