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
import { askedReason } from './hold-reason.js';
import type { Orderable } from './order.js';
import type { Candidate, Routable, Run } from './run-context.js';
import { dueAt, hasCome, isRepeated, lastSignOfLife, type Tried } from './schedule.js';
import { isSlow } from './slow-lane.js';
import { passOver } from './telling.js';

/** A message as it was when the run began. */
export interface ChosenJob extends JobReference, Orderable {
  readonly origin: Routable;
  /** For the slow lane. */
  readonly slow: boolean;
}

export interface RelayJobs {
  readonly relay: Relay;
  readonly jobs: ChosenJob[];
}

/** What route looks at. */
const ROUTE_FIELDS: ReadonlySet<string> = new Set(['from']);
/** Milliseconds: a window that the same process serves does not stutter. */
const SLICE_MS = 10;

/** `isTaken`: of an earlier run that is not through with it. */
export async function chooseJobs(run: Run, isTaken: (id: string) => boolean): Promise<RelayJobs[]> {
  const { ports, options } = run;
  const { clock } = ports;
  const byRelay = new Map<string, RelayJobs>();
  let sliceEndsAt = clock.steady() + SLICE_MS;
  const onUnread = (id: string, error: unknown): void => passOver(run, id, error);
  for (const snapshot of ports.spool.survey({ kind: options.kind ?? 'qf', fields: ROUTE_FIELDS, onUnread })) {
    try {
      if (!isTaken(snapshot.id)) choose(run, snapshot, byRelay);
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

function choose(run: Run, snapshot: SurveyedJob, byRelay: Map<string, RelayJobs>): void {
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
  if (!options.flush(id) && !isDue(run, id, control) && !isDue(run, id, whole() ?? control)) return;
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
  // The priority knows the size; where it tells of a big one the file is asked.
  const slow = isSlow(control, () => ports.spool.read({ id, kind })?.dataBytes ?? 0);
  const job = { id, kind, origin, sender, priority, createdAtSeconds, slow };
  const group = byRelay.get(relay.name);
  if (group === undefined) byRelay.set(relay.name, { relay, jobs: [job] });
  else group.jobs.push(job);
}

function isDue({ ports, options }: Run, id: string, control: Tried): boolean {
  const at = dueAt(id, control, options.undoWindowMs);
  return options.hasCome?.(id, at) ?? hasCome(at, ports.clock.now(), options.undoWindowMs);
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
  if (options.stillWanted?.(id) === false) return null;
  if (!asked && !isDue(run, id, control)) return null;
  const decided = asked && (options.recurring !== true || kind === 'hf');
  if (!decided && isTooOld(run, control)) return askAbout(run, { id, kind }, control);
  if (!decided && uncertain !== undefined && !isRepeated(uncertain, options.whenUncertain)) return null;
  return { id, kind, control };
}

/** By the calendar, however little of that time its relay could be reached. */
function isTooOld({ ports, options: { askAfterMs = 0 } }: Run, control: ControlFile): boolean {
  return askAfterMs > 0 && ports.clock.now() - lastSignOfLife(control) > askAfterMs;
}

/** After a long absence a person says whether old mail still goes. */
function askAbout({ ports, options }: Run, job: JobReference, control: ControlFile): null {
  const claimed = ports.spool.claim(job);
  if (typeof claimed === 'string') {
    options.onPassed?.(job.id);
    return null;
  }
  try {
    const reason = askedReason(control.createdAtSeconds);
    claimed.quarantine(reason);
    ports.log.write(job.id, `quarantine=${reason}`);
  } finally {
    claimed.release();
  }
  options.onJob?.(job.id);
  return null;
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
