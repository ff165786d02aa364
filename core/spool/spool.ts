/**
 * The client spool as the rest of the program sees it: jobs that can be listed, read, claimed,
 * rewritten and removed. The directory of sendmail's queue files is one implementation
 * (directory-spool.ts); the promises below are what any implementation keeps.
 *
 * Submission does not come through here: it only creates (create-job.ts) and needs no lock.
 */
import type { Readable } from 'node:stream';
import type { ControlFile } from './control-file.js';
import type { Outline } from './outline.js';

/** qf: normal. hf: quarantined (held). Qf: lost, control file not usable, bytes kept. */
export type JobKind = 'qf' | 'hf' | 'Qf';

export interface JobReference {
  readonly id: string;
  readonly kind: JobKind;
}

/** A job read without claiming it. Everything here may be stale a moment later. */
export interface JobSnapshot extends JobReference {
  /** Absent when the control file cannot be understood; `damage` says why. */
  readonly control?: ControlFile;
  readonly damage?: string;
  /** Size of the data file in bytes; -1 when it is missing. */
  readonly dataBytes: number;
  /** Last change of the data file, nanoseconds: the order of submission within one second. */
  readonly dataChangedAtNs: bigint;
  /** Somebody holds the lock: a submission, a run, or a real sendmail. */
  readonly locked: boolean;
  /** xf evidence that the final dot of an attempt went out and its result is not on disk. */
  readonly uncertain?: Uncertain;
}

/** Written and synced before the final dot, removed with the result. */
export interface Uncertain {
  readonly relay: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Forward-paths the relay had accepted for this transaction. */
  readonly recipients: readonly string[];
  /** So many attempts ended so, one after another; read from the file, 1 when absent. */
  readonly times?: number;
}

/** A job of its own made around the body of another: a report about it. Text is one character a byte. */
export interface Enclosure {
  readonly control: ControlFile;
  readonly head: string;
  /** How the body goes in between; null: not at all. */
  readonly body: { copy(chunk: Uint8Array): Uint8Array; finish(): Uint8Array } | null;
  readonly tail: string;
}

export interface RewriteOptions {
  /** By the submission itself, which leaves out the I line as sendmail does. */
  readonly submitting?: boolean;
}

/** Exclusive hold on one job until `release`, `remove`, or death of the process. */
export interface ClaimedJob extends JobReference {
  readonly control: ControlFile;
  readonly dataBytes: number;
  readonly dataChangedAtNs: bigint;
  readonly uncertain?: Uncertain;
  /** The body, from its first byte; may be opened any number of times while claimed. */
  openData(): Readable;
  /** The body in pieces, each of which lasts until `take` returns; false: it has seen enough. Done when this returns. */
  readData(take: (chunk: Uint8Array) => boolean): void;
  /** Replace the control file durably (tf, sync, rename, sync of the directory), as `kind`. Keeps the claim. */
  rewrite(control: ControlFile, kind?: 'qf' | 'hf', options?: RewriteOptions): void;
  /**
   * Only the q line changes, as `sendmail -Q` does it; null takes the job out of quarantine. Answers with the
   * reasons it was there for until now.
   */
  quarantine(reason: string | null): readonly string[];
  /** Make another job with the same body (recipients that failed for good are set aside this way). */
  split(control: (id: string) => ControlFile, kind: 'qf' | 'hf'): string;
  /** Queue another job that may hold this one's body; it is durable when its id is returned. */
  enclose(make: (id: string) => Enclosure): string;
  /** Set the control file aside as lost (Qf); bytes kept, claim ended. */
  lose(why: string): void;
  /** Control file first, directory synced, then the data file; claim ended. */
  remove(): void;
  /** Sync the evidence that the final dot is about to go out. */
  markUncertain(evidence: Uncertain): void;
  clearUncertain(): void;
  release(): void;
}

export type ClaimRefusal = 'busy' | 'gone' | 'damaged';

/** A job seen in passing. */
export interface SurveyedJob extends Pick<JobSnapshot, 'id' | 'kind' | 'damage'> {
  readonly control?: Outline;
}

export interface SurveyOptions {
  readonly kind: JobKind;
  /** Header fields to keep, by name in small letters. */
  readonly fields?: ReadonlySet<string>;
  /** A job whose files could not be read just now is not the others' trouble; thrown when absent. */
  readonly onUnread?: (id: string, error: unknown) => void;
}

export interface Spool {
  readonly directory: string;
  /** Every job by name, unordered; debris (df or tf alone) and names sendmail would ignore are left out. */
  list(): JobReference[];
  /** The same one by one, for work in slices; a job that comes or goes meanwhile may be among them or not. */
  walk(): Iterable<JobReference>;
  /**
   * Jobs of one kind in the directory's order, read as lightly as can be (survey.ts): without header
   * fields but those named. A control file that cannot be opened is left out.
   */
  survey(options: SurveyOptions): Iterable<SurveyedJob>;
  /** As in JobSnapshot; 0 when there is no data file. */
  dataChangedAtNs(id: string): bigint;
  /** null when the job is gone, or not to be judged yet. Never throws for what is in a file. */
  read(reference: JobReference): JobSnapshot | null;
  /** Whether it has a control file, though `read` may say nothing of it yet: somebody makes it, or writes it under lock. */
  holds(id: string): boolean;
  /** Body of a job for showing; null when it is missing. */
  openData(id: string): Readable | null;
  /**
   * Take the job or say why not. flock(2), exclusive, on the control file, then the file is
   * checked to be the one of that name still. A damaged job is moved to Qf by the claim.
   */
  claim(reference: JobReference): ClaimedJob | ClaimRefusal;
  /** Remove a job by a person's wish, whatever state it is in, under its lock: control file, sync, data file. */
  discard(reference: JobReference): 'done' | 'busy' | 'gone';
}
