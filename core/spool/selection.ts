/**
 * Which jobs a listing or a run is about, and in which order: sendmail's -qI, -qR, -qS, -qQ
 * filters and QueueSortOrder. Several filters of one kind are alternatives, different kinds must
 * all hold, `!` negates one. Pure.
 */
import type { ControlFile } from './control-file.js';
import type { JobKind, JobSnapshot } from './spool.js';

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

export function matchesFilters(job: JobSnapshot, filters: readonly QueueFilter[]): boolean {
  const kinds = new Set(filters.map((filter) => filter.by));
  return [...kinds].every((by) =>
    filters.some(
      (filter) => filter.by === by && textsOf(job, by).some((text) => contains(filter, text) !== filter.negated),
    ),
  );
}

function textsOf(job: JobSnapshot, by: QueueFilter['by']): readonly string[] {
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

/** All that an order looks at, so that thousands can be put in order without being held. */
export interface Sortable extends Pick<JobSnapshot, 'id' | 'dataChangedAtNs'> {
  readonly control?: Pick<ControlFile, 'priority' | 'createdAtSeconds' | 'recipients'>;
}

/** What is worth holding of a job to sort it. */
export function sortable({ id, dataChangedAtNs, control }: Sortable, order: SortOrder): Sortable {
  if (control === undefined) return { id, dataChangedAtNs };
  const { priority, createdAtSeconds } = control;
  const hosts = order === 'host' ? control.recipients.find(hasHost) : undefined;
  const recipients = hosts === undefined ? [] : [hosts];
  return { id, dataChangedAtNs, control: { priority, createdAtSeconds, recipients } };
}

/** Stable: equal jobs keep the order given, which in sendmail is the directory's. */
export function sortJobs<Job extends Sortable>(
  jobs: readonly Job[],
  order: SortOrder,
  random: () => number = Math.random,
): Job[] {
  if (order === 'none') return [...jobs];
  if (order === 'random')
    return jobs
      .map((job) => ({ job, place: random() }))
      .sort((a, b) => a.place - b.place)
      .map(({ job }) => job);
  return [...jobs].sort(COMPARISONS[order]);
}

type Comparison = (a: Sortable, b: Sortable) => number;

const byPriority: Comparison = (a, b) => (a.control?.priority ?? 0) - (b.control?.priority ?? 0);

const COMPARISONS: Readonly<Record<Exclude<SortOrder, 'none' | 'random'>, Comparison>> = {
  priority: byPriority,
  host: (a, b) => compareText(hostKey(a), hostKey(b)) || byPriority(a, b),
  time: (a, b) => (a.control?.createdAtSeconds ?? 0) - (b.control?.createdAtSeconds ?? 0),
  filename: (a, b) => compareText(a.id, b.id),
  modification: (a, b) => Number(a.dataChangedAtNs - b.dataChangedAtNs),
};

/** Domain of the first recipient that has one, backwards and in small letters: hosts of one domain come together. */
function hostKey(job: Sortable): string {
  const address = job.control?.recipients.find(hasHost)?.address ?? '';
  const domain = address.slice(address.lastIndexOf('@') + 1).replace(/>.*$/s, '');
  return [...domain.toLowerCase()].reverse().join('');
}

function hasHost({ address }: { readonly address: string }): boolean {
  return address.includes('@');
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
