/**
 * Which jobs a listing or a run is about, and the names of the orders they come in: sendmail's -qI, -qR,
 * -qS, -qQ filters and QueueSortOrder. Several filters of one kind are alternatives, different kinds must
 * all hold, `!` negates one; scan-rules.ts applies them. Pure.
 */
export interface QueueFilter {
  /** I: file name, R: a recipient, S: the sender, Q: the quarantine reason. */
  readonly by: 'I' | 'R' | 'S' | 'Q';
  readonly text: string;
  readonly negated: boolean;
}

const SORT_ORDERS = ['priority', 'host', 'time', 'filename', 'modification', 'random', 'shuffle', 'none'] as const;
export type SortOrder = (typeof SORT_ORDERS)[number];

/** What follows -q: `Ralice`, `!Sbob`, `Qreason`. null when it is no filter (an interval, G, p, f, L alone). */
export function parseQueueFilter(text: string): QueueFilter | null {
  const match = /^(!?)([IRSQ])([\s\S]+)$/.exec(text);
  const by = match?.[2];
  if (match === null || (by !== 'I' && by !== 'R' && by !== 'S' && by !== 'Q')) return null;
  return { by, text: match[3] ?? '', negated: match[1] === '!' };
}

/** The first letter decides, as in sendmail. */
export function parseSortOrder(text: string): SortOrder | null {
  const letter = text.charAt(0).toLowerCase();
  return SORT_ORDERS.find((order) => letter !== '' && order.startsWith(letter)) ?? null;
}
