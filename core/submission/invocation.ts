/**
 * A command line while it is being read, and what becomes of it: the mode it asks for, conflicts
 * between modes, refusals in sendmail's words. Messages carry SMTP codes only in the modes that
 * speak SMTP. Pure.
 */
import type { QueueFilter, SortOrder } from '../spool/selection.js';
import { ExitStatus } from '../system/exit-status.js';
import { NO_LIMITS } from './queue-flag.js';
import type { Action, CommonOptions, QueueLimits, QueueRunOptions, SubmissionRequest } from './request.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface Draft {
  readonly common: Mutable<CommonOptions> & { remarks: string[] };
  readonly request: Mutable<SubmissionRequest>;
  operation: string;
  /** -q was given: a run, unless another mode uses its filters. */
  runAsked: boolean;
  foreground: boolean;
  intervalSeconds: number | null;
  filters: QueueFilter[];
  kind: 'qf' | 'hf' | 'Qf';
  sort: SortOrder;
  limits: QueueLimits;
  quarantine: { readonly reason: string | null } | null;
  /** Submission options seen, which other modes ignore aloud. */
  submissionOptions: string[];
}

/** An end of parsing with words on standard output, or on standard error when getopt itself speaks. */
export interface Refusal {
  readonly status?: ExitStatus;
  readonly words: string;
  /** SMTP code in front, in modes that speak SMTP. */
  readonly code?: number;
  readonly onStderr?: true;
}

const MODES_BY_NAME = new Map([
  ['mailq', 'p'],
  ['newaliases', 'i'],
  ['hoststat', 'h'],
  ['purgestat', 'H'],
  ['smtpd', 'd'],
]);

export function createDraft(programName: string, recipients: readonly string[]): Draft {
  return {
    common: { settingsFile: null, queueDirectory: null, logTag: null, verbose: false, remarks: [] },
    request: {
      recipients,
      recipientsFromHeader: false,
      sender: null,
      senderOption: 'f',
      fullName: null,
      ignoreDots: false,
      bodyType: null,
      badBodyType: null,
      notify: null,
      returnPart: null,
      envelopeId: null,
      hopCount: 0,
      protocol: null,
      receivedFrom: null,
      relayed: false,
      errorMode: 'p',
      deliveryMode: null,
      noAliases: false,
    },
    operation: MODES_BY_NAME.get(programName) ?? 'm',
    runAsked: false,
    foreground: false,
    intervalSeconds: null,
    filters: [],
    kind: 'qf',
    sort: 'priority',
    limits: NO_LIMITS,
    quarantine: null,
    submissionOptions: [],
  };
}

export function findConflict(draft: Draft): Refusal | null {
  if (draft.quarantine !== null) {
    if (draft.operation !== 'm') return { words: `Can not use -Q with -b${draft.operation}` };
    if (draft.kind === 'Qf') return { words: 'Can not use -Q with -qL' };
  }
  switch (draft.operation) {
    case 's':
      return draft.runAsked ? { code: 550, words: 'Can not use -q with -bs' } : null;
    case 'd':
      return { code: 550, words: 'Mail submission program cannot be used as daemon' };
    case 'D':
      return { words: 'Mail submission program cannot be used as daemon' };
    case 'z':
      return { words: 'Frozen configurations unsupported' };
    case 'P':
      return { status: ExitStatus.OK, words: 'Data unavailable: shared memory not updated' };
    case 't':
      return { status: ExitStatus.UNAVAILABLE, words: 'There are no rewriting rules to test; see: outtray doctor' };
    default:
      return null;
  }
}

export function chooseAction(draft: Draft): Action {
  const { filters, kind, sort, limits } = draft;
  switch (draft.operation) {
    case 's':
      return { mode: 'smtp', request: draft.request };
    case 'v':
      return { mode: 'verify', request: draft.request };
    case 'i':
      return { mode: 'aliases' };
    case 'p':
      return { mode: 'list', list: { filters, kind, sort, limits } };
    case 'h':
    case 'H':
    case 'C':
      return { mode: 'nothing' };
    case 'O':
      return { mode: 'option-names' };
    default:
      if (draft.runAsked || draft.quarantine !== null) return { mode: 'run', run: queueRun(draft) };
      return { mode: 'deliver', request: draft.request };
  }
}

function queueRun({
  common,
  filters,
  kind,
  sort,
  limits,
  foreground,
  intervalSeconds,
  quarantine,
}: Draft): QueueRunOptions {
  const { verbose, settingsFile, queueDirectory } = common;
  return {
    filters,
    kind,
    sort,
    limits,
    verbose,
    foreground: foreground || verbose || quarantine !== null,
    intervalSeconds,
    quarantine,
    settingsFile,
    queueDirectory,
  };
}

export function ignoredOptions(draft: Draft): string[] {
  const listing = draft.operation === 'p';
  const running = draft.operation === 'm' && draft.runAsked;
  return draft.submissionOptions
    .filter((letter) => listing || (running && letter === 'N'))
    .map((letter) => `WARNING: Ignoring submission mode -${letter} option (not in submission mode)`);
}

export function refused(draft: Draft, { status = ExitStatus.USAGE, words, code, onStderr }: Refusal): Action {
  const line = code === undefined || !'sda'.includes(draft.operation) ? `${words}\n` : `${code} ${words}\r\n`;
  return { mode: 'refused', status, stdout: onStderr ? '' : line, stderr: onStderr ? line : '' };
}
