/**
 * What a sendmail command line asks for, parsed: one value for each mode, so that whoever carries
 * it out has no flags to look at. Text from the command line holds one byte a character.
 */
import type { QueueFilter, SortOrder } from '../spool/selection.js';
import type { ExitStatus } from '../system/exit-status.js';

/** Print (default), mail back, write to the terminal, mail back with exit 0, quiet. */
export type ErrorMode = 'p' | 'm' | 'w' | 'e' | 'q';

/** Deferred and queue: queue it. Background and interactive: try to send it at once, too. */
export type DeliveryModeLetter = 'd' | 'q' | 'b' | 'i';

/** Holds for every mode. */
export interface CommonOptions {
  /** -C: settings file. */
  readonly settingsFile: string | null;
  /** -O QueueDirectory=, -oQ */
  readonly queueDirectory: string | null;
  /** -L: tag of log lines. */
  readonly logTag: string | null;
  readonly verbose: boolean;
  /** Said on standard error and otherwise without effect. */
  readonly remarks: readonly string[];
}

export interface SubmissionRequest {
  /** Words after the options. */
  readonly recipients: readonly string[];
  /** -t */
  readonly recipientsFromHeader: boolean;
  /** -f or -r as typed, empty for the null reverse-path; null when not given. */
  readonly sender: string | null;
  readonly senderOption: 'f' | 'r';
  /** -F; empty: nor is NAME looked at. */
  readonly fullName: string | null;
  /** -i, -oi */
  readonly ignoreDots: boolean;
  /** -B as typed. What is neither 7BIT nor 8BITMIME: said, mail queued all the same, exit status 64. */
  readonly bodyType: string | null;
  /** -o7: clear the eighth bit. */
  readonly sevenBit: boolean;
  /** -OEightBitMode=strict: 8-bit data is frowned upon. */
  readonly eightBitRefused: boolean;
  /** -N as flags of the R line; null when not given. */
  readonly notify: string | null;
  readonly returnPart: 'full' | 'headers' | null;
  readonly envelopeId: string | null;
  readonly hopCount: number;
  /** -p, -M, -oM: protocol and host it was received by and from; empty ones are recorded, but not said in Received. */
  readonly protocol: string | null;
  readonly receivedFrom: string | null;
  /** -G: mail of others passing through. */
  readonly relayed: boolean;
  readonly errorMode: ErrorMode;
  /** -od; null: as the settings say. */
  readonly deliveryMode: DeliveryModeLetter | null;
  /** -n: aliases are left alone. */
  readonly noAliases: boolean;
  readonly tuning: Tuning;
}

/** Its recipients are aimed at the relay at once, as sendmail does unless delivery is deferred. */
export function isAimed({ relayed, deliveryMode }: Pick<SubmissionRequest, 'relayed' | 'deliveryMode'>): boolean {
  return relayed || (deliveryMode !== null && deliveryMode !== 'd');
}

/** An attempt follows at once, and tells the log what became of it. */
export function isTriedAtOnce({ deliveryMode }: Pick<SubmissionRequest, 'deliveryMode'>): boolean {
  return deliveryMode === 'i' || deliveryMode === 'b';
}

/** None, or one that sendmail knows. */
export function isBodyType(text: string | null): boolean {
  return text === null || /^(?:7bit|8bitmime)$/i.test(text);
}

export function isSevenBit({ bodyType, sevenBit }: Pick<SubmissionRequest, 'bodyType' | 'sevenBit'>): boolean {
  return isBodyType(bodyType) && bodyType !== null ? bodyType.toUpperCase() === '7BIT' : sevenBit;
}

/** Numbers of sendmail's configuration that -O may change; absent: as it comes. */
export interface Tuning {
  readonly recipientFactor?: number;
  readonly classFactor?: number;
  readonly maxHops?: number;
  /** Of one message of -bs. */
  readonly maxRecipients?: number;
  /** false: blanks in a list of addresses do not separate. */
  readonly oldStyleLists?: boolean;
  /** What a header without To, Cc and Bcc gets, as -O NoRecipientAction names it. */
  readonly noRecipientAction?: string;
}

/** -O MaxQueueRunSize, MinQueueAge, MaxQueueAge, QueueLA, QueueFactor. */
export interface QueueLimits {
  /** So many jobs at most; null: all. */
  readonly jobs: number | null;
  /** A job tried less than this ago is passed over; 0: none is. */
  readonly minAgeSeconds: number;
  /** The same, but no longer than the job was old when it was tried. */
  readonly maxAgeSeconds: number;
  /** Only where one of them is given: nothing waits for a less busy machine by itself. */
  readonly load: LoadLimit | null;
}

export interface LoadLimit {
  readonly queueLoad: number;
  readonly queueFactor: number;
}

export interface QueueRunOptions {
  /** Only these jobs, schedule ignored: a message just submitted with -v, -odi, -odb. */
  readonly ids?: readonly string[];
  readonly filters: readonly QueueFilter[];
  /** qf, or what -qQ and -qL select: quarantined (hf), lost (Qf). */
  readonly kind: 'qf' | 'hf' | 'Qf';
  /** -O QueueSortOrder: in exactly this order; null: in ours. */
  readonly sort: SortOrder | null;
  readonly limits?: QueueLimits;
  readonly verbose: boolean;
  /** Of -bs: the transcript stands between replies. */
  readonly inSession?: boolean;
  /** -qf, or -v: wait for the run; else it goes on by itself and the command ends at once. */
  readonly foreground: boolean;
  /** -qG: the one queue here is called mqueue, as sendmail's is. */
  readonly group?: string | null;
  /** -q30m: again and again, so many seconds apart; null: once. */
  readonly intervalSeconds: number | null;
  /** -qp: so many seconds after a run, not after its start. */
  readonly persistent?: boolean;
  /** -Qreason: set the selected jobs aside instead of sending; a null reason releases them. */
  readonly quarantine: { readonly reason: string | null } | null;
  readonly settingsFile: string | null;
  readonly queueDirectory: string | null;
  /** -L */
  readonly logTag?: string | null;
}

export interface ListRequest {
  readonly filters: readonly QueueFilter[];
  readonly kind: 'qf' | 'hf' | 'Qf';
  readonly sort: SortOrder;
  readonly limits: QueueLimits;
  /** -qG */
  readonly group?: string | null;
}

export type Action =
  /** `withCodes`, -ba: words as replies of SMTP. */
  | { readonly mode: 'deliver'; readonly request: SubmissionRequest; readonly withCodes?: true }
  | { readonly mode: 'smtp'; readonly request: SubmissionRequest }
  | { readonly mode: 'verify'; readonly request: SubmissionRequest }
  | { readonly mode: 'list'; readonly list: ListRequest }
  | { readonly mode: 'run'; readonly run: QueueRunOptions }
  | { readonly mode: 'aliases' }
  | { readonly mode: 'nothing' }
  | { readonly mode: 'option-names' }
  | { readonly mode: 'address-test' }
  | { readonly mode: 'refused'; readonly status: ExitStatus; readonly stdout: string; readonly stderr: string };

export interface Invocation {
  readonly common: CommonOptions;
  readonly action: Action;
  /** Lines for standard output before anything else. */
  readonly warnings: readonly string[];
}
