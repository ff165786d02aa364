/**
 * Which jobs a listing or a run is about, and the names of the orders they come in: sendmail's -qI, -qR,
 * -qS, -qQ filters and QueueSortOrder. Several filters of one kind are alternatives, different kinds must
 * all hold, `!` negates one. Pure.
 */
import type { JobKind, JobSnapshot, SurveyedJob } from './spool.js';

export interface QueueFilter {
  /** I: file name, R: a recipient, S: the sender, Q: the quarantine reason. */
  readonly by: 'I' | 'R' | 'S' | 'Q';
  readonly text: string;
  readonly negated: boolean;
}

export const SORT_ORDERS = ['priority', 'host', 'time', 'filename', 'modification', 'random', 'none'] as const;
export type SortOrder = (typeof SORT_ORDERS)[number];

/** What follows -q: `Ralice`, `!Sbob`, `Qreason`. null when it is no filter (an interval, G, p, f, L alone). */
export function parseQueueFilter(text: string): QueueFilter | null {
  const match = /^(!?)([IRSQ])([\s\S]+)$/.exec(text);
  const by = match?.[2];
  if (match === null || (by !== 'I' && by !== 'R' && by !== 'S' && by !== 'Q')) return null;
  return { by, text: match[3] ?? '', negated: match[1] === '!' };
}

/** The first letter decides, as in sendmail; shuffle is random. */
export function parseSortOrder(text: string): SortOrder | null {
  const letter = text.charAt(0).toLowerCase();
  if (letter === 's') return 'random';
  return SORT_ORDERS.find((order) => letter !== '' && order.startsWith(letter)) ?? null;
}

export function selectJobs<Job extends JobSnapshot>(
  jobs: Iterable<Job>,
  kind: JobKind,
  filters: readonly QueueFilter[] = [],
): Job[] {
  return [...jobs].filter((job) => job.kind === kind && matchesFilters(job, filters));
}

export function matchesFilters(job: SurveyedJob, filters: readonly QueueFilter[]): boolean {
  const kinds = new Set(filters.map((filter) => filter.by));
  return [...kinds].every((by) =>
    filters.some(
      (filter) => filter.by === by && textsOf(job, by).some((text) => contains(filter, text) !== filter.negated),
    ),
  );
}

function textsOf(job: SurveyedJob, by: QueueFilter['by']): readonly string[] {
  switch (by) {
    case 'I':
      return [job.kind + job.id];
    case 'R':
      return job.control?.recipients.map((recipient) => recipient.address) ?? [];
    case 'S':
      return job.control === undefined ? [] : [job.control.sender];
    case 'Q':
      return job.control?.quarantineReason === undefined ? [] : [job.control.quarantineReason];
  }
}

/** Addresses are compared without case, file names and reasons with. */
function contains({ by, text }: QueueFilter, within: string): boolean {
  return by === 'R' || by === 'S' ? within.toLowerCase().includes(text.toLowerCase()) : within.includes(text);
}
