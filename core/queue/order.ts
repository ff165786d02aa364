/**
 * Who goes when. Messages of one sender to one relay form a lane and leave in the order they
 * were submitted (a patch series arrives as written); lanes start in sendmail's order,
 * lowest priority number first, so that a small note does not wait behind somebody's bulk. Pure.
 */
/** As somebody asked: one lane. What is not named goes last. */
export function givenOrder<Job extends Pick<Orderable, 'id'>>(jobs: readonly Job[], order: readonly string[]): Job[] {
  const places = new Map(order.map((id, place) => [id, place]));
  const placeOf = ({ id }: Job): number => places.get(id) ?? order.length;
  return jobs.toSorted((a, b) => placeOf(a) - placeOf(b));
}

export interface Orderable {
  readonly id: string;
  readonly sender: string;
  readonly priority: number;
  readonly createdAtSeconds: number;
}

/**
 * Jobs of one relay, as lanes. `dataChangedAtNs`: when the data file was written, which is once, at
 * submission; asked for only where two of a sender were submitted within one second.
 */
export function laneOrder<Job extends Orderable>(
  jobs: readonly Job[],
  dataChangedAtNs: (id: string) => bigint,
): Job[][] {
  const asked = new Map<string, bigint>();
  const writtenAt = (id: string): bigint => {
    const at = asked.get(id) ?? dataChangedAtNs(id);
    asked.set(id, at);
    return at;
  };
  const bySubmission = (a: Orderable, b: Orderable): number => {
    if (a.createdAtSeconds !== b.createdAtSeconds) return a.createdAtSeconds - b.createdAtSeconds;
    const [atA, atB] = [writtenAt(a.id), writtenAt(b.id)];
    if (atA !== atB) return atA < atB ? -1 : 1;
    return a.id < b.id ? -1 : 1;
  };

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
