/**
 * What a queue run is given (ports), asked (options), and what it carries along. The parts of
 * the run share this one value; each port is an interface with a real and a test side.
 */
import type { Readable } from 'node:stream';
import type { Connect, Outcome } from '../delivery/delivery.js';
import type { Relay, RelayProblem } from '../delivery/relay.js';
import type { Rewriting } from '../mail/rewriting.js';
import type { ControlFile } from '../spool/control-file.js';
import type { ClaimedJob, JobReference, Spool, SurveyedJob } from '../spool/spool.js';
import type { Clock } from '../system/clock.js';
import type { MailLog } from '../system/log.js';
import type { UserIds } from './controlling-user.js';
import type { Journal, JournalRecord } from './journal.js';
import type { Pace } from './pace.js';
import type { ProgressBook } from './progress.js';

/** The message of a job as it goes out: CRLF lines, not dot-stuffed, the same bytes each time. */
export interface MessageSource {
  open(job: ClaimedJob): Readable;
  sizeBytes(job: ClaimedJob): number;
  /** Its body is not as it was submitted (lines too long for SMTP): only `sizeBytes` knows how long it is. */
  isEncoded?(job: ClaimedJob): boolean;
}

export type RouteDecision =
  | { readonly kind: 'relay'; readonly relay: Relay }
  | { readonly kind: 'none'; readonly reason: string };

export interface RunPorts {
  readonly spool: Spool;
  readonly connect: Connect;
  readonly messages: MessageSource;
  readonly log: MailLog;
  readonly clock: Clock;
  /** Which relay serves this message now; asked afresh on each attempt. */
  route(control: Routable): RouteDecision;
  /** Name for EHLO, and in reports. */
  readonly hostname: string;
  /** How addresses are written on the wire. The same as in `messages`. */
  readonly rewriting: Rewriting;
  /**
   * By queue id: what a relay said of a message and the disk did not take down. It is written
   * down before anything else happens to the message, so it outlives the run.
   */
  readonly unrecorded: Map<string, Unrecorded>;
  /** A user of this computer; null: there is none of that name. For the log. */
  userIds?(login: string): UserIds | null;
  /** What reports need; without it none are made. */
  readonly reports?: ReportPorts;
  readonly pace: Pace;
  readonly progress: ProgressBook;
  /** For whoever asks later; absent: nobody does. */
  readonly journal?: Pick<Journal, 'append' | 'conclude'>;
}

export interface Unrecorded {
  /** null: the relay said nothing. */
  readonly outcomes: ReadonlyMap<string, Outcome> | null;
  /** By which their addresses were written: settings may have changed since. */
  readonly rewriting?: Rewriting;
  /** For the journal. */
  readonly entry?: JournalRecord;
  /** Messages made of it already, by what is in them: they are not made again. */
  readonly made?: ReadonlyMap<string, string>;
}

export interface ReportPorts {
  /** In the parentheses of Received. */
  readonly version: string;
  /** Minutes east of Greenwich at an instant. */
  offsetMinutes(atMilliseconds: number): number;
  /** The report as it goes to those who read the mail of whom it is for. */
  addressed?(report: ControlFile): ControlFile;
  /** Header section of a message as it is returned. */
  returnedHeader(control: ControlFile): string;
  /** How old a message has become while this relay could be reached, and it tried. */
  ageSeconds(relay: string, control: ControlFile, nowSeconds: number): number;
}

export interface RunOptions {
  /** The schedule is ignored for these: a person or a command asked. */
  readonly flush: (id: string) => boolean;
  /** One of many runs that a clock brings: what a person is to decide about is not sent by it, whatever it flushes. */
  readonly recurring?: boolean;
  /** Whether the instant has come that a message waits for; by the wall clock when absent (schedule.ts). */
  readonly hasCome?: (id: string, dueAt: number) => boolean;
  /** Mail nobody tried yet waits so long; absent: not at all. */
  readonly undoWindowMs?: number;
  /** What is this old and nobody asked for is held, and a person asked; 0 or absent: it is sent. */
  readonly askAfterMs?: number;
  /** Asked again when its turn has come: false leaves a message as it is. */
  readonly stillWanted?: (id: string) => boolean;
  /** hf: messages in quarantine, which stay there when they cannot go; qf when absent. */
  readonly kind?: 'qf' | 'hf';
  /** Leaves jobs out; all are taken when absent. */
  readonly select?: (job: SurveyedJob) => boolean;
  /** Exactly this order over one connection a relay, whoever the senders are; ours when absent (order.ts). */
  readonly order?: readonly string[];
  /** Relays not to be tried now for messages nobody asked for. */
  readonly skipRelay?: (name: string) => boolean;
  /** Only this relay; all are served when absent. */
  readonly relay?: string;
  /** A job was taken or let go by this run, or has come further. */
  readonly onJob?: (id: string) => void;
  /** A job stays as it was for a reason of its own: locked, or its files cannot be read or written. */
  readonly onPassed?: (id: string) => void;
  readonly whenUncertain: 'retry' | 'hold';
  readonly connectTimeoutMs: number;
  readonly transcript?: (line: string) => void;
  /** Without a transcript: what was refused for good, or is lost, in the words it would have. */
  readonly complaint?: (line: string) => void;
  /** Words of our own, for people, that sendmail's transcript does not have. */
  readonly remark?: (line: string) => void;
  /**
   * Somebody ran it by hand, or as part of a submission: a relay that turns us away then counts as
   * an attempt, as with sendmail. Absent: it costs the message nothing.
   */
  readonly counting?: 'run' | 'submission';
  /** What becomes of recipients that are refused for good; held when absent. */
  readonly onFailure?: 'hold' | 'bounce' | 'both';
  readonly warnAfterSeconds?: number;
  readonly giveUpAfterSeconds?: number;
  /** A relay that could not be used, or could be, as soon as it is known. `relay`: its settings as they were. */
  readonly onRelay?: (name: string, problem: RelayProblem | null, relay: Relay) => void;
  readonly signal?: AbortSignal;
}

/** Recipients, counted. */
export interface RunSummary {
  sent: number;
  deferred: number;
  failed: number;
  uncertain: number;
  /** Messages left alone because no relay serves them. */
  unrouted: number;
  /** sysexits: the first that was refused of the last message, its report included; 0 when nothing was. */
  exitStatus: number;
}

export interface Run {
  readonly ports: RunPorts;
  readonly options: RunOptions;
  readonly summary: RunSummary;
  /** `sequence next of total`, for the transcript. */
  next: number;
  total: number;
  /** The disk took no result: nothing more is sent, since it might have to be sent again. */
  fault: unknown;
}

/** What says which relay serves a message; of the header, From is enough. */
export type Routable = Pick<ControlFile, 'createdAtSeconds' | 'sender' | 'headers'> &
  Partial<Pick<ControlFile, 'flags' | 'recipients'>>;

/** A job whose turn has come, as it was found then. */
export interface Candidate extends JobReference {
  readonly control: ControlFile;
  /** A report just made: its attempt counts as one at submission does, without a change of priority. Its size as announced. */
  readonly firstAttempt?: { readonly sizeBytes: number };
}
