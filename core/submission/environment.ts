/**
 * Everything a submission takes from outside, in one value: the tests submit in process with
 * another clock, user and input.
 */
import type { SubmissionSettings } from '../config/submission-settings.js';
import type { QueueIdSource } from '../spool/queue-id.js';
import type { ExitStatus } from '../system/exit-status.js';
import type { MailLog } from '../system/log.js';
import type { Aliases } from './aliases.js';
import type { Submitter } from './identity.js';

export interface SubmissionEnvironment {
  readonly clock: { now(): number };
  /** Minutes east of Greenwich at an instant. */
  offsetMinutes(atMilliseconds: number): number;
  readonly ids: QueueIdSource;
  readonly submitter: Submitter;
  lookUpFullName(login: string): string | null;
  /** Environment variable NAME. */
  readonly fullName: string | null;
  readonly hostname: string;
  /** In the parentheses of Received. */
  readonly version: string;
  readonly spoolDirectory: string;
  readonly settings: SubmissionSettings;
  readonly aliases: Aliases;
  /** Where dead.letter goes; null: nowhere. */
  readonly home: string | null;
  readonly log: MailLog;
  readonly input: AsyncIterable<Uint8Array>;
  /** Bytes free for us on the disk of the spool; null when nobody can say. */
  freeBytes(directory: string): number | null;
  /** Standard output, whole lines. */
  say(text: string): void;
  /** Standard error, whole lines. */
  complain(text: string): void;
  /**
   * What to undo when a signal ends the program now; null once the message is queued, or all is said. `status` is
   * that of the program then: what was refused stays refused.
   */
  onInterrupt(undo: (() => void) | null, status?: ExitStatus): void;
}
