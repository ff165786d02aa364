/**
 * Reads a control file (grammar: control-file.ts, FORMAT.md). A line that starts with a blank
 * continues the one before it; CR LF is read as LF. What sendmail 8.17 ignores on reading (D, E,
 * L lines) is ignored; what makes it lose a job throws ControlFileError with sendmail's words.
 *
 * Stricter than sendmail where leniency would send something wrong: no creation time, no
 * sender, no recipient and a number that is none are damage here.
 */
import { isXtext } from '../mail/xtext.js';
import type { ControlFile, HeaderRecord, RecipientRecord } from './control-file.js';

/** Newest format we read; the one we write. */
const FORMAT_VERSION = 8;

/** Damage. `reason` is sendmail's name for it, as in "Losing ./qfID: unrecognized line". */
export class ControlFileError extends Error {
  override readonly name = 'ControlFileError';
  readonly line: number;
  readonly reason: string;

  constructor(line: number, reason: string, detail: string) {
    super(`${reason} (line ${line}: ${shortened(detail)})`);
    this.line = line;
    this.reason = reason;
  }
}

/** sendmail's length of quotations in complaints; a record may have millions of bytes. */
function shortened(text: string): string {
  return text.length <= 203 ? text : `${text.slice(0, 100)}...${text.slice(-100)}`;
}

const UNRECOGNIZED = 'unrecognized line';
const BOGUS = 'bogus queue line';

type Draft = {
  -readonly [Key in Exclude<keyof ControlFile, 'macros' | 'repeated' | 'recipients' | 'headers'>]?: ControlFile[Key];
} & {
  macros: (readonly [string, string])[];
  repeated: (readonly [string, string])[];
  recipients: RecipientRecord[];
  headers: HeaderRecord[];
  /** M, C, Q, r lines waiting for their R. */
  pending: Omit<RecipientRecord, 'flags' | 'address'>;
};

type OnDamage = (damage: ControlFileError) => void;

/** Bytes, or the same as a latin1 string. */
export function parseControlFile(bytes: Uint8Array | string): ControlFile {
  const draft = newDraft();
  readRecords(latin1(bytes), draft, (damage) => {
    throw damage;
  });
  if (draft.createdAtSeconds === undefined) throw new ControlFileError(1, UNRECOGNIZED, 'no creation time (T)');
  if (draft.sender === undefined) throw new ControlFileError(1, UNRECOGNIZED, 'no sender (S)');
  if (draft.recipients.length === 0) throw new ControlFileError(1, UNRECOGNIZED, 'no recipient (R)');
  return finish(draft);
}

/** A file with more of them than this is none of sendmail's. */
const FAULTS_TAKEN = 1000;

/** What can be made out of a damaged file, for showing only; undefined when that is nothing. */
export function salvageControlFile(bytes: Uint8Array | string): ControlFile | undefined {
  const draft = newDraft();
  let faults = 0;
  try {
    readRecords(latin1(bytes), draft, (damage) => {
      faults += 1;
      if (faults === FAULTS_TAKEN) throw damage;
    });
  } catch (error) {
    if (!(error instanceof ControlFileError)) throw error;
  }
  const nothing = draft.sender === undefined && draft.recipients.length === 0 && draft.headers.length === 0;
  return nothing ? undefined : finish(draft);
}

function finish({ pending: _, repeated, ...draft }: Draft): ControlFile {
  return {
    version: 0,
    createdAtSeconds: 0,
    lastAttemptSeconds: 0,
    attempts: 0,
    priority: 0,
    flags: '',
    sender: '',
    ...draft,
    ...(repeated.length === 0 ? {} : { repeated }),
  };
}

function newDraft(): Draft {
  return { macros: [], repeated: [], recipients: [], headers: [], pending: {} };
}

function readRecords(given: string, draft: Draft, onDamage: OnDamage): void {
  const text = given.replaceAll('\r\n', '\n');
  let ended = false;
  let lineNumber = 0;
  for (let start = 0; start < text.length; ) {
    const firstLine = lineNumber + 1;
    let end = start;
    do {
      const lineFeed = text.indexOf('\n', end);
      end = lineFeed < 0 ? text.length + 1 : lineFeed + 1;
      lineNumber += 1;
    } while (text[end] === ' ' || text[end] === '\t');
    const record = text.slice(start, end - 1);
    start = end;
    if (ended) onDamage(new ControlFileError(firstLine, BOGUS, `data after the end: ${JSON.stringify(record)}`));
    else if (record.startsWith('.')) ended = true;
    else readRecord(draft, record, firstLine, onDamage);
  }
  if (!ended) onDamage(new ControlFileError(lineNumber, 'incomplete queue file read', 'no end mark'));
}

