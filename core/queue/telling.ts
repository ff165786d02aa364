/**
 * What the parts of a queue run say and ask about one message: its lines in transcript and log, whether it still goes
 * this way, its claim. One message's trouble with its own files is not the run's.
 */
import type { Relay } from '../delivery/relay.js';
import type { ControlFile } from '../spool/control-file.js';
import type { ClaimedJob } from '../spool/spool.js';
import { controllingUser } from './controlling-user.js';
import { recipientNames } from './envelope.js';
import type { Attempt } from './log-lines.js';
import type { Candidate, Run } from './run-context.js';

export function announce(run: Run, candidate: Candidate): void {
  const { ports, options } = run;
  run.summary.exitStatus = 0;
  // Part of a submission, it is the only one and nobody asked for a run.
  if (options.counting === 'submission') return;
  options.transcript?.('');
  options.transcript?.(`Running ${ports.spool.directory}/${candidate.id} (sequence ${run.next} of ${run.total})`);
  run.next += 1;
}

/** A line of the transcript about all recipients: `a@x,b@y... text`. */
export function sayTo(run: Run, candidate: Candidate, text: string): void {
  run.options.transcript?.(`${namesOf(run, candidate.control).join(',')}... ${text}`);
}

/** Whether the message would go this way now: the settings, or the file, may have been edited since it was chosen. */
export function stillServes({ ports }: Run, control: ControlFile, relay: Relay): boolean {
  const decision = ports.route(control);
  return decision.kind === 'relay' && JSON.stringify(decision.relay) === JSON.stringify(relay);
}

/** One message's trouble with its own files is not the run's, unless the disk takes no results any more. */
export async function guarded<Result>(
  run: Run,
  id: string,
  act: () => Promise<Result> | Result,
): Promise<Result | null> {
  try {
    return await act();
  } catch (error) {
    passOver(run, id, error);
    if (run.ports.unrecorded.get(id)?.outcomes != null) run.fault ??= error;
    return null;
  }
}

export function passOver({ ports, options }: Run, id: string, error: unknown): void {
  const words = error instanceof Error ? error.message : String(error);
  ports.log.write(id, `SYSERR: ${words}`);
  options.transcript?.(`${id}: ${words}`);
  options.onPassed?.(id);
}

/** As sendmail calls them in transcript and log: a hundred at most. */
export function namesOf({ ports }: Run, control: ControlFile): string[] {
  return [...recipientNames(control, ports.rewriting).values()].slice(0, 100);
}

export function logged(
  { ports }: Run,
  control: ControlFile,
  added: number,
): Pick<Attempt, 'control' | 'controllingUser'> {
  return {
    control: { ...control, priority: control.priority + added },
    controllingUser: controllingUser(control, ports.hostname, (login) => ports.userIds?.(login) ?? null),
  };
}

export function claim({ ports, options }: Run, candidate: Candidate): ClaimedJob | null {
  const claimed = ports.spool.claim(candidate);
  if (typeof claimed !== 'string') return claimed;
  if (claimed === 'busy') options.transcript?.(`${candidate.id}: locked`);
  options.onPassed?.(candidate.id);
  return null;
}
