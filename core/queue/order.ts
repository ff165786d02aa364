/**
 * Who goes when. Messages of one sender to one relay form a lane and leave in the order they
 * were submitted (a patch series arrives as written); lanes start in sendmail's order,
 * lowest priority number first, so that a small note does not wait behind somebody's bulk. Pure.
 */
export interface Orderable {
  readonly id: string;
  readonly sender: string;
  readonly priority: number;
  readonly createdAtSeconds: number;
  /** Nanoseconds; the data file is written once, at submission. */
  readonly dataChangedAtNs: bigint;
}

/** Jobs of one relay, as lanes. */
export function laneOrder<Job extends Orderable>(jobs: readonly Job[]): Job[][] {
  const lanes = new Map<string, Job[]>();
  for (const job of jobs) {
    const lane = lanes.get(job.sender);
    if (lane === undefined) lanes.set(job.sender, [job]);
    else lane.push(job);
  }
  for (const lane of lanes.values()) lane.sort(bySubmission);
  const best = (lane: readonly Job[]): number => lane.reduce((least, job) => Math.min(least, job.priority), Infinity);
  return [...lanes.values()]
    .map((lane) => ({ lane, first: best(lane) }))
    .sort((a, b) => a.first - b.first)
    .map(({ lane }) => lane);
}

function bySubmission(a: Orderable, b: Orderable): number {
  if (a.createdAtSeconds !== b.createdAtSeconds) return a.createdAtSeconds - b.createdAtSeconds;
  if (a.dataChangedAtNs !== b.dataChangedAtNs) return a.dataChangedAtNs < b.dataChangedAtNs ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
