/**
 * Control file (qf): envelope and header, one record per line, each named by its
 * first character. Bytes, not UTF-8: read it as latin1, so each string here holds
 * one byte a character.
 *
 *   V8                     format version; first line, or version 0 when absent
 *   RPFD:ann@example.org   recipient: flags, colon, forward-path
 *   .                      end; a missing end or anything after it is damage
 *
 * Source: sendmail Installation and Operation Guide, "Queue File Formats"; where
 * sendmail 8.17 differs we follow the program (FORMAT.md). Pure: damage throws
 * ControlFileError, which the spool answers by marking the message lost (Qf).
 */
export { formatControlFile } from './control-file-format.js';
export { ControlFileError, parseControlFile, salvageControlFile } from './control-file-parse.js';

export interface RecipientRecord {
  /** M before the recipient: its last status. */
  readonly message?: string;
  /** C in force for this recipient, text after the letter; absent when none. */
  readonly controllingUser?: string;
  /** Q: ORCPT (RFC 3461 §4.2), xtext as given. */
  readonly originalRecipient?: string;
  /** r: `RFC822; bob@example.net`. */
  readonly finalRecipient?: string;
  /** Flags of R as written, `PFD`. N says NOTIFY was given, so N without S, F, D is NEVER (RFC 3461 §4.1). */
  readonly flags: string;
  /** Address text as given, comments and names included. */
  readonly address: string;
}

export interface HeaderRecord {
  /** Between the question marks: empty for the user's own fields, `P`, `D`, `F`, `M`, `x`, `${name}`. */
  readonly condition: string;
  readonly name: string;
  /** All after the colon, folds (LF) and blanks kept; escapes of the file (0xFF, 0x81) as they stand. */
  readonly value: string;
}

export interface ControlFile {
  /** Of the file it was read from; what is written is version 8. */
  readonly version: number;
  /** T: creation, seconds since the epoch. */
  readonly createdAtSeconds: number;
  /** K: last attempt, seconds since the epoch; 0 = none. */
  readonly lastAttemptSeconds: number;
  /** N: attempts. */
  readonly attempts: number;
  /** P */
  readonly priority: number;
  /** d */
  readonly dataDirectory?: string;
  /** I: device/inode of the data file, as `maj/min/ino`. */
  readonly dataFileId?: string;
  /** B: `8BITMIME` or `7BIT`. */
  readonly bodyType?: string;
  /** q */
  readonly quarantineReason?: string;
  /** q stands just before S, where `sendmail -Q` puts it, instead of before the envelope's M, where a run does. */
  readonly quarantineBeforeSender?: true;
  /** M of the envelope. */
  readonly message?: string;
  /** F, empty when there is no line. */
  readonly flags: string;
  /** $ lines in order, name with braces where it has them: `['_', 'alice@localhost']`. */
  readonly macros: readonly (readonly [name: string, value: string])[];
  /** S */
  readonly sender: string;
  /** Z: ENVID, xtext. */
  readonly envelopeId?: string;
  /** A: AUTH= value, xtext. */
  readonly authParameter?: string;
  /** `!` line after its letter, raw. */
  readonly deliverBy?: string;
  /** Records that came again, all but the last of each: the last one holds, and these are kept. */
  readonly repeated?: readonly (readonly [code: string, value: string])[];
  readonly recipients: readonly RecipientRecord[];
  readonly headers: readonly HeaderRecord[];
}
