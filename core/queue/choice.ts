/**
 * Which messages a run is about. All of the queue is gone through once, lightly and in slices: of
 * each message only what says whose turn it is and which relay serves it is kept, so that ten thousand
 * of them neither fill the memory nor keep the first one waiting. The control file itself is
 * read when its turn has come, and all that may have changed by then is asked again.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Relay } from '../delivery/relay.js';
import type { ControlFile } from '../spool/control-file.js';
import type { JobReference, SurveyedJob } from '../spool/spool.js';
import { passOver } from './attempt.js';
import type { Orderable } from './order.js';
import type { Candidate, Routable, Run } from './run-context.js';
import { isDue } from './schedule.js';

/** A message as it was when the run began. */
export interface ChosenJob extends JobReference, Orderable {
  readonly origin: Routable;
}

export interface RelayJobs {
  readonly relay: Relay;
  readonly jobs: ChosenJob[];
}

/** What route looks at. */
const ROUTE_FIELDS: ReadonlySet<string> = new Set(['from']);
/** Milliseconds: a window that the same process serves does not stutter. */
const SLICE_MS = 10;

export async function chooseJobs(run: Run): Promise<RelayJobs[]> {
  const { ports, options } = run;
  const { clock } = ports;
  const now = clock.now();
  const byRelay = new Map<string, RelayJobs>();
  let sliceEndsAt = clock.steady() + SLICE_MS;
  const onUnread = (id: string, error: unknown): void => passOver(run, id, error);
  for (const snapshot of ports.spool.survey({ kind: options.kind ?? 'qf', fields: ROUTE_FIELDS, onUnread })) {
    try {
      choose(run, snapshot, now, byRelay);
    } catch (error) {
      passOver(run, snapshot.id, error);
    }
    if (clock.steady() < sliceEndsAt) continue;
    await nextTurn();
    if (options.signal?.aborted === true) return [];
    sliceEndsAt = clock.steady() + SLICE_MS;
  }
  return [...byRelay.values()];
}

function choose(run: Run, snapshot: SurveyedJob, now: number, byRelay: Map<string, RelayJobs>): void {
  const { ports, options, summary } = run;
  const { id, kind, control, damage } = snapshot;
  if (options.select?.(snapshot) === false) return;
  if (control === undefined || damage !== undefined) {
    setAside(run, snapshot);
    options.onPassed?.(id);
    return;
  }
  // What put a message off, and whom a report is for, only the whole control file says.
  const whole = (): ControlFile | undefined => ports.spool.read({ id, kind })?.control;
  if (!options.flush(id) && !isDue(id, control, now) && !isDue(id, whole() ?? control, now)) return;
  const { sender, priority, createdAtSeconds, headers } = control;
  const origin = { sender, createdAtSeconds, headers, ...(isDaemon(sender) ? readerOf(whole()) : {}) };
  const decision = ports.route(origin);
  if (decision.kind === 'none') {
    summary.unrouted += 1;
    options.remark?.(`${id}: ${decision.reason}`);
    return;
  }
  const { relay } = decision;
  if (options.relay !== undefined && options.relay !== relay.name) return;
  if (options.skipRelay?.(relay.name) === true && !options.flush(id)) return;
  const job = { id, kind, origin, sender, priority, createdAtSeconds };
  const group = byRelay.get(relay.name);
  if (group === undefined) byRelay.set(relay.name, { relay, jobs: [job] });
  else group.jobs.push(job);
}

/** Whoever writes reports; whether this is one, the whole control file says. */
function isDaemon(sender: string): boolean {
  return /^[\s<]*(?:mailer-daemon(?:@[^<>]*)?)?[\s>]*$/i.test(sender);
}

function readerOf(control: ControlFile | undefined): Pick<Routable, 'flags' | 'recipients'> {
  return control === undefined ? {} : { flags: control.flags, recipients: control.recipients };
}

/** The message as it is now that its turn has come; null when it is not to be tried after all. */
export function takeUp(run: Run, job: ChosenJob): Candidate | null {
  try {
    return lookAgain(run, job);
  } catch (error) {
    passOver(run, job.id, error);
    return null;
  }
}

function lookAgain(run: Run, { id, kind }: ChosenJob): Candidate | null {
  const { ports, options } = run;
  const snapshot = ports.spool.read({ id, kind });
  if (snapshot === null) return null;
  const { control, damage, locked, uncertain } = snapshot;
  if (locked) {
    options.onPassed?.(id);
    return null;
  }
  if (control === undefined || damage !== undefined) {
    setAside(run, snapshot);
    options.onPassed?.(id);
    return null;
  }
  const asked = options.flush(id);
  if (!asked && !isDue(id, control, ports.clock.now())) return null;
  if (!asked && uncertain !== undefined && options.whenUncertain === 'hold') return null;
  return { id, kind, control };
}

/** The claim moves a damaged job to Qf, and the spool says so once. */
function setAside(
  { ports, options, summary }: Run,
  { id, kind, damage }: JobReference & { readonly damage?: string },
): void {
  const claim = ports.spool.claim({ id, kind });
  if (typeof claim !== 'string') claim.release();
  else if (claim === 'damaged') {
    (options.transcript ?? options.complaint)?.(`Losing ./${kind}${id}: ${damage ?? 'not readable'}`);
    summary.exitStatus = EX_SOFTWARE;
  }
}

/** What sendmail ends with when the last message was lost. */
const EX_SOFTWARE = 70;