function readRecord(draft: Draft, record: string, line: number, onDamage: OnDamage): void {
  const value = record.slice(1);
  const damaged = (reason: string): void => onDamage(new ControlFileError(line, reason, JSON.stringify(record)));
  const number = (): number => {
    if (/^-?\d{1,12}$/.test(value.trim())) return Number(value);
    damaged(UNRECOGNIZED);
    return 0;
  };
  switch (record.charAt(0)) {
    case 'V':
      draft.version = number();
      if (draft.version > FORMAT_VERSION) damaged('unsupported queue file version');
      break;
    case 'T':
      draft.createdAtSeconds = number();
      break;
    case 'K':
      draft.lastAttemptSeconds = number();
      break;
    case 'N':
      draft.attempts = number();
      break;
    case 'P':
      draft.priority = number();
      break;
    case 'd':
      draft.dataDirectory = value;
      break;
    case 'I':
      draft.dataFileId = value;
      break;
    case 'B':
      if (!/^(7BIT|8BITMIME)$/i.test(value)) damaged(BOGUS);
      keepEarlier(draft, 'B', draft.bodyType);
      draft.bodyType = value;
      break;
    case 'q':
      keepEarlier(draft, 'q', draft.quarantineReason);
      draft.quarantineReason = value;
      if (draft.flags !== undefined || draft.macros.length > 0) draft.quarantineBeforeSender = true;
      break;
    case 'M':
      if (draft.sender === undefined) {
        keepEarlier(draft, 'M', draft.message);
        draft.message = value;
      } else draft.pending = { ...draft.pending, message: value };
      break;
    case 'F':
      // A mailbox's "From " line where flags belong: somebody fed us a mail for a control file.
      if (value.startsWith('rom ')) damaged(BOGUS);
      draft.flags = value;
      break;
    case '$':
      readMacro(draft, value, damaged);
      break;
    case 'S':
      draft.sender = value;
      break;
    case 'Z':
      keepEarlier(draft, 'Z', draft.envelopeId);
      draft.envelopeId = value;
      break;
    case 'A':
      if (!isXtext(value)) damaged(BOGUS);
      keepEarlier(draft, 'A', draft.authParameter);
      draft.authParameter = value;
      break;
    case '!':
      keepEarlier(draft, '!', draft.deliverBy);
      draft.deliverBy = value;
      break;
    case 'C':
      draft.pending = withController(draft.pending, value);
      break;
    case 'Q':
      draft.pending = { ...draft.pending, originalRecipient: value };
      break;
    case 'r':
      draft.pending = { ...draft.pending, finalRecipient: value };
      break;
    case 'R':
      readRecipient(draft, value, damaged);
      break;
    case 'H':
      readHeader(draft, value, damaged);
      break;
    case 'D':
    case 'E':
    case 'L':
      break;
    default:
      damaged(UNRECOGNIZED);
  }
}

function keepEarlier(draft: Draft, code: string, value: string | undefined): void {
  if (value !== undefined) draft.repeated.push([code, value]);
}

function readMacro(draft: Draft, value: string, damaged: (reason: string) => void): void {
  const match = /^(?:\{([^}]+)\}|([^{]))([\s\S]*)$/.exec(value);
  const name = match?.[1] ?? match?.[2];
  if (match === null || name === undefined) damaged(UNRECOGNIZED);
  else draft.macros.push([name, match[3] ?? '']);
}

/** C stays in force until another one; a bare C ends it. */
function withController(pending: Draft['pending'], value: string): Draft['pending'] {
  const { controllingUser: _, ...rest } = pending;
  return value === '' ? rest : { ...rest, controllingUser: value };
}

function readRecipient(draft: Draft, value: string, damaged: (reason: string) => void): void {
  const colon = value.indexOf(':');
  const old = (draft.version ?? 0) === 0;
  if (!old && colon < 0) damaged(UNRECOGNIZED);
  const flags = old ? 'PFD' : value.slice(0, Math.max(colon, 0));
  draft.recipients.push({ ...draft.pending, flags, address: old ? value : value.slice(colon + 1) });
  const { controllingUser } = draft.pending;
  draft.pending = controllingUser === undefined ? {} : { controllingUser };
}

function readHeader(draft: Draft, value: string, damaged: (reason: string) => void): void {
  const match = /^(?:\?([^?]*)\?)?([^:\n]+):([\s\S]*)$/.exec(value);
  if (match === null) damaged(UNRECOGNIZED);
  else draft.headers.push({ condition: match[1] ?? '', name: match[2] ?? '', value: match[3] ?? '' });
}

function latin1(bytes: Uint8Array | string): string {
  if (typeof bytes === 'string') return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
